# Says how to use what was deployed, and checks it. azd sets the variables from the outputs of main.bicep.
$ErrorActionPreference = 'Stop'
Set-Location (Join-Path $PSScriptRoot '../..')

Write-Output "The API:         $env:API_URL"
Write-Output "A function key:  az functionapp keys list --name $env:FUNCTION_APP_NAME --resource-group $env:AZURE_RESOURCE_GROUP --query functionKeys.default --output tsv"
Write-Output "A token:         curl -X POST -H 'x-functions-key: <the key>' $env:API_URL/users/token"
if ($env:GUESTS_ADMITTED -eq 'true') {
    Write-Output "A guest's token: curl -X POST $env:API_URL/guest/token"
}

if (-not (Test-Path acs_tokens_cli)) {
    Write-Output "Not checked: this checkout has no command line with 'doctor'."
} elseif (-not (Get-Command uvx -ErrorAction SilentlyContinue)) {
    Write-Output 'Not checked: that needs uv (https://docs.astral.sh/uv/).'
} else { # what it finds does not undo the deployment
    uvx --quiet --from . acs-tokens doctor --url $env:API_URL
    if ($LASTEXITCODE) {
        Write-Output "See above for what to do; then run: uvx --from . acs-tokens doctor --url $env:API_URL"
    }
}
exit 0
