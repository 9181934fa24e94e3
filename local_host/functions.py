"""Loads the functions of function_app.py through the public API of azure.functions."""

import importlib
import inspect
import sys
import threading
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import azure.functions as func

from local_host.routes import Route
from local_host.settings import StartupError


@dataclass(frozen=True)
class HttpFunction:
    """One HTTP function.

    Attributes:
        methods: Upper case; empty means any.
        needs_key: Whether its auth level is anything but anonymous.
        takes_context: Whether it has the parameter ``context``.
    """

    name: str
    template: str
    route: Route
    methods: tuple[str, ...]
    needs_key: bool
    takes_context: bool
    handler: Callable[..., Awaitable[func.HttpResponse]]

    async def run(self, request: func.HttpRequest) -> func.HttpResponse:
        """Run the function as the worker does: with the context if it takes one."""
        if self.takes_context:
            return await self.handler(request, context=_Context(self.name, request))
        return await self.handler(request)


@dataclass(frozen=True)
class TimerFunction:
    """A timer function. This host ignores its schedule and runs it on request only."""

    name: str
    handler: Callable[..., Awaitable[None]]

    async def run(self) -> None:
        """Run the function as if its time had come."""
        await self.handler(_Timer())


def load_functions(folder: Path, prefix: str) -> tuple[list[HttpFunction], list[TimerFunction]]:
    """Import function_app.py and list its functions.

    Args:
        folder: The folder with function_app.py.
        prefix: The route prefix of host.json, without slashes around it.

    Returns:
        The HTTP functions in the order in which their routes are tried, and the timer functions.

    Raises:
        StartupError: The module has no function app, or a function this host cannot serve.
    """
    sys.path.append(str(folder))
    module = importlib.import_module("function_app")
    apps = [value for value in vars(module).values() if isinstance(value, func.FunctionApp)]
    if len(apps) != 1:
        raise StartupError("function_app.py must have one FunctionApp at top level.")
    functions = apps[0].get_functions()
    timers = [function for function in functions if _is_timer(function)]
    http = [_http_function(function, prefix) for function in functions if function not in timers]
    return sorted(http, key=lambda function: function.name.lower()), [
        TimerFunction(str(timer.get_function_name()), timer.get_user_function()) for timer in timers
    ]


def _is_timer(function: Any) -> bool:
    return bool(function.get_trigger().get_binding_name() == "timerTrigger")


def _http_function(function: Any, prefix: str) -> HttpFunction:
    name, trigger, handler = (
        function.get_function_name(),
        function.get_trigger(),
        function.get_user_function(),
    )
    if not function.is_http_function() or not inspect.iscoroutinefunction(handler):
        raise StartupError(f"{name} is not an async HTTP or timer function: no others are served.")
    template = "/".join(filter(None, (prefix, trigger.route)))
    methods = tuple(method.value for method in trigger.methods or ())
    needs_key = trigger.auth_level is not func.AuthLevel.ANONYMOUS
    takes_context = "context" in inspect.signature(handler).parameters
    return HttpFunction(name, template, Route(template), methods, needs_key, takes_context, handler)


class _Timer(func.TimerRequest):
    """The timer information that a timer function gets."""

    @property
    def past_due(self) -> bool:
        return False


@dataclass(frozen=True)
class _TraceContext:
    """The trace context of the request, unchanged: this host has no spans of its own."""

    trace_parent: str
    trace_state: str


class _Context(func.Context):
    """The invocation context that the worker passes to a function."""

    def __init__(self, name: str, request: func.HttpRequest) -> None:
        self._name = name
        self._trace = _TraceContext(
            request.headers.get("traceparent", ""), request.headers.get("tracestate", "")
        )
        self._id = str(uuid.uuid4())

    @property
    def invocation_id(self) -> str:
        return self._id

    @property
    def function_name(self) -> str:
        return self._name

    @property
    def function_directory(self) -> str:
        return str(Path.cwd())

    @property
    def thread_local_storage(self) -> type[threading.local]:
        return threading.local

    @property
    def trace_context(self) -> Any:
        return self._trace

    @property
    def retry_context(self) -> NoReturn:
        raise NotImplementedError("This host has no retries.")
