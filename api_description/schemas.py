"""JSON Schemas of the bodies: those of the pydantic models and those of problems."""

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from acs_tokens.health import Check
from acs_tokens.models.requests import NoBody
from acs_tokens.problems import TYPE_PREFIX, InteractionRequiredError, NotReadyError, Problem
from api_description.fields import field
from api_description.triggers import Operation

REFERENCE = "#/components/schemas/"
EXTENSIONS: dict[type[Problem], dict[str, Any]] = {
    InteractionRequiredError: {
        "claims": {"type": "string", "description": "Entra's challenge, for the page's sign-in."}
    },
    NotReadyError: {
        "version": {"type": "string", "description": field("Ready", "version")[0]},
        "checks": {
            "type": "object",
            "description": field("Ready", "checks")[0],
            "additionalProperties": {"$ref": REFERENCE + Check.__name__},
        },
    },
}
"""The further fields of the problem types that have some."""
PERSON_IDS = (("tenantId", "objectId"), ("issuer", "subject"))
"""The fields of a person: of Entra, or of another provider."""


def reference(name: str) -> dict[str, str]:
    """Return a reference to a schema."""
    return {"$ref": REFERENCE + name}


def model_schemas(operations: Iterable[Operation]) -> dict[str, Any]:
    """Return the schemas of all bodies that are no problems, by the models' names."""
    bodies: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = []
    for operation in operations:
        if operation.body is not NoBody:
            bodies.append((operation.body, "validation"))
        if operation.result:
            bodies.append((operation.result, "serialization"))
    _, schemas = models_json_schema(list(dict.fromkeys(bodies)), ref_template=REFERENCE + "{model}")
    responses = {model.__name__ for model, mode in bodies if mode == "serialization"}
    definitions: dict[str, Any] = schemas["$defs"]
    for name, schema in definitions.items():
        if name in responses or name not in {model.__name__ for model, _ in bodies}:
            _describe_as_response(schema)
        _complete(name, schema)
    for name in ("GuestTokenRequest", "NewGuestRequest"):
        definitions[name]["properties"]["scopes"].pop("default")  # the settings say it
    definitions["PersonIds"]["oneOf"] = [{"required": list(ids)} for ids in PERSON_IDS]
    return definitions


def problem_schema(problems: list[type[Problem]]) -> dict[str, Any]:
    """Return the schema of a response that is one of some problems with the same status."""
    schema: dict[str, Any] = {
        "type": "object",
        "description": "A problem of RFC 9457.",
        "properties": {
            "type": {
                "type": "string",
                "enum": [TYPE_PREFIX + problem.slug for problem in problems],
                "description": "What is wrong. Decide by this.",
            },
            "title": {"type": "string", "enum": [problem.title for problem in problems]},
            "status": {"type": "integer", "enum": [problems[0].status]},
            "detail": {"type": "string", "description": field("Check", "detail")[0]},
            "requestId": {"type": "string", "description": "The id of the request in the log."},
            "retryAfter": {
                "type": "integer",
                "minimum": 1,
                "description": "Whole seconds to wait before the next try.",
            },
        },
        "required": ["type", "title", "status", "requestId"],
    }
    for problem in problems:
        schema["properties"] |= EXTENSIONS.get(problem, {})
    return schema


def example_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return an example of a model's body."""
    names = [info.alias or name for name, info in model.model_fields.items()]
    fields = {name: field(model.__name__, name)[1] for name in names}
    return {name: value for name, value in fields.items() if value is not None}


def problem_example(problem: type[Problem]) -> dict[str, Any]:
    """Return an example of a problem."""
    return {
        "type": TYPE_PREFIX + problem.slug,
        "title": problem.title,
        "status": problem.status,
        "requestId": "3f0c6f9e-6b2b-4c55-9f0e-2f6f6a1d7c10",
    }


def _describe_as_response(schema: dict[str, Any]) -> None:
    """Let clients expect new fields. A field that is null is left out of a response."""
    schema.pop("additionalProperties", None)
    schema.setdefault("required", [])
    for name, each in schema["properties"].items():
        if "anyOf" in each:
            each |= next(one for one in each.pop("anyOf") if one != {"type": "null"})
        elif name not in schema["required"]:
            schema["required"].append(name)
        each.pop("default", None)
    if not schema["required"]:
        del schema["required"]


def _complete(model: str, schema: dict[str, Any]) -> None:
    """Give a schema's fields their descriptions, and take the generated titles out."""
    schema.pop("title", None)
    schema["description"] = schema["description"].partition("\n\n")[0]
    for name, each in schema["properties"].items():
        each.pop("title", None)
        each["description"] = field(model, name)[0]
