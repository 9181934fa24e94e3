"""OpenID Connect providers whose keys the tests hold: for good tokens, and for every kind of bad one."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from acs_emulator.certificates import Certificates
from acs_emulator.ports import listen, port_of
from tests.keys import rsa_key
from tests.serving import in_thread

AUDIENCE = "https://tokens.contoso.example"
SCOPE = "acs.token"
ALGORITHMS = ("RS256", "PS256", "ES256")


@dataclass
class Provider:
    """A provider that signs with one algorithm.

    Attributes:
        issuer: Its issuer.
        algorithm: Of ALGORITHMS.
        keys: Its signing keys by id; the key set has all of them.
        document: What its discovery document says otherwise than it should.
        requests: How many requests it has had.
        people: Subjects, which must not be seen in a log.
        is_silent: Whether it never responds.
    """

    issuer: str
    algorithm: str
    keys: dict[str, RSAKey | ECKey] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    requests: int = 0
    people: set[str] = field(default_factory=set)
    is_silent: bool = False

    def __post_init__(self) -> None:
        self.add_key("first")

    def add_key(self, key_id: str) -> None:
        """Publish one more key."""
        if self.algorithm == "ES256":
            self.keys[key_id] = ECKey.generate_key("P-256")
        else:
            self.keys[key_id] = rsa_key(f"{urlsplit(self.issuer).path} {key_id}")

    def claims(self, **changed: Any) -> dict[str, Any]:
        """What a user's access token for this service says; None takes a claim out."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": f"person-{uuid4()}",
            "iat": now - 300,
            "exp": now + 3600,
            "scope": f"openid {SCOPE}",
            "azp": "the-page",
            "email_verified": True,
        }
        claims = {name: value for name, value in (claims | changed).items() if value is not None}
        self.people.add(str(claims.get("sub")))
        return claims

    def sign(self, claims: dict[str, Any], key_id: str = "first", **header: Any) -> str:
        """Sign claims with one of the keys."""
        fields = {"typ": "at+jwt", "alg": self.algorithm, "kid": key_id} | header
        fields = {name: value for name, value in fields.items() if value is not None}
        return jwt.encode(fields, claims, self.keys[key_id], algorithms=[self.algorithm])

    def token(self, **changed: Any) -> str:
        """A user's access token."""
        return self.sign(self.claims(**changed))

    async def serve_discovery(self, request: web.Request) -> web.Response:
        """Respond with the discovery document."""
        self.requests += 1
        if self.is_silent:
            await asyncio.Event().wait()
        document = {"issuer": self.issuer, "jwks_uri": f"{self.issuer.rstrip('/')}/keys"}
        return web.json_response(document | self.document)

    async def serve_keys(self, request: web.Request) -> web.Response:
        """Respond with the key set."""
        self.requests += 1
        public = [
            {**key.as_dict(private=False), "kid": key_id, "use": "sig", "alg": self.algorithm}
            for key_id, key in self.keys.items()
        ]
        return web.json_response({"keys": public})


@contextlib.contextmanager
def running_providers(files: Certificates, *algorithms: str) -> Iterator[list[Provider]]:
    """Serve a provider for each algorithm over TLS, all on one port."""
    sockets, app = listen(0), web.Application()
    providers = []
    for number, algorithm in enumerate(algorithms):
        # The first issuer ends with a slash, as Auth0's does.
        path = f"/provider-{number}"
        issuer = f"https://localhost:{port_of(sockets)}{path}{'' if number else '/'}"
        provider = Provider(issuer, algorithm)
        providers.append(provider)
        app.router.add_get(f"{path}/.well-known/openid-configuration", provider.serve_discovery)
        app.router.add_get(f"{path}/keys", provider.serve_keys)
    with in_thread(app, (sockets, files.server_context())):
        yield providers


def settings_for(*providers: Provider, **changed: str) -> dict[str, str]:
    """Return the settings by which the app accepts these providers' tokens.

    Args:
        providers: The providers, in their order.
        changed: Settings to add.
    """
    variables: dict[str, str] = {}
    for number, provider in enumerate(providers, start=1):
        suffix = f"_{number}" if number > 1 else ""
        variables[f"OIDC_ISSUER{suffix}"] = provider.issuer
        variables[f"OIDC_AUDIENCE{suffix}"] = AUDIENCE
        variables[f"OIDC_SCOPE{suffix}"] = SCOPE
    return variables | changed
