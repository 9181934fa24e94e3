"""The files of the connector keep to what Power Platform reads.

Microsoft publishes two JSON Schemas for them, in schemas/ of
https://github.com/microsoft/PowerPlatformConnectors. That of the definition is the schema of
Swagger 2.0 with fewer formats, and with the extensions `x-ms-…` only where they have a meaning. As
published it is of use to an editor only: a validator that keeps to JSON Schema refuses every
`x-ms-…`, because its pattern for unknown ones also applies to those that it names.
"""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft4Validator
from openapi_spec_validator import OpenAPIV2SpecValidator
from openapi_spec_validator.schemas import schema_v2

from tests.serving import ROOT

DEFINITION = json.loads((ROOT / "connector" / "apiDefinition.swagger.json").read_text())
PROPERTIES = json.loads((ROOT / "connector" / "apiProperties.json").read_text())

FORMATS = [
    "int32", "int64", "float", "double", "byte", "binary", "date", "date-time", "password",
    "date-no-tz", "html", "uri",
]  # fmt: skip
VISIBILITY = {"x-ms-visibility": {"enum": ["important", "advanced", "internal"]}}
TITLED = {"x-ms-summary": {"type": "string"}, **VISIBILITY}
# Of the extensions that Microsoft's schema names, those that the connector has.
EXTENSIONS = {
    "operation": VISIBILITY,
    "bodyParameter": TITLED,
    "queryParameterSubSchema": TITLED,
    "pathParameterSubSchema": {**TITLED, "x-ms-url-encoding": {"enum": ["single", "double"]}},
    "schema": TITLED,
}
PROPERTIES_SCHEMA = {
    "type": "object",
    "required": ["properties"],
    "additionalProperties": False,
    "properties": {
        "properties": {
            "type": "object",
            "required": ["iconBrandColor"],
            "additionalProperties": False,
            "properties": {
                "iconBrandColor": {"type": "string"},
                "capabilities": {"type": "array", "items": {"type": "string"}},
                "connectionParameters": {
                    "type": "object",
                    "additionalProperties": {"type": "object"},
                },
                # Ten kinds of policies are known; the connector has none.
                "policyTemplateInstances": {"type": "array", "maxItems": 0},
            },
        }
    },
}


def definition_schema() -> dict[str, Any]:
    """Return the schema of Swagger 2.0 with what Microsoft's schema refuses besides."""
    schema = json.loads(json.dumps(dict(schema_v2)))
    for part in (schema, *schema["definitions"].values()):
        if extensions := part.get("patternProperties", {}).pop("^x-", None):
            part["patternProperties"]["^x-(?!ms-)"] = extensions
    for name, extensions in EXTENSIONS.items():
        schema["definitions"][name].setdefault("properties", {}).update(extensions)
    schema["definitions"]["schema"]["properties"]["format"] = {"enum": FORMATS}
    return dict(schema)


DEFINITION_VALIDATOR = Draft4Validator(definition_schema())
PROPERTIES_VALIDATOR = Draft4Validator(PROPERTIES_SCHEMA)


def test_the_connector_has_what_a_flow_does_and_one_key() -> None:
    ids = {each["operationId"] for path in DEFINITION["paths"].values() for each in path.values()}

    assert ids == {
        "CreateUser", "CreateUserAndToken", "IssueToken", "RefreshToken", "RevokeTokens", "DeleteUser",
        "ExchangeTeamsToken", "CreateInvitation", "GetInvitation", "WithdrawInvitation", "BanUser", "GetUserBan",
        "UnbanUser", "BanPerson", "GetPersonBan", "UnbanPerson", "GetPersonIdentity", "RevokePersonTokens",
        "GetUserPerson",
    }  # fmt: skip
    assert list(DEFINITION["securityDefinitions"]) == list(
        PROPERTIES["properties"]["connectionParameters"]
    )


def test_the_files_are_valid() -> None:
    assert list(OpenAPIV2SpecValidator(DEFINITION).iter_errors()) == []
    assert list(DEFINITION_VALIDATOR.iter_errors(DEFINITION)) == []
    assert list(PROPERTIES_VALIDATOR.iter_errors(PROPERTIES)) == []


def test_actions_are_shown_and_have_short_names() -> None:
    assert len(json.dumps(DEFINITION)) < 1_000_000
    for path in DEFINITION["paths"].values():
        for operation in path.values():
            assert operation["x-ms-visibility"] == "important"
            assert len(operation["summary"]) <= 80


def issue_token(definition: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = definition["paths"]["/users/{userId}/token"]["post"]
    return operation


def user_token(definition: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = definition["definitions"]["UserToken"]["properties"]
    return fields


@pytest.mark.parametrize(
    "plant",
    [
        lambda d: d.update({"x-ms-capabilities": {}}),
        lambda d: issue_token(d).update({"x-ms-summary": "Issue"}),
        lambda d: issue_token(d).update({"x-ms-visibility": "hidden"}),
        lambda d: issue_token(d)["parameters"][0].update({"x-ms-url-encoding": "twice"}),
        lambda d: issue_token(d)["parameters"][1].update({"x-ms-url-encoding": "single"}),
        lambda d: user_token(d)["userId"].update({"format": "uuid"}),
        lambda d: user_token(d)["userId"].update({"x-ms-sumary": "User id"}),
        lambda d: user_token(d)["userId"].update({"anyOf": [{"type": "string"}]}),
        lambda d: user_token(d)["userId"].update({"const": "8:acs:…"}),
        lambda d: d.update({"$defs": {}}),
    ],
    ids=[
        "not supported", "summary twice", "unknown visibility", "unknown encoding", "encoded body",
        "unknown format", "unknown extension", "anyOf", "const", "$defs",
    ],
)  # fmt: skip
def test_what_power_platform_does_not_read_is_found(
    plant: Callable[[dict[str, Any]], object],
) -> None:
    definition = copy.deepcopy(DEFINITION)
    plant(definition)

    assert list(DEFINITION_VALIDATOR.iter_errors(definition)) != []


@pytest.mark.parametrize("name", ["x-ms-anything", "policies", "iconbrandcolor"])
def test_unknown_properties_of_the_connector_are_found(name: str) -> None:
    properties = copy.deepcopy(PROPERTIES)
    properties["properties"][name] = []

    assert list(PROPERTIES_VALIDATOR.iter_errors(properties)) != []
