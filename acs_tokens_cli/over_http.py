"""Sends an operation to a running service."""

import asyncio
import json
from http import HTTPStatus
from typing import Any

import aiohttp

from acs_tokens.http_client import new_session
from acs_tokens.problems import TYPE_PREFIX
from acs_tokens_cli.deployment import KEY_ADVICE, Deployment
from acs_tokens_cli.failures import CommandError, ExitCode, exit_code
from acs_tokens_cli.operation import Operation

REQUEST_SECONDS = 60  # above what a deployment may be set to take


async def send(operation: Operation, deployment: Deployment) -> dict[str, Any] | None:
    """Send an operation to a service.

    Returns:
        The fields of the response's body; None if it has none.

    Raises:
        CommandError: The service cannot be reached, or does not do it.
    """
    try:
        async with asyncio.timeout(REQUEST_SECONDS):
            status, content = await _exchange(operation, deployment)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise CommandError(
            f"No response from the service: {type(error).__name__}. `acs-tokens doctor --url …`"
            " says why.",
            ExitCode.TRY_AGAIN,
        ) from None
    fields = _fields(content)
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        raise _failure(status, fields)
    return fields or None


async def _exchange(operation: Operation, deployment: Deployment) -> tuple[int, bytes]:
    async with (
        new_session() as session,
        session.request(
            operation.method,
            f"{deployment.url}/{operation.route}",
            json=operation.json_body(),
            headers=deployment.headers() | operation.all_headers(),
            allow_redirects=False,
        ) as response,
    ):
        return response.status, await response.read()


def _fields(content: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(content)
    except (RecursionError, ValueError):
        fields = None
    return fields if isinstance(fields, dict) else {}


def _failure(status: int, fields: dict[str, Any]) -> CommandError:
    slug = str(fields.get("type", "")).removeprefix(TYPE_PREFIX)
    if slug:
        texts = (fields.get(name) for name in ("title", "detail"))
        message = ". ".join(str(text) for text in texts if text)
        message = f"{message} (request {fields.get('requestId')})"
    elif status == HTTPStatus.UNAUTHORIZED:
        message = f"The function key is missing or wrong. {KEY_ADVICE}"
    elif status == HTTPStatus.NOT_FOUND:
        message = "There is no such route. Does the URL end with /api? See `acs-tokens doctor`."
    else:
        message = f"The service responded with {status}."
    wait = fields.get("retryAfter")
    return CommandError(
        message, exit_code(status, slug), retry_after=wait if isinstance(wait, int) else None
    )
