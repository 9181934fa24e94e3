"""Assembles the OpenAPI document."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from acs_tokens import __version__
from acs_tokens.models.requests import NoBody
from acs_tokens.web.credentials import GUEST_HANDLE
from api_description.parameters import parameters
from api_description.responses import JSON, responses
from api_description.schemas import example_of, model_schemas, reference
from api_description.triggers import Operation

DOCUMENTS = Path(__file__).parent.parent / "docs"
FAMILIES = {
    "users": "For backends, with a function key: any identity of the ACS resource.",
    "guest": "For pages whose visitors have not signed in: the identity of the guest handle.",
    "me": "For pages whose users have signed in: the identity of that person.",
    "health": "For probes.",
}
OPEN_TO_STRANGERS = ("guest_token", "guest_meeting")
"""The functions for guests that need no guest handle, at least with `GUESTS=on`."""
SECURITY_SCHEMES = {
    "functionKey": {
        "type": "apiKey",
        "in": "header",
        "name": "x-functions-key",
        "description": "A function key of the function app. Locally none is needed.",
    },
    "guestHandle": {
        "type": "apiKey",
        "in": "header",
        "name": GUEST_HANDLE,
        "description": "`guestHandle` of the response of guest/token.",
    },
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token for this service, of Entra or of another provider.",
    },
}


def openapi_document(operations: Sequence[Operation]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the operations."""
    schemas = model_schemas(operations)
    paths: dict[str, Any] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method] = _described(operation, schemas)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "acs-tokens",
            "version": __version__,
            "summary": "The trusted token service of an app on Azure Communication Services",
            "description": "Creates ACS identities, and issues, refreshes and revokes their access"
            " tokens. Errors are problems of RFC 9457; docs/errors.md explains each type.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/api", "description": "The function app that serves this file"}],
        "tags": [{"name": name, "description": text} for name, text in FAMILIES.items()],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def _described(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.family],
        "summary": operation.summary,
        "description": _description(operation.function),
        "security": _security(operation),
    }
    if found := parameters(operation):
        described["parameters"] = found
    if operation.body is not NoBody and operation.method != "get":
        described["requestBody"] = {
            "required": any(each.is_required() for each in operation.body.model_fields.values()),
            "content": {
                JSON: {
                    "schema": reference(operation.body.__name__),
                    "example": example_of(operation.body),
                }
            },
        }
    described["responses"] = responses(operation, schemas)
    return described


def _description(function: str) -> str:
    """Return what the documents say of a function: the paragraph that begins with its name."""
    texts = "\n".join((DOCUMENTS / name).read_text() for name in ("api.md", "operations.md"))
    found = re.search(
        rf"^\*\*{function}\*\*.*?(?=\n\n|\n```|\n\*\*)", texts, re.MULTILINE | re.DOTALL
    )
    found = found or re.search(rf"\*\*{function}\*\* [^.]*\.", texts)
    assert found, f"The documents do not explain {function}"  # noqa: S101 a test says so too
    text = re.sub(r"\*\*(\w+)\*\*", r"`\1`", found[0])
    return re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text).replace("\n", " ")


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    if operation.needs_key:
        return [{"functionKey": []}]
    if operation.family == "guest":
        handle: dict[str, list[str]] = {"guestHandle": []}
        return [{}, handle] if operation.function in OPEN_TO_STRANGERS else [handle]
    return [{"bearer": []}] if operation.family == "me" else []
