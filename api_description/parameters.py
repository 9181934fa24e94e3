"""The parameters of an operation: in its path, its query and its headers."""

import re
from typing import Any

from acs_tokens.models.values import ACS_USER_ID, GUID, INVITATION_ID
from acs_tokens.web.credentials import INVITATION
from api_description.fields import field
from api_description.triggers import Operation

FORMS = {
    "userId": ACS_USER_ID,
    "tenantId": GUID,
    "objectId": GUID,
    "invitationId": INVITATION_ID,
}
"""The pattern of each parameter in a path."""


def parameters(operation: Operation) -> list[dict[str, Any]]:
    """Return the parameters of an operation."""
    found = [_in_path(name) for name in re.findall(r"\{(\w+)\}", operation.path)]
    if "guest_request" in operation.uses:
        # POST takes the scopes in the query or in the body, not in both, which OpenAPI cannot say:
        # the document has them in the body.
        found += [_scope(operation)] if operation.method == "get" else []
        found.append(_invitation(operation))
    if "removes_guests" in operation.uses:
        found.append(_guests())
    return found


def _in_path(name: str) -> dict[str, Any]:
    meaning, example = field("", name)
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": meaning,
        "schema": {"type": "string", "pattern": f"^{FORMS[name]}$"},
        "example": example,
    }


def _scope(operation: Operation) -> dict[str, Any]:
    scopes = operation.body.model_json_schema()["properties"]["scopes"]
    return {
        "name": "scope",
        "in": "query",
        "required": False,
        "description": field(operation.body.__name__, "scopes")[0],
        "style": "form",
        "explode": False,
        "schema": {name: scopes[name] for name in ("type", "items", "minItems", "maxItems")},
        "example": ["voip", "chat"],
    }


def _invitation(operation: Operation) -> dict[str, Any]:
    meaning = field(operation.body.__name__, "invitation")[0]
    return {
        "name": INVITATION,
        "in": "header",
        "required": False,
        "description": meaning
        if operation.method == "get"
        else f"{meaning} Send it here or in the body, not in both.",
        "schema": {"type": "string"},
    }


def _guests() -> dict[str, Any]:
    return {
        "name": "guests",
        "in": "query",
        "required": False,
        "description": "With `remove`, the guests who came with the invitation are refused too.",
        "schema": {"type": "string", "enum": ["remove"]},
    }
