"""An Entra whose keys the tests hold: for good tokens, and for every kind of bad one."""

import contextlib
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey

from acs_emulator.certificates import Certificates
from acs_emulator.ports import listen, port_of
from tests.keys import rsa_key
from tests.serving import in_thread

CLIENT_ID = "6f5902ac-237a-4f6c-b0c8-b2b1f9a5a0de"
SCOPE = "Acs.Token"


def new_guid() -> str:
    return str(uuid4())


@dataclass
class Entra:
    """Two tenants, keys, and a server that publishes them."""

    authority: str
    tenants: tuple[str, str] = field(default_factory=lambda: (new_guid(), new_guid()))
    keys: dict[str, RSAKey] = field(default_factory=dict)
    people: set[str] = field(default_factory=set)  # whose ids must not be seen in a log
    asked: int = 0
    down: bool = False

    def __post_init__(self) -> None:
        self.add_key("first")

    def add_key(self, key_id: str) -> RSAKey:
        """Publish one more key."""
        self.keys[key_id] = rsa_key(key_id)
        return self.keys[key_id]

    def claims(self, tenant: str = "", oid: str = "", version: str = "2.0", **changed: Any) -> dict[str, Any]:  # fmt: skip
        """What a user's access token for this service says; None takes a claim out."""
        tenant = tenant or self.tenants[0]
        now = int(time.time())
        claims: dict[str, Any] = {
            "aud": CLIENT_ID,
            "iss": f"{self.authority}/{tenant}/v2.0"
            if version == "2.0"
            else f"{self.authority}/{tenant}/",
            "iat": now - 300,
            "nbf": now - 300,
            "exp": now + 3600,
            "oid": oid or new_guid(),
            "tid": tenant,
            "scp": f"{SCOPE} User.Read",
            "sub": "pairwise",
            "ver": version,
        }
        self.people.add(str(claims["oid"]))
        return {name: value for name, value in (claims | changed).items() if value is not None}

    def sign(self, claims: dict[str, Any], key_id: str = "first", **header: Any) -> str:
        """Sign claims with one of the keys."""
        fields = {"typ": "JWT", "alg": "RS256", "kid": key_id} | header
        return jwt.encode(fields, claims, self.keys[key_id])

    def token(self, **changed: Any) -> str:
        """A user's access token."""
        return self.sign(self.claims(**changed))

    def published(self) -> dict[str, Any]:
        """The key set."""
        return {
            "keys": [
                {**key.as_dict(private=False), "kid": key_id, "use": "sig"}
                for key_id, key in self.keys.items()
            ]
        }

    async def serve(self, request: web.Request) -> web.Response:
        """Respond with the keys of a tenant."""
        self.asked += 1
        if self.down:
            return web.Response(status=503)
        return web.json_response(self.published())


def unsigned(header: dict[str, Any], claims: dict[str, Any], signature: str = "") -> str:
    """A token put together by hand."""
    parts = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)]  # fmt: skip
    return f"{parts[0]}.{parts[1]}.{signature}"


def hmac_signed(claims: dict[str, Any], key: bytes, **header: Any) -> str:
    """A token signed with HS256."""
    text = unsigned({"alg": "HS256", **header}, claims).rstrip(".")
    digest = hmac.digest(key, text.encode(), "sha256")
    return f"{text}.{urlsafe_b64encode(digest).rstrip(b'=').decode()}"


@contextlib.contextmanager
def running_entra(files: Certificates) -> Iterator[Entra]:
    """Serve an Entra over TLS."""
    sockets = listen(0)
    entra = Entra(f"https://localhost:{port_of(sockets)}")
    app = web.Application()
    app.router.add_get("/{tenant}/discovery/v2.0/keys", entra.serve)
    with in_thread(app, (sockets, files.server_context())):
        yield entra
