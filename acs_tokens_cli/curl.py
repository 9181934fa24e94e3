"""Prints a request as a curl command. The function key stays in the environment.

curl reads secrets from its stdin, so that they are not among its arguments.
"""

import json
from shlex import quote

from acs_tokens_cli.deployment import KEY_VARIABLE, Deployment
from acs_tokens_cli.operation import GUEST_HANDLE, Operation

LOCAL = Deployment("http://localhost:7071/api")
TEAMS_TOKEN_VARIABLE = "TEAMS_TOKEN"  # noqa: S105 a name
GUEST_HANDLE_VARIABLE = "GUEST_HANDLE"


def curl_command(operation: Operation, deployment: Deployment = LOCAL) -> str:
    """Return a command for a POSIX shell that sends an operation to a service."""
    command = f"curl -X {operation.method} {quote(f'{deployment.url}/{operation.route}')}"
    for name, value in operation.headers.items():
        command += f" -H {quote(f'{name}: {value}')}"
    body = operation.json_body()
    if body and "token" not in body:
        command += f" -d {quote(json.dumps(body))}"
    if body:
        command += " -H 'Content-Type: application/json'"
    secrets = _secrets(operation, deployment)
    if not secrets:
        return command
    # printf is part of the shell: what it gets is in no process's arguments.
    configuration = "".join(f"{line}\\n" for line in secrets.values())
    values = " ".join(f'"${name}"' for name in secrets)
    return f"printf '{configuration}' {values} | {command} -K -"


def _secrets(operation: Operation, deployment: Deployment) -> dict[str, str]:
    """Return variables, each with the line of curl's configuration that its value completes."""
    lines = {}  # in printf's format
    if deployment.key or deployment.url.startswith("https:"):
        lines[KEY_VARIABLE] = 'header = "x-functions-key: %s"'
    if operation.guest_handle:
        lines[GUEST_HANDLE_VARIABLE] = f'header = "{GUEST_HANDLE}: %s"'
    body = operation.json_body()
    if body and "token" in body:
        text = json.dumps({**body, "token": "%s"}).replace('"', '\\\\"')
        lines[TEAMS_TOKEN_VARIABLE] = f'data = "{text}"'
    return lines
