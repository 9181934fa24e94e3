"""A client of Entra's HTTP API that uses no library of Microsoft's."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.raw_http import Reply, call
from tests.serving import Emulator

CONTOSO = "c0450000-0000-4000-8000-000000000001"
FABRIKAM = "fab00000-0000-4000-8000-000000000002"
ALICE = "a11ce000-0000-4000-8000-000000000001"
CAROL = "ca401000-0000-4000-8000-000000000004"
SECRET = "emulator-secret"
BACK = "http://localhost:3000/signed-in"
OBO = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TEAMS = "https://auth.msft.communication.azure.com"
SERVER = "https://communication.azure.com//.default"  # as SDKs write it
FORM = "application/x-www-form-urlencoded"


def unsigned(claims: dict[str, Any], algorithm: str = "RS256") -> str:
    """Return a token with a made-up signature."""
    parts = ({"alg": algorithm, "typ": "JWT"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join([*encoded, "c2lnbmF0dXJl"])


def token(emulator: Emulator, tenant: str = "organizations", **form: str) -> Reply:
    """Send a form to the token endpoint."""
    path, content = f"/{tenant}/oauth2/v2.0/token", urlencode(form).encode()
    return call(emulator.url, "POST", path, content, {"Content-Type": FORM})


def password(emulator: Emulator, user: str, client: str, scope: str, **form: str) -> Any:
    """Sign a user such as ``alice@contoso.example`` in by password; return the token response."""
    sent = {"client_id": client, "scope": scope, "password": "emulator"} | form
    reply = token(emulator, grant_type="password", username=user, **sent)
    assert reply.status == 200, reply.content
    return reply.json


def client_credentials(emulator: Emulator, tenant: str = CONTOSO, **form: str) -> Reply:
    """Sign a client in as itself."""
    client = str(uuid4())
    sent = {"client_id": client, "client_secret": SECRET, "scope": f"api://{client}/.default"}
    return token(emulator, tenant, grant_type="client_credentials", **(sent | form))


def for_client(emulator: Emulator, client: str, user: str = "alice@contoso.example") -> str:
    """Return a user's token for a client's API, as a page sends it to the client."""
    page = str(uuid4())
    issued: str = password(emulator, user, page, f"api://{client}/Acs.Token")["access_token"]
    return issued


def error(reply: Reply) -> tuple[int, str, int]:
    """Check the form of an error response; return its status, OAuth error and AADSTS code."""
    fields = reply.json
    (code,) = fields["error_codes"]
    assert fields["error_description"].startswith(f"AADSTS{code}: ")
    assert set(fields) >= {"timestamp", "trace_id", "correlation_id"}
    return reply.status, fields["error"], code


@dataclass
class SignIn:
    """A client that signs a user in with the page."""

    emulator: Emulator
    client: str = field(default_factory=lambda: str(uuid4()))
    tenant: str = "organizations"
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def authorize(self, **changed: str | None) -> Reply:
        """Request a code. None leaves a parameter out."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        query = {
            "client_id": self.client,
            "response_type": "code",
            "redirect_uri": BACK,
            "scope": f"openid offline_access api://{self.client}/Acs.Token",
            "state": "some state",
            "nonce": "some nonce",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        } | changed
        sent = {name: value for name, value in query.items() if value is not None}
        path = f"/{self.tenant}/oauth2/v2.0/authorize?{urlencode(sent)}"
        return call(self.emulator.url, "GET", path)

    def code(self, user: str = "alice@contoso.example", **changed: str) -> str:
        """Get a code for a user."""
        return redirect_query(self.authorize(login_hint=user, **changed))["code"]

    def redeem(self, code: str, /, **changed: str) -> Reply:
        """Exchange a code for tokens."""
        form = {
            "client_id": self.client,
            "redirect_uri": BACK,
            "code": code,
            "code_verifier": self.verifier,
        } | changed
        return token(
            self.emulator,
            self.tenant,
            grant_type="authorization_code",
            **{name: value for name, value in form.items() if value},
        )


def redirect_query(reply: Reply) -> dict[str, str]:
    """Return the query of the address that the browser is redirected to."""
    assert reply.status == 302, reply.content
    return dict(parse_qsl(urlsplit(reply.headers["Location"]).query))


def client_certificate() -> tuple[str, str]:
    """Return a client's private key and certificate, both PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a client")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    ).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    return private.decode(), public.decode()
