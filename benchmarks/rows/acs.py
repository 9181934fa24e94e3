"""Where the stand-in is, and how a request to it is signed: by hand, with nothing spare.

https://learn.microsoft.com/rest/api/communication/authentication
"""

import base64
import hashlib
import hmac
import json
import os
from datetime import UTC, datetime
from urllib.parse import urlsplit

_NAMES = dict(part.split("=", 1) for part in os.environ["ACS_CONNECTION_STRING"].split(";"))
ENDPOINT = _NAMES["endpoint"].rstrip("/")
KEY = _NAMES["accesskey"]
API_VERSION = "2023-10-01"
PATH = f"/identities?api-version={API_VERSION}"
URL = ENDPOINT + PATH
BODY = b'{"createTokenWithScopes": ["voip"], "expiresInMinutes": 1440}'

_HOST = urlsplit(ENDPOINT).netloc
_SECRET = base64.b64decode(KEY)


def signed_headers(body: bytes = BODY) -> dict[str, str]:
    """The headers to send a body to `PATH` with."""
    date = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    content = base64.b64encode(hashlib.sha256(body).digest()).decode()
    to_sign = f"POST\n{PATH}\n{date};{_HOST};{content}".encode()
    signature = base64.b64encode(hmac.digest(_SECRET, to_sign, "sha256")).decode()
    return {
        "Content-Type": "application/json",
        "x-ms-date": date,
        "x-ms-content-sha256": content,
        "Authorization": "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="
        + signature,
    }


def page_response(created: bytes) -> str:
    """Return what the page gets of the response of ACS."""
    response = json.loads(created)
    return json.dumps({"userId": response["identity"]["id"], **response["accessToken"]})
