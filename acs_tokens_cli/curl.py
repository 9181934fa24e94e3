"""Prints a request as a curl command. The function key stays in the environment.

curl reads secrets from its stdin, so that they are not among its arguments.
"""

import json
from shlex import quote

from acs_tokens_cli.deployment import KEY_VARIABLE, Deployment
from acs_tokens_cli.operations import Operation

LOCAL = Deployment("http://localhost:7071/api")
TEAMS_TOKEN_VARIABLE = "TEAMS_TOKEN"  # noqa: S105 a name


def curl_command(operation: Operation, deployment: Deployment = LOCAL) -> str:
    """Return a command for a POSIX shell that sends an operation to a service."""
    lines: list[str] = []  # of curl's configuration, in printf's format
    variables: list[str] = []
    command = f"curl -X {operation.method} {quote(f'{deployment.url}/{operation.route}')}"
    if deployment.key or deployment.url.startswith("https:"):
        lines.append('header = "x-functions-key: %s"')
        variables.append(KEY_VARIABLE)
    body = operation.json_body()
    if body and "token" in body:
        text = json.dumps({**body, "token": "%s"}).replace('"', '\\\\"')
        lines.append(f'data = "{text}"')
        variables.append(TEAMS_TOKEN_VARIABLE)
    elif body:
        command += f" -d {quote(json.dumps(body))}"
    if body:
        command += " -H 'Content-Type: application/json'"
    if not lines:
        return command
    # printf is part of the shell: what it gets is in no process's arguments.
    values = " ".join(f'"${name}"' for name in variables)
    configuration = "".join(f"{line}\\n" for line in lines)
    return f"printf '{configuration}' {values} | {command} -K -"
