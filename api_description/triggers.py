"""Reads from the triggers what each operation takes, does and returns."""

import ast
import importlib
import inspect
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import azure.functions as func
from pydantic import BaseModel

from acs_tokens.models.requests import NewGuestRequest

BODY_READERS = {"parse": None, "guest_request": NewGuestRequest}
"""The functions that read a body, with the model of those that take none as an argument."""
REPLIES = {"reply": 0, "reply_link": 1}
"""The functions that respond with a model, with the place of the model among the arguments."""


@dataclass(frozen=True)
class Operation:
    """One method on one route.

    Attributes:
        function: The name of its function.
        method: In lower case.
        is_get_too: Whether this is GET as another way to do what POST does.
        path: Without the prefix, for example ``/users/{userId}/token``.
        family: Which callers it serves: users, guest, me, or health.
        needs_key: Whether the Functions host wants a function key.
        summary: One sentence without a full stop.
        uses: What the trigger uses: a function's name, ``module.function``, or ``name.method`` for
            a method of what the function returns, or of a variable.
        body: The model of the request's body.
        status: The status of a success.
        result: The model of the response's body; None if the response has none.
    """

    function: str
    method: str
    is_get_too: bool
    path: str
    family: str
    needs_key: bool
    summary: str
    uses: frozenset[str]
    body: type[BaseModel]
    status: HTTPStatus
    result: type[BaseModel] | None

    @property
    def id(self) -> str:
        """The operation's name: the function's, and the method too where it is a second one."""
        return f"get_{self.function}" if self.is_get_too else self.function


def read_operations() -> list[Operation]:
    """Return all operations of the API, in the order of function_app.py."""
    app = importlib.import_module("function_app").app  # not before it is needed: it logs
    functions = [each for each in app.get_functions() if each.is_http_function()]
    return [operation for function in functions for operation in _operations(function)]


def _operations(function: Any) -> Iterator[Operation]:
    route = function.get_trigger()
    inner = inspect.getclosurevars(function.get_user_function()).nonlocals
    trigger, audited = inner["trigger"], inner["audited"]
    nodes = _nodes(trigger)
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    variables = {
        ast.unparse(node.targets[0]): node.value for node in nodes if isinstance(node, ast.Assign)
    }
    status, result = _response(trigger.__globals__, calls, variables)
    methods = [each.value.lower() for each in route.methods]
    for method in methods:
        yield Operation(
            function=function.get_function_name(),
            method=method,
            is_get_too=method == "get" and "post" in methods,
            path=f"/{route.route}",
            family=audited.family if audited else "health",
            needs_key=route.auth_level is not func.AuthLevel.ANONYMOUS,
            summary=inspect.cleandoc(trigger.__doc__).splitlines()[0].removesuffix("."),
            uses=frozenset(filter(None, map(_used, calls))),
            body=_body(trigger.__globals__, calls),
            status=status,
            result=result,
        )


def _nodes(trigger: Callable[..., object]) -> list[ast.AST]:
    (definition,) = ast.parse(inspect.getsource(trigger)).body
    assert isinstance(definition, ast.AsyncFunctionDef)  # noqa: S101 for the type checker
    return [node for statement in definition.body for node in ast.walk(statement)]


def _used(call: ast.Call) -> str | None:
    match call.func:
        case ast.Name(name):
            return name
        case ast.Attribute(ast.Call(ast.Name(name)) | ast.Name(name), method):
            return f"{name}.{method}"
    return None


def _body(names: dict[str, Any], calls: list[ast.Call]) -> type[BaseModel]:
    reader = next(call for call in calls if _used(call) in BODY_READERS)
    fixed = BODY_READERS[str(_used(reader))]
    model: type[BaseModel] = fixed or names[ast.unparse(reader.args[1])]
    return model


def _response(
    names: dict[str, Any], calls: list[ast.Call], variables: dict[str, ast.expr]
) -> tuple[HTTPStatus, type[BaseModel] | None]:
    reply = next((call for call in calls if _used(call) in REPLIES), None)
    if reply is None:
        return HTTPStatus.NO_CONTENT, None
    model, *status = reply.args[REPLIES[str(_used(reply))] :]
    given = variables.get(ast.unparse(model), model)
    given = given.value if isinstance(given, ast.Await) else given
    assert isinstance(given, ast.Call)  # noqa: S101 for the type checker
    name, _, method = str(_used(given)).partition(".")
    owner = names[name]
    if not (inspect.isclass(owner) or inspect.ismodule(owner)):
        owner = _returned(owner)
    result = _returned(getattr(owner, method)) if method else owner
    return (
        HTTPStatus[ast.unparse(status[0]).partition(".")[2]] if status else HTTPStatus.OK
    ), result


def _returned(function: Callable[..., object]) -> Any:
    """Return the class of what a function returns, also where it is imported for types only."""
    module = inspect.getmodule(function)
    imports = [
        node
        for node in ast.walk(ast.parse(inspect.getsource(module or function)))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("acs_tokens")
    ]
    names = {
        alias.name: getattr(importlib.import_module(str(node.module)), alias.name)
        for node in imports
        for alias in node.names
    }
    return typing.get_type_hints(function, localns=names)["return"]
