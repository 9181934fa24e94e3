#!/bin/sh
# Says how to use what was deployed, and checks it. azd sets the variables from the outputs of main.bicep.
set -eu
cd "$(dirname "$0")/../.."

echo "The API:         $API_URL"
echo "A function key:  az functionapp keys list --name $FUNCTION_APP_NAME --resource-group $AZURE_RESOURCE_GROUP --query functionKeys.default --output tsv"
echo "A token:         curl -X POST -H 'x-functions-key: <the key>' $API_URL/users/token"
if [ "${GUESTS_ADMITTED:-}" = true ]; then
    echo "A guest's token: curl -X POST $API_URL/guest/token"
fi

if ! [ -d acs_tokens_cli ]; then
    echo "Not checked: this checkout has no command line with 'doctor'."
elif ! command -v uvx >/dev/null; then
    echo "Not checked: that needs uv (https://docs.astral.sh/uv/)."
else # what it finds does not undo the deployment
    uvx --quiet --from . acs-tokens doctor --url "$API_URL" || echo "See above for what to do; then run: uvx --from . acs-tokens doctor --url $API_URL"
fi
