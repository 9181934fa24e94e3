"""The audiences of Entra tokens of version 1: this service's own, and no other API's."""

import re
from urllib.parse import urlsplit

from acs_tokens.errors import MisconfiguredError
from acs_tokens.settings.environ import Environ

NAME = "ENTRA_AUDIENCE"
URI = re.compile(r"(?:api|https?)://[^\s*/][^\s*]*|urn:[^\s*]+", re.IGNORECASE)
# The ids that Microsoft gives its oldest APIs, such as Graph.
MICROSOFT_ID = re.compile(r"[0-9a-f]{8}-0000-0000-c000-000000000000", re.IGNORECASE)
# Hosts below these are Microsoft's APIs, such as Graph, Azure Resource Manager and ACS itself.
MICROSOFT_HOST = re.compile(
    r"(?:.*\.)?(?:microsoft\.(?:com|us|scloud)|azure\.(?:com|net|us|cn)|windows\.net|skype\.com"
    r"|microsoftonline\.(?:com|us)|office(?:365)?\.(?:com|us)|sharepoint\.com|dynamics\.com)\.?"
)


def read_audiences(environ: Environ, client_id: str) -> frozenset[str]:
    """Read the App ID URIs, and add the client id.

    A token for another API is no proof to this service: that API, and everybody whom it passes the
    token to, could use it here.

    Args:
        environ: The environment.
        client_id: This service's application (client) id, in lower case.

    Raises:
        MisconfiguredError: One is a wildcard, another application's id, or a host of Microsoft's.
    """
    audiences = environ.items(NAME) or (f"api://{client_id}",)
    if any(not _is_own(audience, client_id) for audience in audiences):
        raise MisconfiguredError(
            NAME,
            "must hold this service's own App ID URIs, such as api://<client id>: no wildcard, no"
            " other application's id, no API of Microsoft's.",
        )
    return frozenset({client_id, *audiences})


def _is_own(audience: str, client_id: str) -> bool:
    if audience.lower() == client_id:
        return True
    try:
        host = urlsplit(audience).hostname or ""
    except ValueError:
        return False
    foreign = MICROSOFT_ID.search(audience) or MICROSOFT_HOST.fullmatch(host)
    return bool(URI.fullmatch(audience)) and not foreign
