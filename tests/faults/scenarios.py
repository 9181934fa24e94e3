"""An app, a proxy between it and the emulator, and people who may ask for anything."""

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
from acs_tokens.entra.person import Person
from acs_tokens.identities.sqlite_store import SqliteStore
from acs_tokens.settings.guests import HandleKey
from tests.e2e.conftest import App
from tests.entra_stand_in import CLIENT_ID
from tests.faults.proxy import Proxy, running_proxies
from tests.raw_http import Reply
from tests.serving import Emulator, running_app
from tests.trust.conftest import HANDLE_KEY, NO_LIMITS
from tests.trust.test_teams import bearer, teams_token

ALICE = next(user for user in USERS if user.first_name == "Alice")
NOWHERE = "nowhere.communication.azure.com"


@dataclass(frozen=True)
class Alice:
    """What she has signed in with, for all apps; each has an identity map of its own."""

    emulator: Emulator

    @cached_property
    def bearer(self) -> str:
        return bearer(self.emulator, "alice")

    @cached_property
    def teams_token(self) -> str:
        return teams_token(self.emulator)


class Seat:
    """An app that can reach ACS, whatever happens between: what it gives is good."""

    def __init__(self, app: App, proxy: Proxy, alice: Alice) -> None:
        self.app = app
        self.proxy = proxy
        self.alice = alice

    def user(self) -> str:
        """A new identity."""
        return str(self._good("POST", "users/token").json["userId"])

    def handle(self) -> str:
        """A new guest's handle."""
        return str(self._good("POST", "guest/token").json["guestHandle"])

    def known(self) -> str:
        """The sign-in of somebody who has an identity."""
        self._good("POST", "me/token", authorization=self.alice.bearer)
        return self.alice.bearer

    def stranger(self) -> str:
        """The sign-in of somebody who has none."""
        self.known()
        self._good("DELETE", "me", authorization=self.alice.bearer)
        return self.alice.bearer

    def on_behalf(self) -> str:
        """The sign-in of somebody whom the app has gone on behalf of before."""
        self._good("POST", "me/teams/token", authorization=self.alice.bearer)
        return self.alice.bearer

    def _good(self, method: str, route: str, **headers: str) -> Reply:
        reply = self.app.call(method, route, **headers)
        if reply.status == 504:  # the first time takes longest, on a busy machine too long
            reply = self.app.call(method, route, **headers)
        assert reply.status in (200, 201, 204), f"{route} {reply.status} {reply.content!r}"
        return reply


class NowhereSeat(Seat):
    """An app whose ACS has no address: what it would have given is put where it would be."""

    def __init__(self, app: App, proxy: Proxy, alice: Alice, map_file: Path) -> None:
        super().__init__(app, proxy, alice)
        self._map = SqliteStore(map_file, NOWHERE)
        self._handles = GuestHandles([HandleKey(id="test", secret=SecretBytes(HANDLE_KEY))])

    def user(self) -> str:
        return f"8:acs:{uuid4()}_{uuid4()}"

    def handle(self) -> str:
        return self._handles.sign(GuestHandle(self.user(), ["voip"], ["voip"]))

    def known(self) -> str:
        asyncio.run(self._map.insert(Person(ALICE.tenant.id, ALICE.object_id), self.user()))
        return self.alice.bearer

    def stranger(self) -> str:
        asyncio.run(self._forget(Person(ALICE.tenant.id, ALICE.object_id)))
        return self.alice.bearer

    def on_behalf(self) -> str:
        return self.alice.bearer

    async def _forget(self, person: Person) -> None:
        if entry := await self._map.get(person):
            await self._map.delete(person, entry.etag)


class Rig:
    """Proxies before the emulator, and what their clients must trust."""

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
        """Serve proxies."""
        return running_proxies(count, self.emulator.port, self._contexts)

    def variables(self, endpoint: str, map_file: Path, **changed: str) -> Mapping[str, str]:
        """What an app is set to."""
        return {
            "ACS_CONNECTION_STRING": f"endpoint={endpoint}/;accesskey={self.emulator.access_key}",
            "GUESTS": "on",
            "GUEST_HANDLE_KEYS": f"test:{base64.b64encode(HANDLE_KEY).decode()}",
            "ENTRA_TENANT_IDS": ALICE.tenant.id,
            "ENTRA_CLIENT_ID": CLIENT_ID,
            "ENTRA_CLIENT_SECRET": "emulator-secret",
            "ENTRA_AUTHORITY": self.emulator.tls_url,
            "IDENTITY_SQLITE": str(map_file),
            "SSL_CERT_FILE": str(self._bundle),
            **NO_LIMITS,
            **changed,
        }

    @contextlib.contextmanager
    def seat(self, proxy: Proxy, **changed: str) -> Iterator[Seat]:
        """Run an app behind a proxy."""
        endpoint, file = f"https://127.0.0.1:{proxy.port}", self._folder / f"{proxy.port}.db"
        with running_app(**self.variables(endpoint, file, **changed)) as app:
            yield Seat(App(*app), proxy, self.alice)

    @contextlib.contextmanager
    def nowhere(self, proxy: Proxy, **changed: str) -> Iterator[Seat]:
        """Run an app whose ACS has no address: it never reaches the proxy."""
        file = self._folder / "nowhere.db"
        with running_app(**self.variables(f"https://{NOWHERE}", file, **changed)) as app:
            yield NowhereSeat(App(*app), proxy, self.alice, file)


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context
