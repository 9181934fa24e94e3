"""The responses of an operation: its success, and every problem that it can give."""

from typing import Any

from pydantic import BaseModel
from pydantic.alias_generators import to_pascal

from acs_tokens.problems import Problem
from api_description.problems import problems_of
from api_description.schemas import example_of, problem_example, problem_schema, reference
from api_description.triggers import Operation

JSON = "application/json"
TEXT = "text/plain"
PROBLEM_JSON = "application/problem+json"
PHRASES = {
    200: "Success",
    201: "Created",
    204: "Done",
    400: "Bad request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not found",
    409: "Conflict",
    413: "Body too large",
    415: "Unsupported media type",
    429: "Too many requests",
    500: "Internal error",
    502: "Bad response of ACS",
    503: "Unavailable",
    504: "Too late",
}
RETRY_AFTER = {
    "Retry-After": {
        "description": "Whole seconds to wait; `retryAfter` of the body says the same.",
        "schema": {"type": "integer", "minimum": 1},
    }
}
CHALLENGE = {"WWW-Authenticate": {"description": "The scheme.", "schema": {"type": "string"}}}
HEADERS = {401: CHALLENGE, 429: RETRY_AFTER, 503: RETRY_AFTER}


def responses(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the responses of an operation by status.

    Args:
        operation: The operation.
        schemas: The schemas of the document; those of the problems are added to them.
    """
    described: dict[str, Any] = {
        str(operation.status.value): {"description": PHRASES[operation.status]}
    }
    if operation.result:
        described[str(operation.status.value)]["content"] = _content(
            operation, operation.result, schemas
        )
    if operation.needs_key:
        described["401"] = {"description": "The function key is missing or wrong. No body."}
    for status, problems in problems_of(operation).items():
        described[str(status)] = _problem_response(operation, status, problems, schemas)
    return dict(sorted(described.items()))


def _content(
    operation: Operation, result: type[BaseModel], schemas: dict[str, Any]
) -> dict[str, Any]:
    """Return a success's body by content type; as text, it is the model's first field alone."""
    content = {JSON: {"schema": reference(result.__name__), "example": example_of(result)}}
    if "reply_link" not in operation.uses:
        return content
    name, schema = next(iter(schemas[result.__name__]["properties"].items()))
    text = f"{result.__name__}Text"
    schemas[text] = schema
    return {TEXT: {"schema": reference(text), "example": content[JSON]["example"][name]}} | content


def _problem_response(
    operation: Operation, status: int, problems: list[type[Problem]], schemas: dict[str, Any]
) -> dict[str, Any]:
    schema = problem_schema(problems)
    # Operations with the same problems share a schema.
    phrase = PHRASES[status].title().replace(" ", "")
    owners = ("", operation.family.title(), to_pascal(operation.function))
    names = (f"{owner}{phrase}Problem" for owner in owners)
    name = next(each for each in names if schemas.setdefault(each, schema) == schema)
    examples = {each.slug: {"value": problem_example(each)} for each in problems}
    response: dict[str, Any] = {
        "description": f"{PHRASES[status]}: {', '.join(examples)}",
        "content": {PROBLEM_JSON: {"schema": reference(name), "examples": examples}},
    }
    return response | ({"headers": HEADERS[status]} if status in HEADERS else {})
