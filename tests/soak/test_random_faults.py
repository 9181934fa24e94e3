"""One request to ACS in ten fails, in every way, while sixteen clients use all routes."""

import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from acs_emulator.certificates import certificates
from tests.entra_stand_in import CLIENT_ID, Entra, new_guid, running_entra
from tests.faults.catalogue import faults
from tests.faults.fault import Fault, Stage
from tests.faults.matrix import creates_sent_again
from tests.faults.proxy import Proxy, no_fault
from tests.faults.scenarios import ScenarioFactory
from tests.serving import Emulator
from tests.soak.clients import Client, SignedInUser
from tests.soak.conftest import Report
from tests.soak.ledger import Ledger, lost_responses
from tests.soak.observations import ObservedApp, Resources, running_observed_app

REQUESTS = 10_000 if int(os.environ.get("SOAK_SECONDS", "0")) >= 60 else 1_000
CLIENTS = 16
PEOPLE = 40
ONE_IN = 10
SEED = 20_261_120
SETTLE_SECONDS = 20
MAX_GROWTH_MB = 40
EXPECTED = {
    *("200", "201", "204", "502 acs-response", "503 acs-auth", "503 acs-throttled"),
    *("503 acs-unavailable", "504 deadline-exceeded", "404 identity-not-found"),
}


@pytest.fixture
def entra(emulator: Emulator) -> Iterator[Entra]:
    with running_entra(certificates(emulator.authority.parent)) as entra:
        yield entra


@pytest.fixture
def people(emulator: Emulator, entra: Entra) -> Sequence[SignedInUser]:
    def new_user() -> SignedInUser:
        oid, tenant = new_guid(), entra.tenants[0]
        claims = {"oid": oid, "tenantId": tenant, "appId": CLIENT_ID}
        teams = emulator.call("POST", "/emulator/teams-token", claims).json["token"]
        return SignedInUser(oid, f"Bearer {entra.token(tenant=tenant, oid=oid)}", teams)

    return [new_user() for _ in range(PEOPLE)]


def one_in_ten(chance: random.Random) -> Callable[[Stage, bool], Fault | None]:
    """Choose faults, each with the same probability."""
    table = faults("http://127.0.0.1:1/")

    def choose(stage: Stage, used: bool) -> Fault | None:  # noqa: FBT001
        of_stage = [fault for fault in table if fault.stage is stage and used >= fault.reused_only]
        failing = chance.random() * ONE_IN * len(table) < len(of_stage)
        return chance.choice(of_stage) if failing else None

    return choose


def run(clients: Sequence[Client], requests: int) -> float:
    """Let all clients send requests; return how many seconds it took."""
    started = time.monotonic()

    def work(client: Client) -> None:
        for _ in range(requests // CLIENTS):
            client.act()

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(work, clients))
    return time.monotonic() - started


def settled(app: ObservedApp, proxy: Proxy, goal: Resources | None = None) -> Resources:
    """Return what the app has at rest: wait until it is no more than the goal, or stays the same."""
    proxy.hang_up()
    end, seen = time.monotonic() + SETTLE_SECONDS, [app.resources()]
    while time.monotonic() < end:
        time.sleep(0.2)
        seen.append(app.resources())
        counts = [(now.tasks, now.sockets) for now in seen[-5:]]
        small = goal and seen[-1].tasks <= goal.tasks and seen[-1].sockets <= goal.sockets
        if small or (goal is None and len(seen) > 5 and len(set(counts)) == 1):
            break
    return seen[-1]


def identities(file: Path) -> dict[str, str]:
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute("SELECT object_id, user_id FROM identities").fetchall()
    assert len(rows) == len({oid for oid, _ in rows}) == len({user for _, user in rows})
    return dict(rows)


def test_random_faults_lose_no_identity(
    emulator: Emulator,
    entra: Entra,
    people: Sequence[SignedInUser],
    tmp_path: Path,
    report: Report,
) -> None:
    factory, file, ledger, chance = ScenarioFactory(emulator, tmp_path), tmp_path / "identities.db", Ledger(), random.Random(SEED)  # noqa: S311  # fmt: skip
    tenants = {"ENTRA_TENANT_IDS": entra.tenants[0], "ENTRA_AUTHORITY": entra.authority}
    with factory.proxies(1) as (proxy,):
        variables = factory.variables(f"https://127.0.0.1:{proxy.port}", file, **tenants)
        proxy.keeps_alive, proxy.acs.on_response = True, ledger.see
        with running_observed_app(variables) as app:
            clients = [
                Client(app, ledger, people, random.Random(f"{SEED} {number}"))  # noqa: S311
                for number in range(CLIENTS)
            ]
            run(clients, REQUESTS // 10)
            before = settled(app, proxy)
            proxy.next_fault = one_in_ten(chance)
            seconds = run(clients, REQUESTS)
            proxy.next_fault = no_fault
            after = settled(app, proxy, before)
            in_the_end = {
                user.oid: [
                    app.call("POST", "me/token", authorization=user.bearer).json for _ in range(2)
                ]
                for user in people
            }
    lost, unknown = ledger.lost(file), lost_responses(proxy)
    report(
        f"{REQUESTS} requests in {seconds:.0f} s, {proxy.met.total()} faults: {dict(ledger.responses)}\n"
        f"  {len(ledger.created)} identities created, {len(lost)} lost with {unknown} responses\n"
        f"  before: {before}\n  after: {after}"
    )

    assert set(ledger.responses) <= EXPECTED
    assert creates_sent_again(proxy) == []
    assert len(lost) <= unknown
    assert identities(file) == {oid: tokens[0]["userId"] for oid, tokens in in_the_end.items()}
    for tokens in in_the_end.values():
        assert tokens[0]["userId"] == tokens[1]["userId"]
        assert all(emulator.examine(token["token"])["valid"] for token in tokens)
    assert after.tasks <= before.tasks
    assert after.sockets <= before.sockets
    assert after.memory < before.memory + MAX_GROWTH_MB
