"""What is audited, and what ids look like in the log."""

import logging
from base64 import b64encode
from collections.abc import Iterator
from types import SimpleNamespace

import azure.functions as func
import pytest

from acs_tokens.context import AuditDraft, RequestContext, current_request
from acs_tokens.errors import (
    AcsUnavailableError,
    MisconfiguredError,
    Problem,
    SignInOffError,
)
from acs_tokens.settings import Settings, settings
from acs_tokens.telemetry.audit import Audited, Family, audit_request, audit_side_effects, pseudonym
from acs_tokens.web.triggers import http_trigger
from tests.keys import random_bytes, random_key

KEY = b64encode(bytes(range(64))).decode()
OTHER = b64encode(bytes(range(1, 65))).decode()
ENDPOINT = "https://my-resource.communication.azure.com"
STRING = f"endpoint={ENDPOINT};accesskey={KEY}"
PERSON = "c0450000-0000-4000-8000-000000000001:a11ce000-0000-4000-8000-000000000001"


ME_GRANT = Audited("me", "grant")


def after_deletion(*, gone: bool) -> RequestContext:
    return RequestContext("an id", audit=AuditDraft(deletions=[("8:acs:x", gone)]))


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ACS_CONNECTION_STRING", STRING)
    settings.cache_clear()
    yield
    settings.cache_clear()


def hash_key(**variables: str) -> bytes:
    return Settings.from_environ(variables).log.hash_key.get_secret_value()


def audited(
    caplog: pytest.LogCaptureFixture, problem: Problem | None, acs_requests: int = 0
) -> list[tuple[object, object]]:
    caplog.clear()
    context = RequestContext("an id", audit=AuditDraft(acs_requests=acs_requests))
    with caplog.at_level(logging.INFO):
        audit_request("me_token", ME_GRANT, context, problem)
    return [(vars(record)["outcome"], vars(record).get("problem")) for record in caplog.records]


def test_a_denial_is_audited(caplog: pytest.LogCaptureFixture) -> None:
    assert audited(caplog, SignInOffError("No.")) == [("denied", "sign-in-off")]


def test_what_may_have_been_done_is_audited(caplog: pytest.LogCaptureFixture) -> None:
    lost = AcsUnavailableError()

    assert audited(caplog, lost, acs_requests=1) == [("failed", "acs-unavailable")]
    assert audited(caplog, lost, acs_requests=0) == []


def test_a_deletion_that_failed_is_audited(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        audit_side_effects("sweep", None, after_deletion(gone=False))

    assert vars(caplog.records[0])["outcome"] == "failed"
    assert "8:acs:" not in caplog.text + str(vars(caplog.records[0]))


@pytest.mark.parametrize(("family", "written"), [("me", "me"), (None, "timer")])
def test_a_deleted_leftover_is_audited_with_the_family_of_its_request(
    caplog: pytest.LogCaptureFixture, family: Family | None, written: str
) -> None:
    with caplog.at_level(logging.INFO):
        audit_side_effects("a_function", family, after_deletion(gone=True))

    fields = vars(caplog.records[0])
    assert (fields["action"], fields["outcome"], fields["family"]) == ("delete", "done", written)
    assert fields["target"] == pseudonym("8:acs:x")


async def test_every_trigger_has_that_audited(caplog: pytest.LogCaptureFixture) -> None:
    async def me_token(req: func.HttpRequest) -> func.HttpResponse:
        current_request.get().audit.deleted_leftover("8:acs:x", gone=True)
        return func.HttpResponse(req.get_body())

    request = func.HttpRequest("POST", "/", body=b"")
    context = SimpleNamespace(invocation_id="an id", trace_context=None)
    with caplog.at_level(logging.INFO):
        await http_trigger("me", "grant")(me_token)(request, context)  # type: ignore[arg-type]

    actions = [getattr(record, "action", None) for record in caplog.records]
    assert actions == ["grant", "delete", None]


def test_nothing_is_written_below_the_level(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        audit_request("me_token", ME_GRANT, RequestContext("an id"), None)

    assert caplog.records == []


def test_a_hash_is_short_and_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    first = pseudonym(PERSON)
    monkeypatch.setenv("LOG_HASH_KEY", random_key("log"))
    settings.cache_clear()

    assert len(first) == 16
    assert first not in PERSON
    assert pseudonym(PERSON) != first


def test_the_key_that_is_set_is_taken() -> None:
    assert hash_key(ACS_CONNECTION_STRING=STRING, LOG_HASH_KEY=random_key("log")) == random_bytes(
        "log"
    )


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
