"""What surrounds a trigger: its deadline, and the responses for what goes wrong in it."""

import asyncio
import gc
import json
import logging
import weakref
from collections.abc import Iterator
from datetime import timedelta
from typing import cast

import azure.functions as func
import pytest

from acs_tokens.problems import AcsThrottledError
from acs_tokens.settings import MAX_DEADLINE_SECONDS, settings
from acs_tokens.web.responses import HEADERS
from acs_tokens.web.triggers import HttpFunction, HttpTrigger, http_trigger
from tests.keys import KEY
from tests.serving import ROOT
from tests.waiting import LIMIT_SECONDS

REQUEST = func.HttpRequest("POST", "http://localhost/api/users", body=b"")


class Context:
    """As much of the worker's context as a trigger uses."""

    invocation_id = "the-invocation"
    trace_context = None


def function_of(trigger: HttpTrigger) -> HttpFunction:
    return http_trigger("users", "create")(trigger)


async def run(trigger: HttpTrigger) -> func.HttpResponse:
    return await function_of(trigger)(REQUEST, cast("func.Context", Context()))


async def response_of(trigger: HttpTrigger) -> tuple[int, dict[str, object]]:
    response = await run(trigger)
    return response.status_code, json.loads(response.get_body())


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AZURE_FUNCTIONS_ENVIRONMENT", "Development")
    monkeypatch.setenv("ACS_CONNECTION_STRING", f"endpoint=http://127.0.0.1:1/;accesskey={KEY}")
    settings.cache_clear()
    yield
    settings.cache_clear()


async def test_a_bug_is_a_problem_that_tells_nobody_what_was_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def trigger(req: func.HttpRequest) -> func.HttpResponse:
        raise LookupError("sesame")

    with caplog.at_level(logging.DEBUG):
        status, problem = await response_of(trigger)

    assert status == 500
    assert str(problem["type"]).endswith(":internal-error")
    assert problem["requestId"] == "the-invocation"
    assert "sesame" not in str(problem) + caplog.text
    assert "LookupError at trigger:" in caplog.text
    assert caplog.records[-1].levelno == logging.ERROR


async def test_the_deadline_ends_a_trigger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEADLINE_SECONDS", "0.05")
    ended = []

    async def trigger(req: func.HttpRequest) -> func.HttpResponse:
        try:
            await asyncio.sleep(LIMIT_SECONDS)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        raise AssertionError

    status, problem = await response_of(trigger)

    assert (status, ended) == (504, ["cancelled"])
    assert str(problem["type"]).endswith(":deadline-exceeded")


WRONG = {"ACS_CONNECTION_STRING": "endpoint=https://sesame.example/;accesskey=sesame"}
CURE = "ACS_CONNECTION_STRING must have an endpoint like https://my-resource"
MARKED = "AZURE_FUNCTIONS_ENVIRONMENT is Development, but "


@pytest.mark.parametrize(
    ("variables", "logged"),
    [
        pytest.param({"AZURE_FUNCTIONS_ENVIRONMENT": ""}, CURE, id="anywhere"),
        pytest.param({"AZURE_FUNCTIONS_ENVIRONMENT": "Production"}, CURE, id="in production"),
        pytest.param({"WEBSITE_INSTANCE_ID": "1"}, MARKED, id="in Azure"),
        pytest.param({"CONTAINER_APP_NAME": "app"}, MARKED, id="in Container Apps"),
    ],
)
async def test_in_production_only_the_log_names_a_wrong_setting(
    variables: dict[str, str],
    logged: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name, value in (WRONG | variables).items():
        monkeypatch.setenv(name, value)

    async def trigger(req: func.HttpRequest) -> func.HttpResponse:
        raise AssertionError

    status, problem = await response_of(trigger)

    assert status == 503
    assert (
        problem["detail"]
        == "A setting of this service is missing or wrong. The log says which one and what to do."
    )
    assert f'"detail":"{logged}' in caplog.text
    assert "sesame" not in caplog.text


async def test_on_a_developers_machine_the_response_names_a_wrong_setting_without_its_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in WRONG.items():
        monkeypatch.setenv(name, value)

    async def trigger(req: func.HttpRequest) -> func.HttpResponse:
        raise AssertionError

    status, problem = await response_of(trigger)

    assert status == 503
    assert str(problem["detail"]).startswith(CURE)
    assert "sesame" not in str(problem)


async def test_a_problem_says_when_to_try_again_in_header_and_body() -> None:
    async def trigger(req: func.HttpRequest) -> func.HttpResponse:
        raise AcsThrottledError(retry_after=7)

    response = await run(trigger)

    assert response.headers["Retry-After"] == "7"
    assert json.loads(response.get_body())["retryAfter"] == 7
    assert response.headers["Access-Control-Expose-Headers"] == "Retry-After"


def test_the_hosts_own_responses_have_the_same_headers() -> None:
    host = json.loads((ROOT / "host.json").read_text())

    assert host["extensions"]["http"]["customHeaders"] == HEADERS


async def test_an_invocation_that_nobody_holds_is_not_collected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DEADLINE_SECONDS", "45")  # it is not to end while garbage is collected
    waiting: list[weakref.ref[asyncio.Future[None]]] = []
    ended: list[int] = []

    async def trigger(req: func.HttpRequest) -> func.HttpResponse:
        future = asyncio.get_running_loop().create_future()  # held by this frame alone
        waiting.append(weakref.ref(future))
        await future
        return func.HttpResponse("done")

    async def invoke() -> None:
        response = await run(trigger)
        ended.append(response.status_code)

    asyncio.get_running_loop().create_task(invoke())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()
    future = waiting[0]()
    assert future
    future.set_result(None)
    del future
    while not ended:  # noqa: ASYNC110 it has only to be given its turn
        await asyncio.sleep(0)

    assert ended == [200]


def test_the_worker_sees_the_triggers_name_and_a_context() -> None:
    async def trigger(req: func.HttpRequest) -> func.HttpResponse:
        """Say something."""
        raise AssertionError

    made = function_of(trigger)

    assert (made.__name__, made.__doc__) == ("trigger", "Say something.")
    assert list(made.__annotations__) == ["req", "context", "return"]


def test_the_host_lets_every_request_and_the_timer_end_by_themselves() -> None:
    host = json.loads((ROOT / "host.json").read_text())
    hours, minutes, seconds = map(int, host["functionTimeout"].split(":"))

    assert timedelta(seconds=MAX_DEADLINE_SECONDS) < timedelta(
        hours=hours, minutes=minutes, seconds=seconds
    )
