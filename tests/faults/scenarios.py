"""An app, a proxy between it and the emulator, and callers with good credentials."""

import asyncio
import base64
import contextlib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from uuid import uuid4

import trustme
from pydantic import SecretBytes

from acs_emulator.entra.users import USERS
from acs_tokens.access.guest_handles import GuestHandle, GuestHandles
from acs_tokens.identities.sqlite.store import SqliteStore
from acs_tokens.oidc.person import EntraUser, Person
from acs_tokens.settings.guests import HandleKey
from tests.e2e.conftest import App
from tests.entra_stand_in import CLIENT_ID
from tests.faults.proxy import Proxy
from tests.faults.running_proxies import running_proxies
from tests.raw_http import Reply
from tests.serving import Emulator, running_app
from tests.trust.conftest import HANDLE_KEY, NO_LIMITS
from tests.trust.test_teams import bearer, teams_token

ALICE = next(user for user in USERS if user.first_name == "Alice")
NOWHERE = "nowhere.communication.azure.com"


@dataclass(frozen=True)
class Alice:
    """The tokens of a signed-in user, for all apps; each app has an identity store of its own."""

    emulator: Emulator

    @cached_property
    def bearer(self) -> str:
        return bearer(self.emulator, "alice")

    @cached_property
    def teams_token(self) -> str:
        return teams_token(self.emulator)


class Scenario:
    """An app that reaches ACS through a proxy. What the methods return is valid there."""

    def __init__(self, app: App, proxy: Proxy, alice: Alice) -> None:
        self.app = app
        self.proxy = proxy
        self.alice = alice

    def new_user(self) -> str:
        """Create an identity; return its id."""
        return str(self._good("POST", "users/token").json["userId"])

    def new_guest_handle(self) -> str:
        """Create a guest; return its handle."""
        return str(self._good("POST", "guest/token").json["guestHandle"])

    def bearer_with_identity(self) -> str:
        """Return the credential of a user who has an identity."""
        self._good("POST", "me/token", authorization=self.alice.bearer)
        return self.alice.bearer

    def bearer_without_identity(self) -> str:
        """Return the credential of a user who has no identity."""
        self.bearer_with_identity()
        self._good("DELETE", "me", authorization=self.alice.bearer)
        return self.alice.bearer

    def bearer_exchanged_before(self) -> str:
        """Return the credential of a user whom the app has acted on behalf of before."""
        self._good("POST", "me/teams/token", authorization=self.alice.bearer)
        return self.alice.bearer

    def _good(self, method: str, route: str, **headers: str) -> Reply:
        reply = self.app.call(method, route, **headers)
        if reply.status == 504:  # the first request takes longest: on a busy machine too long
            reply = self.app.call(method, route, **headers)
        assert reply.status in (200, 201, 204), f"{route} {reply.status} {reply.content!r}"
        return reply


class UnreachableScenario(Scenario):
    """An app whose ACS host name does not exist: the methods write to the identity store directly."""

    def __init__(self, app: App, proxy: Proxy, alice: Alice, store_file: Path) -> None:
        super().__init__(app, proxy, alice)
        self._store = SqliteStore(store_file, NOWHERE)
        self._handles = GuestHandles(
            [HandleKey(id="test", secret=SecretBytes(HANDLE_KEY))], f"https://{NOWHERE}"
        )

    def new_user(self) -> str:
        return f"8:acs:{uuid4()}_{uuid4()}"

    def new_guest_handle(self) -> str:
        return self._handles.sign(GuestHandle(self.new_user(), ["voip"], ["voip"]))

    def bearer_with_identity(self) -> str:
        asyncio.run(
            self._store.insert(EntraUser(ALICE.tenant.id, ALICE.object_id), self.new_user())
        )
        return self.alice.bearer

    def bearer_without_identity(self) -> str:
        asyncio.run(self._forget(EntraUser(ALICE.tenant.id, ALICE.object_id)))
        return self.alice.bearer

    def bearer_exchanged_before(self) -> str:
        return self.alice.bearer

    async def _forget(self, person: Person) -> None:
        if entry := await self._store.get(person):
            await self._store.delete(person, entry.etag)


class ScenarioFactory:
    """Runs apps behind proxies, with the emulator as ACS.

    Args:
        emulator: It is ACS and Entra for all apps.
        folder: Where to put certificates and identity stores.
    """

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.emulator = emulator
        self.alice = Alice(emulator)
        self._folder = folder
        authority = trustme.CA(organization_name="faults")
        self._bundle = folder / "authorities.pem"
        self._bundle.write_bytes(emulator.authority.read_bytes() + authority.cert_pem.bytes())
        long_ago = datetime.now(UTC) - timedelta(days=1)
        self._contexts = {
            "good": _context(authority.issue_cert("127.0.0.1")),
            "of another authority": _context(trustme.CA().issue_cert("127.0.0.1")),
            "for another name": _context(authority.issue_cert("another.example")),
            "expired": _context(authority.issue_cert("127.0.0.1", not_after=long_ago)),
        }

    def proxies(self, count: int) -> contextlib.AbstractContextManager[Sequence[Proxy]]:
        """Run so many proxies before the emulator."""
        return running_proxies(count, self.emulator.port, self._contexts)

    def variables(self, endpoint: str, store_file: Path, **changed: str) -> Mapping[str, str]:
        """Return the environment of an app."""
        return {
            "ACS_CONNECTION_STRING": f"endpoint={endpoint}/;accesskey={self.emulator.access_key}",
            "GUESTS": "on",
            "GUEST_HANDLE_KEYS": f"test:{base64.b64encode(HANDLE_KEY).decode()}",
            "ENTRA_TENANT_IDS": ALICE.tenant.id,
            "ENTRA_CLIENT_ID": CLIENT_ID,
            "ENTRA_CLIENT_SECRET": "emulator-secret",
            "ENTRA_AUTHORITY": self.emulator.tls_url,
            "IDENTITY_SQLITE": str(store_file),
            "SSL_CERT_FILE": str(self._bundle),
            **NO_LIMITS,
            **changed,
        }

    @contextlib.contextmanager
    def scenario(self, proxy: Proxy, **changed: str) -> Iterator[Scenario]:
        """Run an app behind a proxy."""
        endpoint, file = f"https://127.0.0.1:{proxy.port}", self._folder / f"{proxy.port}.db"
        with running_app(**self.variables(endpoint, file, **changed)) as app:
            yield Scenario(App(*app), proxy, self.alice)

    @contextlib.contextmanager
    def unreachable(self, proxy: Proxy, **changed: str) -> Iterator[Scenario]:
        """Run an app whose ACS host name does not exist: it never reaches the proxy."""
        file = self._folder / "nowhere.db"
        with running_app(**self.variables(f"https://{NOWHERE}", file, **changed)) as app:
            yield UnreachableScenario(App(*app), proxy, self.alice, file)


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context
