"""Runs an operation in this process, with this machine's settings."""

import asyncio
from typing import Any
from uuid import uuid4

from acs_tokens.context import RequestContext, current_request
from acs_tokens.problems import DeadlineExceededError
from acs_tokens.settings import Settings
from acs_tokens.telemetry.sdk_logs import quiet_azure_sdks
from acs_tokens_cli.operation import Operation
from acs_tokens_cli.parts import Parts


async def run_in_process(operation: Operation, settings: Settings) -> dict[str, Any] | None:
    """Run an operation as the service would.

    Returns:
        The fields of the response's body; None if it has none.

    Raises:
        Problem: As the operation.
    """
    quiet_azure_sdks()
    deadline = begin_request(settings.deadline.total_seconds())
    parts = Parts(settings)
    try:
        async with asyncio.timeout_at(deadline):
            result = await operation.run(parts)
    except TimeoutError:
        raise DeadlineExceededError(
            "It took too long; it may have been carried out nevertheless."
        ) from None
    finally:
        await parts.aclose()
    return result.model_dump(mode="json", by_alias=True, exclude_none=True) if result else None


def begin_request(seconds: float) -> float:
    """Set the context that requests to ACS need; return the deadline on the event loop's clock.

    Args:
        seconds: How long the requests may take in all.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    current_request.set(RequestContext(str(uuid4()), deadline))
    return deadline
