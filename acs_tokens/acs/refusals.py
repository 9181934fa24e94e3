"""What a 401 or 403 of ACS is about: this service's credentials, or the Teams token it exchanges.

Recorded at ACS:

- 401 ``Denied``: a wrong access key or signature, a body that does not match its hash, an identity
  of Entra without a role. The code for a wrong clock is not on record.
- 401 ``InvalidAccessToken``: a Teams token that is no token or has expired.
- 401 without a body: exchanges in 2021, in a preview.

ACS's documents list no codes. Chosen for an exchange: a code that is not known for refused
credentials is about the Teams token. Otherwise one user's token would switch the access key for
all. The credentials count as refused when there is no code, when the response does not name the
request, and when this machine's clock is wrong. Where this choice is wrong, the log still names
the status and the code, and every other operation reports that the credentials are refused.
"""

import re
from datetime import timedelta

from acs_tokens.acs.failures import UpstreamError
from acs_tokens.errors import AcsAuthError, InvalidTeamsTokenError

MAX_CLOCK_DIFFERENCE = timedelta(minutes=5)  # ACS refuses signatures that are further away

# The first is recorded at ACS, the others are usual in Azure; in lower case.
CREDENTIAL_CODES = ("denied", "unauthorized", "authenticationfailed", "authorizationfailed")


def refused_teams_token(status: int, code: str) -> UpstreamError:
    """Return the failure when ACS does not accept a Teams token."""
    return UpstreamError(
        InvalidTeamsTokenError(
            "ACS does not accept this Teams token: it is expired, not for ACS, or no token.",
            log=f"ACS does not accept a Teams token ({status} {word(code)}). If it accepts none,"
            " check this service's credentials.",
        )
    )


def refused(
    status: int,
    code: str,
    clock_difference: timedelta | None,
    *,
    is_exchange: bool,
    names_request: bool,
) -> UpstreamError:
    """Classify a 401 or 403.

    Args:
        status: 401 or 403.
        code: ``error.code`` of the body, empty when it has none.
        clock_difference: How far ACS's clock is ahead of ours; None if it is not known.
        is_exchange: Whether the request held a Teams token.
        names_request: Whether the response names our request.
    """
    if clock_difference is not None and abs(clock_difference) > MAX_CLOCK_DIFFERENCE:
        seconds = f"{clock_difference.total_seconds():+.0f}"
        return UpstreamError(
            AcsAuthError(
                log=f"ACS refused this service's signature ({status} {word(code)}): this machine's"
                f" clock is {seconds} s away from ACS's. Set the clock."
            )
        )
    if is_exchange and names_request and code and code.lower() not in CREDENTIAL_CODES:
        return refused_teams_token(status, code)
    return UpstreamError(
        AcsAuthError(
            log=f"ACS refused this service's credentials ({status} {word(code)}). Check the"
            " access key or the role of the managed identity, and this machine's clock."
        ),
        try_other_key=names_request and status == 401,
    )


def word(code: str) -> str:
    """Return the code if it is a plain word, as ACS's are: upstream text stays out of the log."""
    return code if re.fullmatch(r"[A-Za-z]{1,64}", code) else "without a code"
