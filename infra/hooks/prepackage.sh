#!/bin/sh
# Makes the package that is deployed: the service, its dependencies for Python 3.13 on Linux, and the bytecode of both.
# Azure mounts the package read-only: what is not compiled here is compiled at every cold start.
#
#   infra/hooks/prepackage.sh [FOLDER]    the default is .package
set -eu
cd "$(dirname "$0")/../.."
package=${1:-.package}
command -v uv >/dev/null || { echo "The package is made with uv: https://docs.astral.sh/uv/" >&2; exit 1; }

rm -rf "$package"
mkdir -p "$package"
cp -R acs_tokens function_app.py host.json requirements.txt constraints.txt "$package"
find "$package" -name __pycache__ -type d -prune -exec rm -rf {} + # it may be of another Python
printf '%s\n' "# While there is this file, azd leaves __pycache__ in the package." .funcignore >"$package/.funcignore"

libraries=$package/.python_packages/lib/site-packages
uv pip install --quiet --requirements requirements.txt --target "$libraries" \
    --python-version 3.13 --python-platform x86_64-manylinux_2_28 --only-binary :all:
rm -rf "$libraries/bin" "$libraries/.lock" # programs for this machine
# Unchecked: the deployment changes the times of the sources, and bytecode is refused when the times differ.
uv run --quiet --no-project --python 3.13 python -m compileall -q -j 0 \
    --invalidation-mode unchecked-hash -s "$package" -p /home/site/wwwroot "$package"
