"""The custom connector of Logic Apps, Power Automate and Power Apps, which take Swagger 2.0 only.

It holds the operations for backends. Swagger 2.0 has no null, so a field that may be null is
described without it. Swagger 2.0 cannot describe those of guests and signed-in
users, whose credentials a flow does not have anyway.
"""

from collections.abc import Iterator
from typing import Any

from pydantic.alias_generators import to_pascal

from api_description.schemas import REFERENCE

FAMILY = "users"
HOST = "my-tokens.azurewebsites.net"  # whoever imports the file puts their function app here
DEFINITION = "#/definitions/"
KEY = "api_key"  # both files must have the same name for it


def connector_definition(document: dict[str, Any]) -> dict[str, Any]:
    """Return the connector's definition, in Swagger 2.0.

    Args:
        document: The OpenAPI document.
    """
    paths: dict[str, Any] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation["tags"] == [FAMILY]:
                paths.setdefault(path, {})[method] = _operation(operation)
    schemas = document["components"]["schemas"]
    names = sorted(set(_referenced(paths, schemas)))
    info = document["info"]
    key = document["components"]["securitySchemes"]["functionKey"]
    return {
        "swagger": "2.0",
        "info": {name: info[name] for name in ("title", "description", "version")},
        "host": HOST,
        "basePath": "/api",
        "schemes": ["https"],
        "consumes": ["application/json"],
        "produces": ["application/json", "application/problem+json"],
        "paths": paths,
        "definitions": {name: _definition(schemas[name]) for name in names},
        "securityDefinitions": {KEY: {name: key[name] for name in ("type", "in", "name")}},
        "security": [{KEY: []}],
    }


def connector_properties() -> dict[str, Any]:
    """Return the connector's properties: its colour, and what a connection asks the user for."""
    key = {
        "displayName": "Function key",
        "description": "A function key of the function app",
        "tooltip": "In the Azure portal: the function app's page App keys",
        "constraints": {"tabIndex": 2, "clearText": False, "required": "true"},
    }
    return {
        "properties": {
            "iconBrandColor": "#0078D4",
            "capabilities": [],
            "connectionParameters": {KEY: {"type": "securestring", "uiDefinition": key}},
            "policyTemplateInstances": [],
        }
    }


def _operation(operation: dict[str, Any]) -> dict[str, Any]:
    parameters = [_parameter(each) for each in operation.get("parameters", [])]
    if body := operation.get("requestBody"):
        schema = _content(body)["schema"]
        parameters.append(
            {
                "name": "body",
                "in": "body",
                "required": body["required"],
                "schema": _definition(schema),
            }
        )
    return {
        "operationId": to_pascal(operation["operationId"]),
        "summary": operation["summary"],
        "description": operation["description"],
        "x-ms-visibility": "important",
        "parameters": parameters,
        "responses": {status: _response(each) for status, each in operation["responses"].items()},
    }


def _parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    kept = {name: parameter[name] for name in ("name", "in", "required", "description")}
    return {
        **kept,
        **parameter["schema"],
        "x-ms-summary": _words(parameter["name"]),
        **({"x-ms-url-encoding": "single"} if parameter["in"] == "path" else {}),
    }


def _response(response: dict[str, Any]) -> dict[str, Any]:
    described = {"description": response["description"]}
    return described | (
        {"schema": _definition(_content(response)["schema"])} if "content" in response else {}
    )


def _content(part: dict[str, Any]) -> dict[str, Any]:
    (content,) = part["content"].values()
    assert isinstance(content, dict)  # noqa: S101 for the type checker
    return content


def _definition(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema as Swagger 2.0 has it, with a summary for each field."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"].replace(REFERENCE, DEFINITION)}
    schema = _without_choices(schema)
    fields = {
        name: {**_definition(each), "x-ms-summary": _words(name)}
        for name, each in schema.get("properties", {}).items()
    }
    return {**schema, "properties": fields} if fields else schema


def _without_choices(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without null, and without the rule which fields come together."""
    for each in schema.get("anyOf", ()):
        if each != {"type": "null"}:
            schema = schema | each
    left_out = {"anyOf", "oneOf"} | ({"default"} if schema.get("default") is None else set())
    return {name: value for name, value in schema.items() if name not in left_out}


def _referenced(part: object, schemas: dict[str, Any]) -> Iterator[str]:
    """Yield the names of the schemas that a part of the document needs."""
    if isinstance(part, dict):
        if isinstance(target := part.get("$ref"), str):
            name = target.rpartition("/")[2]
            yield name
            yield from _referenced(schemas[name], schemas)
        part = list(part.values())
    for each in part if isinstance(part, list) else ():
        yield from _referenced(each, schemas)


def _words(name: str) -> str:
    """Return a name as words: "User id" for ``userId``."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return words[:1].upper() + words[1:]
