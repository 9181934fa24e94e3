"""How the SDKs for what is not ACS reach it: in sessions of our own, and once."""

from datetime import timedelta
from typing import Any

import aiohttp
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport import AioHttpTransport

from acs_tokens.sessions import CONNECT_SECONDS, new_session


def client_options(
    read_timeout: timedelta, shared: aiohttp.ClientSession | None = None
) -> dict[str, Any]:
    """The options to build an SDK's client with, on the event loop that will use it.

    Args:
        read_timeout: How long an open connection may be silent before it counts as broken.
        shared: A session for many clients. Without one the client has its own, and closing the
            one closes the other.
    """
    return {
        # Our own session: the SDK's scans the environment and .netrc for every request. Here, not
        # at the client, the timeouts count: a client leaves a transport it is given as it is.
        "transport": AioHttpTransport(
            session=shared or new_session(),
            session_owner=shared is None,
            connection_timeout=CONNECT_SECONDS,
            read_timeout=read_timeout.total_seconds(),
        ),
        # By default a request is sent up to four times, and Retry-After is slept however long.
        "retry_total": 0,
        "permit_redirects": False,
        "logging_policy": SansIOHTTPPolicy(),
        "http_logging_policy": SansIOHTTPPolicy(),
    }
