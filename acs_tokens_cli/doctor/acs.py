"""Checks of the ACS resource: the clock, and whether it accepts this service's credentials."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import aiohttp
from azure.core.exceptions import AzureError

from acs_tokens.acs.error_responses import clock_difference
from acs_tokens.acs.pipeline import ENTRA_SCOPE, default_credential
from acs_tokens.acs.refusals import MAX_CLOCK_DIFFERENCE
from acs_tokens.acs.service import TokenService
from acs_tokens.http_client import new_session
from acs_tokens.problems import AcsAuthError
from acs_tokens.settings.acs import AcsSettings
from acs_tokens_cli.doctor.check import Check, FindingError, Group
from acs_tokens_cli.doctor.network import CONNECTION_CURE, way_to
from acs_tokens_cli.in_process import begin_request

REQUEST_SECONDS = 8
KEYS = ("ACS_CONNECTION_STRING or ACS_ACCESS_KEY", "ACS_CONNECTION_STRING_2 or ACS_ACCESS_KEY_2")
WAIT = "If this lasts, look at the resource's health in the Azure portal."
# What the identity endpoints of App Service and of virtual machines say.
NOT_CHOSEN = re.compile(
    r"unable to load the proper managed identity|multiple user assigned|identity not found",
    re.IGNORECASE,
)


def acs_checks(settings: AcsSettings) -> Group:
    """Return the checks of the ACS resource that the settings name."""
    way = [
        *way_to(settings.endpoint),
        Check("clock", lambda: compare_clocks(settings.endpoint), CONNECTION_CURE),
    ]
    if settings.access_keys:
        return Group(way, [_key_check(settings, i) for i in range(len(settings.access_keys))])
    token = Check("Entra token for ACS", get_entra_token)
    return Group([*way, token], [Check("role on ACS", lambda: use_role(settings), WAIT)])


def _key_check(settings: AcsSettings, index: int) -> Check:
    return Check(f"ACS access key {index + 1}", lambda: use_key(settings, index), WAIT)


async def compare_clocks(endpoint: str) -> str:
    """Compare this machine's clock with the one of a server.

    Raises:
        FindingError: They differ by more than ACS allows, or there is no response.
    """
    try:
        async with (
            new_session() as session,
            session.get(endpoint, allow_redirects=False) as response,
        ):
            difference = clock_difference(response.headers.get("Date"))
    except (aiohttp.ClientError, OSError) as error:
        raise FindingError(f"No response: {type(error).__name__}.", CONNECTION_CURE) from None
    if difference is None:
        return "the response names no time"
    seconds = f"{difference.total_seconds():+.0f} s"
    if abs(difference) > MAX_CLOCK_DIFFERENCE:
        minutes = MAX_CLOCK_DIFFERENCE // timedelta(minutes=1)
        raise FindingError(
            f"ACS's clock is {seconds} from this machine's; beyond {minutes} minutes ACS refuses"
            " signatures.",
            "Set this machine's clock.",
        )
    return f"ACS's is {seconds} from this machine's"


async def use_key(settings: AcsSettings, index: int) -> str:
    """Send a request that changes nothing, signed with one of the keys.

    Raises:
        FindingError: ACS refuses the key.
        Problem: ACS fails.
    """
    name = urlsplit(settings.endpoint).netloc.partition(".")[0]
    return await _send(
        settings.model_copy(update={"access_keys": (settings.access_keys[index],)}),
        f"Copy the key anew into {KEYS[index]}: az communication list-key --name {name}"
        " --resource-group <group>",
    )


async def get_entra_token() -> str:
    """Get an Entra token for ACS.

    Raises:
        FindingError: There is none.
        MisconfiguredError: As `default_credential`.
    """
    credential = default_credential()
    try:
        async with credential:
            await credential.get_token(ENTRA_SCOPE)
    except (AzureError, LookupError, TypeError, ValueError) as error:
        if NOT_CHOSEN.search(str(error)):  # not repeated: it may hold ids
            raise FindingError(
                "The platform does not know which managed identity to use.",
                "Set AZURE_CLIENT_ID to the client id of the user-assigned identity, and assign it"
                " to the app.",
            ) from None
        raise FindingError(
            "No credential of the environment gets an Entra token.",
            "In Azure, give the app a managed identity; on your machine, run az login. Or set an"
            " access key.",
        ) from None
    return "obtained"


async def use_role(settings: AcsSettings) -> str:
    """Send a request that changes nothing, with an Entra token.

    Raises:
        FindingError: ACS refuses the identity.
        Problem: ACS fails.
    """
    return await _send(
        settings,
        "az role assignment create --role 'Communication and Email Service Owner' --assignee"
        " <client id of the identity> --scope <id of the ACS resource>; then wait 10 minutes.",
    )


async def _send(settings: AcsSettings, cure: str) -> str:
    begin_request(REQUEST_SECONDS)
    service = TokenService(settings)
    try:
        await service.check()
    except AcsAuthError as error:
        raise FindingError(str(error), cure) from None
    finally:
        await service.aclose()
    return "accepted"
