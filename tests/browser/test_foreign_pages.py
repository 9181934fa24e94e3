"""What a page that a developer visits can do to the local host and the emulator."""

import json
from urllib.parse import urlsplit

import pytest

from tests.browser.chromium import Browser, attempt, fetch, needs_browser
from tests.browser.conftest import Site
from tests.emulator.acs.client import new_identity, send
from tests.emulator.entra.client import CONTOSO
from tests.javascript import needs_node

pytestmark = [needs_node, needs_browser]

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
UNREADABLE = {"status": 0, "text": ""}  # of a response to a request with the mode no-cors


def test_an_allowed_page_gets_its_tokens(site: Site, browser: Browser) -> None:
    first, second = browser.visit(
        site.allowed_page,
        fetch(site.guest_token),
        fetch(site.guest_token, method="POST", headers={"X-Preflight": "yes"}),
    )

    assert (first["status"], second["status"]) == (200, 200)
    assert site.emulator.examine(json.loads(first["text"])["token"])["valid"]
    assert site.emulator.examine(json.loads(second["text"])["token"])["valid"]


@pytest.mark.parametrize("kind", ["another site", "another app", "another address"])
def test_a_foreign_page_creates_no_identity_and_reads_no_token(
    site: Site, browser: Browser, kind: str
) -> None:
    before = site.identities()

    *read, link, form = browser.visit(
        site.foreign_pages[kind],
        fetch(site.guest_token),
        fetch(site.guest_token, method="POST"),
        fetch(site.guest_token, method="POST", headers={"X-Preflight": "yes"}),
        fetch(site.guest_token, mode="no-cors"),
        fetch(site.guest_token, mode="no-cors", method="POST"),
        attempt("image", site.guest_token),
        attempt("link", site.guest_token),
        attempt("form", site.guest_token),
    )

    assert read == [None, None, None, UNREADABLE, UNREADABLE, None]
    for shown in (link, form):
        assert shown["status"] == 403
        assert "CORS" in shown["text"]
    assert site.identities() == before


def test_a_rebound_name_creates_no_identity_and_reads_no_token(
    site: Site, browser: Browser
) -> None:
    before = site.identities()
    address = f"http://evil.test:{site.api_port}"

    results = browser.visit(
        f"{address}/api/health",
        fetch("/api/guest/token"),
        fetch("/api/guest/token", method="POST"),
        fetch("/api/users/token", method="POST"),
        attempt("link", f"{address}/api/guest/token"),
    )

    assert [result["status"] for result in results] == [421] * 4
    assert site.identities() == before


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_rebound_name_reads_nothing_of_the_emulator(
    site: Site, browser: Browser, scheme: str
) -> None:
    port = site.emulator.port if scheme == "http" else site.emulator.tls_port
    user = new_identity(site.emulator)

    results = browser.visit(
        f"{scheme}://evil.test:{port}",
        fetch("/emulator/requests"),
        fetch("/emulator/teams-token", method="POST"),
        fetch("/emulator/reset", method="POST"),
        fetch(f"/{CONTOSO}/oauth2/v2.0/token", method="POST", headers=FORM, body="a=b"),
        fetch(f"/{CONTOSO}/v2.0/.well-known/openid-configuration"),
    )

    assert [result["status"] for result in results] == [421] * 5
    assert send(site.emulator, "DELETE", f"/identities/{user}").status == 204


@pytest.mark.parametrize("page", ["another site", "another app", "allowed page"])
def test_no_page_changes_the_emulator(site: Site, browser: Browser, page: str) -> None:
    user, url = new_identity(site.emulator), site.emulator.url
    rotate = {"method": "POST", "mode": "no-cors", "body": '{"key": "primary"}'}
    origin = site.foreign_pages.get(page, site.allowed_page)

    *read, form = browser.visit(
        origin,
        fetch(f"{url}/emulator/requests"),
        fetch(f"{url}/emulator/reset", method="POST"),
        fetch(f"{url}/emulator/reset", method="POST", mode="no-cors"),
        fetch(f"{url}/emulator/rotate-key", **rotate),
        attempt("form", f"{url}/emulator/reset"),
    )

    assert read == [None, None, UNREADABLE, UNREADABLE]
    assert form["status"] == 403
    assert send(site.emulator, "DELETE", f"/identities/{user}").status == 204


def test_entras_tokens_are_for_pages_on_loopback_only(site: Site, browser: Browser) -> None:
    url = f"{site.emulator.tls_url}/{CONTOSO}/oauth2/v2.0/token"
    posted = fetch(url, method="POST", headers=FORM, body="grant_type=password")

    (allowed,) = browser.visit(site.allowed_page, posted)
    foreign, form = browser.visit(site.foreign_pages["another site"], posted, attempt("form", url))

    assert json.loads(allowed["text"])["error"] == "invalid_request"
    assert foreign is None
    assert form["status"] == 403


def test_a_foreign_page_sees_that_something_listens_and_no_more(
    site: Site, browser: Browser
) -> None:
    documents = f"{site.emulator.tls_url}/{CONTOSO}/v2.0/.well-known/openid-configuration"

    read, allowed = (
        browser.visit(page, fetch(documents))[0]
        for page in (site.foreign_pages["another site"], site.allowed_page)
    )

    assert read is None
    assert (
        urlsplit(json.loads(allowed["text"])["token_endpoint"]).netloc == urlsplit(documents).netloc
    )
