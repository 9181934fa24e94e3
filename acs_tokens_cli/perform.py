"""Performs the operation of a command, here or at a service, and prints the result."""

import asyncio
from typing import Any

from acs_tokens_cli.curl import LOCAL, curl_command
from acs_tokens_cli.deployment import Deployment
from acs_tokens_cli.environment import read_settings
from acs_tokens_cli.operation import Operation
from acs_tokens_cli.output import Output, print_fields


def perform(
    operation: Operation, url: str | None, key_file: str | None, output: Output = Output.TABLE, *,
    only: str | None = None, curl: bool = False,
) -> None:  # fmt: skip
    """Perform an operation, or print it as a curl command; print the result.

    Args:
        operation: What to do.
        url: The address of the service; None to do it in this process.
        key_file: The file with the function key; None for the variable.
        output: The form of the result.
        only: The one field of the result to print; None for all.
        curl: Whether to print a curl command instead.

    Raises:
        CommandError, Problem: It cannot be done.
    """
    deployment = Deployment.read(url, key_file) if url else None
    if curl:
        print(curl_command(operation, deployment or LOCAL))
        return
    result = _result(operation, deployment)
    if only:
        print((result or {}).get(only, ""))
    elif result:
        print_fields(result, output)


def _result(operation: Operation, deployment: Deployment | None) -> dict[str, Any] | None:
    # Imported here: `serve` sets the trusted authorities, which aiohttp reads at its import.
    if deployment:
        from acs_tokens_cli.over_http import send

        return asyncio.run(send(operation, deployment))
    from acs_tokens_cli.in_process import run_in_process

    return asyncio.run(run_in_process(operation, read_settings()))
