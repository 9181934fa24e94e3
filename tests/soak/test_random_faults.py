"""One call to ACS in ten fails, in every way there is, while sixteen clients do everything."""

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
from tests.faults.scenarios import Rig
from tests.serving import Emulator
from tests.soak.clients import Client, Somebody
from tests.soak.conftest import Report
from tests.soak.ledger import Ledger, lost_answers
from tests.soak.observations import Holdings, Observed, running_observed_app

REQUESTS = 10_000 if int(os.environ.get("SOAK_SECONDS", "0")) >= 60 else 1_000
CLIENTS = 16
PEOPLE = 40
ONE_IN = 10
SEED = 20_261_120
PATIENCE_SECONDS = 20
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
def people(emulator: Emulator, entra: Entra) -> Sequence[Somebody]:
    def somebody() -> Somebody:
        oid, tenant = new_guid(), entra.tenants[0]
        members = {"oid": oid, "tenantId": tenant, "appId": CLIENT_ID}
        teams = emulator.call("POST", "/emulator/teams-token", members).json["token"]
        return Somebody(oid, f"Bearer {entra.token(tenant=tenant, oid=oid)}", teams)

    return [somebody() for _ in range(PEOPLE)]


def one_in_ten(chance: random.Random) -> Callable[[Stage, bool], Fault | None]:
    """Choose faults; all are as likely."""
    table = faults("http://127.0.0.1:1/")

    def choose(stage: Stage, used: bool) -> Fault | None:  # noqa: FBT001
        of_stage = [fault for fault in table if fault.stage is stage and used >= fault.reused]
        failing = chance.random() * ONE_IN * len(table) < len(of_stage)
        return chance.choice(of_stage) if failing else None

    return choose


def run(clients: Sequence[Client], requests: int) -> float:
    """Let all clients act; return how many seconds it took."""
    started = time.monotonic()

    def work(client: Client) -> None:
        for _ in range(requests // CLIENTS):
            client.act()

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(work, clients))
    return time.monotonic() - started


def settled(app: Observed, proxy: Proxy, goal: Holdings | None = None) -> Holdings:
    """What the app holds when nobody asks: wait until it is no more than that, or stays the same."""
    proxy.hang_up()
    end, seen = time.monotonic() + PATIENCE_SECONDS, [app.holdings()]
    while time.monotonic() < end:
        time.sleep(0.2)
        seen.append(app.holdings())
        held = [(now.tasks, now.sockets) for now in seen[-5:]]
        small = goal and seen[-1].tasks <= goal.tasks and seen[-1].sockets <= goal.sockets
        if small or (goal is None and len(seen) > 5 and len(set(held)) == 1):
            break
    return seen[-1]


def identities(file: Path) -> dict[str, str]:
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute("SELECT object_id, user_id FROM identities").fetchall()
    assert len(rows) == len({oid for oid, _ in rows}) == len({user for _, user in rows})
    return dict(rows)


def test_faults_at_random_lose_nobody(
    emulator: Emulator,
    entra: Entra,
    people: Sequence[Somebody],
    tmp_path: Path,
    report: Report,
) -> None:
    rig, file, ledger, chance = Rig(emulator, tmp_path), tmp_path / "map.db", Ledger(), random.Random(SEED)  # noqa: S311  # fmt: skip
    tenants = {"ENTRA_TENANT_IDS": entra.tenants[0], "ENTRA_AUTHORITY": entra.authority}
    with rig.proxies(1) as (proxy,):
        variables = rig.variables(f"https://127.0.0.1:{proxy.port}", file, **tenants)
        proxy.keeps, proxy.acs.answered = True, ledger.see
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
                somebody.oid: [
                    app.call("POST", "me/token", authorization=somebody.bearer).json
                    for _ in range(2)
                ]
                for somebody in people
            }
    lost, unknown = ledger.lost(file), lost_answers(proxy)
    report(
        f"{REQUESTS} requests in {seconds:.0f} s, {proxy.met.total()} faults: {dict(ledger.answers)}\n"
        f"  {len(ledger.made)} identities made, {len(lost)} lost with {unknown} answers\n"
        f"  before: {before}\n  after: {after}"
    )

    assert set(ledger.answers) <= EXPECTED
    assert creates_sent_again(proxy) == []
    assert len(lost) <= unknown
    assert identities(file) == {oid: tokens[0]["userId"] for oid, tokens in in_the_end.items()}
    for tokens in in_the_end.values():
        assert tokens[0]["userId"] == tokens[1]["userId"]
        assert all(emulator.examine(token["token"])["valid"] for token in tokens)
    assert after.tasks <= before.tasks
    assert after.sockets <= before.sockets
    assert after.memory < before.memory + MAX_GROWTH_MB
