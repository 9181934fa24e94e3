"""Requests for tests, byte for byte: the path is sent as it is."""

import base64
import hashlib
import hmac
import http.client
import json
from dataclasses import dataclass
from email.utils import formatdate
from http.client import HTTPMessage
from typing import Any
from urllib.parse import urlsplit

from tests.waiting import LIMIT_SECONDS


@dataclass
class Reply:
    """A response."""

    status: int
    headers: HTTPMessage
    content: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.content)


def call(
    base: str,
    method: str,
    path: str,
    body: object = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    """Send a request; a body that is not bytes goes as JSON, declared as such."""
    content = (
        body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    )
    sent = {} if body is None or isinstance(body, bytes) else {"Content-Type": "application/json"}
    url = urlsplit(base)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=LIMIT_SECONDS)
    try:
        connection.request(method, url.path + path, content or None, sent | (headers or {}))
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())
    finally:
        connection.close()


def content_hash(content: bytes) -> str:
    """The value of ``x-ms-content-sha256``."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def sign(
    key: str, method: str, target: str, headers: dict[str, str], signed: str
) -> dict[str, str]:
    """The headers with ACS's HMAC over the named ones, written from Microsoft's description."""
    values = ";".join(headers[name] for name in signed.split(";"))
    digest = hmac.digest(base64.b64decode(key), f"{method}\n{target}\n{values}".encode(), "sha256")
    signature = base64.b64encode(digest).decode()
    return headers | {
        "Authorization": f"HMAC-SHA256 SignedHeaders={signed}&Signature={signature}",
    }


def signed_headers(
    key: str, method: str, base: str, target: str, content: bytes, at: float | None = None
) -> dict[str, str]:
    """What current SDKs send with a request."""
    headers = {
        "x-ms-date": formatdate(at, usegmt=True),
        "host": urlsplit(base).netloc,
        "x-ms-content-sha256": content_hash(content),
    }
    return sign(key, method, target, headers, "x-ms-date;host;x-ms-content-sha256")
