"""The claims of ACS's access tokens, in ACS's order."""

from collections.abc import Sequence

from acs_emulator.signing import Claims

# The values of the claim ``scp``. They do not depend on the scopes of the token.
ACS_USER_SCP, TEAMS_USER_SCP = 1792, 1024
ENTRA_BACKDATED_SECONDS = 300  # how far Entra dates its tokens back


def acs_user_claims(
    resource_id: str, user_id: str, scopes: Sequence[str], issued: int, expires: int
) -> Claims:
    """Return the claims of an identity's token.

    Args:
        issued: In seconds since 1970, like ``expires``.
    """
    return {
        "skypeid": user_id.removeprefix("8:"),
        "scp": ACS_USER_SCP,
        "csi": str(issued),
        "exp": expires,
        "rgn": "amer",
        "acsScope": ",".join(scopes),
        "resourceId": resource_id,
        "resourceLocation": "unitedstates",
        "iat": issued,
    }


def teams_user_claims(resource_id: str, entra: Claims) -> Claims:
    """Return the claims of a Teams user's token.

    Args:
        entra: The claims of the Entra token that is exchanged.
    """
    return {
        "skypeid": f"orgid:{entra['oid']}",
        "scp": TEAMS_USER_SCP,
        "csi": str(entra["iat"]),
        "exp": entra["exp"],
        "rgn": "amer",
        "tid": entra["tid"],
        "acsScope": "voip,chat",
        "resourceId": resource_id,
        "aad_iat": str(entra["iat"]),
        "aad_uti": entra["uti"],
        "aad_appid": entra["appid"],
        "iat": entra["iat"] + ENTRA_BACKDATED_SECONDS,
    }
