"""What is audited, and what ids look like in the log."""

import ast
import logging
from base64 import b64encode
from collections.abc import Iterator
from types import SimpleNamespace

import azure.functions as func
import pytest

from acs_tokens.context import RequestContext, current_request
from acs_tokens.errors import (
    AcsUnavailableError,
    MisconfiguredError,
    Problem,
    SignInOffError,
)
from acs_tokens.settings import Settings, settings
from acs_tokens.telemetry.audit import FUNCTIONS, audit_deletions, audit_request, pseudonym
from acs_tokens.web.triggers import endpoint
from tests.serving import ROOT

KEY = b64encode(bytes(range(64))).decode()
OTHER = b64encode(bytes(range(1, 65))).decode()
ENDPOINT = "https://my-resource.communication.azure.com"
STRING = f"endpoint={ENDPOINT};accesskey={KEY}"
PERSON = "c0450000-0000-4000-8000-000000000001:a11ce000-0000-4000-8000-000000000001"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ACS_CONNECTION_STRING", STRING)
    settings.cache_clear()
    yield
    settings.cache_clear()


def hash_key(**variables: str) -> bytes:
    return Settings.from_environ(variables).log.hash_key.get_secret_value()


def audited(
    caplog: pytest.LogCaptureFixture, problem: Problem | None, **facts: int
) -> list[tuple[object, object]]:
    caplog.clear()
    with caplog.at_level(logging.INFO):
        audit_request("me_token", RequestContext("an id", **facts), problem)  # type: ignore[arg-type]
    return [(vars(record)["outcome"], vars(record).get("problem")) for record in caplog.records]


def test_every_http_function_has_a_place_in_the_audit() -> None:
    tree = ast.parse((ROOT / "function_app.py").read_text())
    triggers = {node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef)}

    assert triggers - {"health", "health_ready", "sweep"} == set(FUNCTIONS)


def test_a_denial_is_audited(caplog: pytest.LogCaptureFixture) -> None:
    assert audited(caplog, SignInOffError("No.")) == [("denied", "sign-in-off")]


def test_what_may_have_been_done_is_audited(caplog: pytest.LogCaptureFixture) -> None:
    lost = AcsUnavailableError()

    assert audited(caplog, lost, upstream_attempts=1) == [("failed", "acs-unavailable")]
    assert audited(caplog, lost, upstream_attempts=0) == []


def test_a_deletion_that_failed_is_audited(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        audit_deletions("sweep", RequestContext("an id", deletions=[("8:acs:x", False)]))

    assert vars(caplog.records[0])["outcome"] == "failed"
    assert "8:acs:" not in caplog.text + str(vars(caplog.records[0]))


@pytest.mark.parametrize(("function", "family"), [("me_token", "me"), ("sweep", "timer")])
def test_what_was_left_over_is_audited_where_it_was_deleted(
    caplog: pytest.LogCaptureFixture, function: str, family: str
) -> None:
    with caplog.at_level(logging.INFO):
        audit_deletions(function, RequestContext("an id", deletions=[("8:acs:x", True)]))

    facts = vars(caplog.records[0])
    assert (facts["action"], facts["outcome"], facts["family"]) == ("delete", "done", family)
    assert facts["target"] == pseudonym("8:acs:x")


async def test_every_trigger_has_that_audited(caplog: pytest.LogCaptureFixture) -> None:
    async def me_token(req: func.HttpRequest) -> func.HttpResponse:
        current_request.get().deletions.append(("8:acs:x", True))
        return func.HttpResponse(req.get_body())

    context = SimpleNamespace(invocation_id="an id", trace_context=None)
    with caplog.at_level(logging.INFO):
        await endpoint(me_token)(func.HttpRequest("POST", "/", body=b""), context)  # type: ignore[arg-type]

    actions = [getattr(record, "action", None) for record in caplog.records]
    assert actions == ["grant", "delete", None]


def test_nothing_is_written_below_the_level(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        audit_request("me_token", RequestContext("an id"), None)

    assert caplog.records == []


def test_a_hash_is_short_and_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    first = pseudonym(PERSON)
    monkeypatch.setenv("LOG_HASH_KEY", OTHER)
    settings.cache_clear()

    assert len(first) == 16
    assert first not in PERSON
    assert pseudonym(PERSON) != first


def test_the_key_that_is_set_is_taken() -> None:
    assert hash_key(ACS_CONNECTION_STRING=STRING, LOG_HASH_KEY=KEY) == bytes(range(64))


def test_without_one_all_processes_derive_the_same_from_the_access_key() -> None:
    derived = hash_key(ACS_CONNECTION_STRING=STRING)

    assert derived == hash_key(ACS_ENDPOINT=ENDPOINT, ACS_ACCESS_KEY=KEY)
    assert derived != hash_key(ACS_ENDPOINT=ENDPOINT, ACS_ACCESS_KEY=OTHER)
    assert derived not in (KEY.encode(), bytes(range(64)))


def test_without_any_key_each_process_has_its_own() -> None:
    assert hash_key(ACS_ENDPOINT=ENDPOINT) != hash_key(ACS_ENDPOINT=ENDPOINT)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("c2hvcnQ=", id="short"),
        pytest.param("no base64", id="no base64"),
        pytest.param(b64encode(bytes(64)).decode(), id="zeros"),
        pytest.param(b64encode(b"password1" * 4).decode(), id="a password"),
        pytest.param("@Microsoft.KeyVault(VaultName=v)", id="unresolved reference"),
    ],
)
def test_a_key_that_is_none_is_refused_and_not_shown(value: str) -> None:
    with pytest.raises(MisconfiguredError) as refused:
        hash_key(ACS_CONNECTION_STRING=STRING, LOG_HASH_KEY=value)

    assert str(refused.value).startswith("LOG_HASH_KEY ")
    assert value not in str(refused.value)
