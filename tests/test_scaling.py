"""The arithmetic of docs/scaling.md."""

import json
import math
import re

from acs_tokens.access.guests import MAX_GONE
from acs_tokens.access.look_ups import MAX_LOOK_UPS
from acs_tokens.access.rate_limits import MAX_BUCKETS
from acs_tokens.acs.request_slots import GUEST_SLOTS, MAX_WAITING, MAX_WAITING_GUESTS
from acs_tokens.http_client import MAX_CONNECTIONS
from acs_tokens.identities.sweeper import BATCH
from acs_tokens.settings.environ import Environ
from acs_tokens.settings.rate_limits import RateLimitSettings
from acs_tokens.web.bodies import MAX_BODY_BYTES
from acs_tokens.web.clients import MAX_CACHED
from benchmarks import store
from benchmarks.peers import OURS
from benchmarks.results import Results
from tests.serving import ROOT

PAGE = (ROOT / "docs" / "scaling.md").read_text()
TEMPLATE = (ROOT / "infra" / "app.bicep").read_text()
DEPLOY = (ROOT / "docs" / "deploy.md").read_text()
STORAGE = 20_000  # operations a second of a storage account
DAY, PEAK, LOADS_EACH, QUOTA, BURST = 86_400, 4, 10, 1000 / 30, 2.5
ACS_MILLISECONDS, CONNECTION_KIB = 50, 94


def test_every_row_is_what_the_quota_makes_of_it() -> None:
    rows = re.findall(
        r"^\| ([\d,.]+)( million)? \| ([\d,]+) \| (\d+) \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE
    )

    assert len(rows) == 5
    for number, million, peak, resources, kept, instances in rows:
        loads = float(number.replace(",", "")) * (1e6 if million else 1)
        at_peak = loads / DAY * PEAK
        assert int(peak.replace(",", "")) == round(at_peak, -1 if at_peak > 1000 else 0)
        assert int(resources) == math.ceil(round(at_peak / QUOTA, 2))
        assert int(kept) == math.ceil(round(at_peak / LOADS_EACH / QUOTA, 2))
        assert instances == resources


def test_a_raised_quota_is_what_the_peak_asks_for() -> None:
    at_peak = 100e6 / DAY * PEAK

    assert f"{at_peak * 30 / 1000:.0f},000 in 30 seconds" in PAGE
    assert f"{at_peak / LOADS_EACH * 30 / 1000:.0f},000 with kept tokens" in PAGE
    assert f"{math.ceil(at_peak / 300)} instances" in PAGE


def test_a_page_load_reads_as_many_rows_as_were_counted() -> None:
    results = Results.read(ROOT / "benchmarks" / "results" / "results.json")

    def reads(kind: str) -> int:
        return int(results.value(store.REQUESTS.format(kind), OURS) or 0)

    of_user = reads(store.USER)
    text = " ".join(PAGE.split())
    assert f"of a signed-in user reads {of_user} rows" in text
    assert f"account's {STORAGE:,} operations a second" in text
    assert f"are the limit: {STORAGE // of_user:,} page loads" in text
    of_guest, of_invited = reads(store.KNOWN), reads(store.KNOWN_INVITED)
    assert f"reads {of_guest} row, the ban, and {of_invited} with an invitation" in text
    at_peak = round(100e6 / DAY * PEAK, -1)
    sees = f"{of_user * at_peak:,.0f} reads a second of {STORAGE:,}: {of_user} for each request"
    assert f"Table Storage then sees {sees}" in text


def test_the_page_names_the_bounds_that_the_code_has() -> None:
    guests = RateLimitSettings.from_environ(Environ({})).all_new_guests
    assert f"{MAX_CONNECTIONS} requests at once" in PAGE
    assert f"{MAX_CONNECTIONS * 1000 // ACS_MILLISECONDS:,} tokens a second" in PAGE
    assert f"{MAX_CONNECTIONS * CONNECTION_KIB // 1024} MiB in all" in PAGE
    assert f"perInstanceConcurrency={MAX_CONNECTIONS}" in PAGE
    assert f"perInstanceConcurrency: {MAX_CONNECTIONS}" in TEMPLATE
    assert f"at most {MAX_BUCKETS:,} callers" in PAGE
    assert f"{MAX_LOOK_UPS:,} look-ups of bans and invitations" in PAGE
    assert f"{MAX_GONE:,} guests who are gone" in PAGE
    assert f"{MAX_CACHED:,} addresses of clients" in PAGE
    assert f"{BATCH} an hour, {BATCH * 24:,} a day" in PAGE
    of_guests = RateLimitSettings.from_environ(Environ({})).all_guest_requests
    assert f"`LIMIT_ALL_GUEST_REQUESTS`, {guests:.0f}, that is {guests * BURST:,.0f}" in PAGE
    assert guests == of_guests
    assert guests * BURST == round(QUOTA * 30) / 2
    assert f"Guests may hold {GUEST_SLOTS} of them, and {MAX_WAITING_GUESTS} of the places" in PAGE


def test_the_host_takes_more_requests_than_this_service_lets_wait() -> None:
    http = json.loads((ROOT / "host.json").read_text())["extensions"]["http"]
    outstanding = http["maxOutstandingRequests"]

    assert outstanding == MAX_CONNECTIONS + MAX_WAITING + MAX_CONNECTIONS
    assert f"{MAX_CONNECTIONS} + {MAX_WAITING:,} + {MAX_CONNECTIONS} = {outstanding:,}" in PAGE
    assert "maxConcurrentRequests" not in http  # the requests beyond it would wait unseen


def test_the_deployment_bounds_what_bodies_hold_in_memory() -> None:
    (set_to,) = re.findall(r"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '(\d+)'", TEMPLATE)
    http = json.loads((ROOT / "host.json").read_text())["extensions"]["http"]
    mebibytes = http["maxOutstandingRequests"] * int(set_to) / 1024**2

    assert int(set_to) == 2 * MAX_BODY_BYTES
    assert f"`FUNCTIONS_REQUEST_BODY_SIZE_LIMIT` to {set_to}" in DEPLOY
    assert f"{mebibytes:.0f} MiB" in DEPLOY
