# Makes the package that is deployed: the service, its dependencies for Python 3.13 on Linux, and the bytecode of both.
# Azure mounts the package read-only: what is not compiled here is compiled at every cold start.
#
#   infra/hooks/prepackage.ps1 [FOLDER]    the default is .package
param([string]$Package = '.package')
$ErrorActionPreference = 'Stop'
Set-Location (Join-Path $PSScriptRoot '../..')
if (-not (Get-Command uv -ErrorAction SilentlyContinue)) { throw 'The package is made with uv: https://docs.astral.sh/uv/' }

if (Test-Path $Package) { Remove-Item -Recurse -Force $Package }
New-Item -ItemType Directory -Force $Package | Out-Null
Copy-Item -Recurse acs_tokens, function_app.py, host.json, requirements.txt, constraints.txt $Package
# It may be of another Python.
Get-ChildItem -Recurse -Directory -Filter __pycache__ $Package | Remove-Item -Recurse -Force
Set-Content (Join-Path $Package '.funcignore') '# While there is this file, azd leaves __pycache__ in the package.', '.funcignore'

$Libraries = "$Package/.python_packages/lib/site-packages"
uv pip install --quiet --requirements requirements.txt --target $Libraries `
    --python-version 3.13 --python-platform x86_64-manylinux_2_28 --only-binary :all:
if ($LASTEXITCODE) { exit $LASTEXITCODE }
# Programs for this machine.
Remove-Item -Recurse -Force -ErrorAction SilentlyContinue "$Libraries/bin", "$Libraries/.lock", "$Libraries/Scripts"
# Unchecked: the deployment changes the times of the sources, and bytecode is refused when the times differ.
uv run --quiet --no-project --python 3.13 python -m compileall -q -j 0 `
    --invalidation-mode unchecked-hash -s $Package -p /home/site/wwwroot $Package
exit $LASTEXITCODE
