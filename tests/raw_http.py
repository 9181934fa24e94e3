"""Requests for tests, byte for byte: the path is sent as it is."""

import base64
import hashlib
import hmac
import http.client
import json
import socket
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


def go_away_while_sending(base: str, path: str) -> None:
    """Announce a body, send half of it, and close the connection; wait until the server does too."""
    url = urlsplit(base)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Type: application/json\r\n"
        "Content-Length: 100\r\nExpect: 100-continue\r\n\r\n"
    )
    address = (url.hostname or "", url.port or 0)
    with socket.create_connection(address, LIMIT_SECONDS) as connection:
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")  # it is about to read the body
        connection.sendall(b'{"half": ')
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1000) == b""


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
