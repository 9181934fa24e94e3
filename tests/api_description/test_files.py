"""openapi.json and the connector: made from the code, valid, and compatible with the last release."""

import copy
import json
from collections.abc import Callable, Iterator
from http.client import HTTPMessage
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from api_description import described_files
from tests.api_description.breaking import breaking_changes
from tests.api_description.documented import DOCUMENT, undocumented
from tests.raw_http import Reply
from tests.test_problems import problem_types

RELEASED = json.loads((Path(__file__).parent / "released.json").read_text())
REGISTRY: Registry[Any] = Registry().with_resource(
    "urn:openapi", DRAFT202012.create_resource(DOCUMENT)
)


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        yield from ((f"{method} {path}", operation) for method, operation in methods.items())


def bodies() -> Iterator[tuple[str, dict[str, Any]]]:
    """The bodies of all requests and responses, each with where it is."""
    for name, operation in operations():
        parts = {"request": operation.get("requestBody", {}), **operation["responses"]}
        for part, described in parts.items():
            yield from ((f"{name} {part}", each) for each in described.get("content", {}).values())


def fields(part: object, name: str) -> Iterator[object]:
    """All values of a field, at any depth."""
    if isinstance(part, dict):
        yield from (value for key, value in part.items() if key == name)
        part = list(part.values())
    for each in part if isinstance(part, list) else ():
        yield from fields(each, name)


def test_the_files_are_what_the_code_gives() -> None:
    stale = [path.name for path, text in described_files().items() if path.read_text() != text]

    assert stale == [], "run: make openapi"


def test_the_document_is_valid() -> None:
    assert list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors()) == []


def test_nothing_breaks_a_client_of_the_last_release() -> None:
    assert breaking_changes(RELEASED, DOCUMENT) == []


def test_every_operation_is_described() -> None:
    ids = [operation["operationId"] for _, operation in operations()]

    assert len(ids) == len(set(ids)) == 31
    for name, operation in operations():
        assert operation["summary"], name
        assert operation["description"].startswith("`"), name
        assert "security" in operation, name


def test_every_body_is_a_reference_and_has_a_valid_example() -> None:
    checked = 0
    for where, body in bodies():
        assert set(body["schema"]) == {"$ref"}, where
        schema = {"$ref": f"urn:openapi{body['schema']['$ref']}"}
        validator = Draft202012Validator(schema, registry=REGISTRY)
        given = [body["example"]] if "example" in body else [
            each["value"] for each in body["examples"].values()
        ]  # fmt: skip
        for example in given:
            assert [error.message for error in validator.iter_errors(example)] == [], where
            checked += 1
    assert checked > 150


def test_no_schema_has_a_generated_title() -> None:
    titles = fields(DOCUMENT["components"]["schemas"], "title")  # problems have a field title

    assert [title for title in titles if isinstance(title, str)] == []


def test_times_have_a_format_and_what_is_optional_its_default() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    request = schemas["TokenRequest"]["properties"]

    assert schemas["UserToken"]["properties"]["expiresOn"]["format"] == "date-time"
    assert request["scopes"]["default"] == ["voip"]
    assert request["expiresInMinutes"].items() >= {"default": 1440, "minimum": 60, "maximum": 1440}.items()  # fmt: skip
    assert schemas["GuestTokenRequest"]["properties"]["expiresInMinutes"]["default"] == 60


@pytest.mark.parametrize(
    ("names", "errors"),
    [
        (("tenantId", "objectId"), 0),
        (("issuer", "subject"), 0),
        (("tenantId", "subject"), 1),
        (("tenantId",), 1),
        ((), 1),
        (("tenantId", "objectId", "issuer", "subject"), 1),
    ],
)
def test_a_person_has_both_ids_of_entra_or_of_another_provider(
    names: tuple[str, ...], errors: int
) -> None:
    validator = Draft202012Validator({"$ref": "urn:openapi#/components/schemas/PersonIds"}, registry=REGISTRY)  # fmt: skip

    assert len(list(validator.iter_errors(dict.fromkeys(names, "x")))) == errors


def test_every_problem_is_one_of_an_operation() -> None:
    slugs = {slug for _, body in bodies() for slug in body.get("examples", {})}

    assert slugs == {problem.slug for problem in problem_types()}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda d: d["paths"].pop("/guest"), "DELETE /guest is gone"),
        (lambda d: d["paths"]["/guest/token"].pop("get"), "GET /guest/token is gone"),
        (lambda d: schema(d, "GuestToken")["properties"].pop("expiresIn"), "field expiresIn of 200 is gone"),
        (lambda d: schema(d, "GuestToken")["required"].remove("user"), "field user of 200 may be missing now"),
        (lambda d: schema(d, "TokenRequest").update(required=["scopes"]), "field scopes of the body is required now"),
        (lambda d: schema(d, "TokenRequest")["properties"].pop("scopes"), "field scopes of the body is gone"),
        (lambda d: schema(d, "TokenRequest")["properties"]["scopes"]["items"]["enum"].remove("chat"), "scopes may not be chat any more"),
        (lambda d: schema(d, "InvitationRequest")["properties"]["scopes"]["anyOf"][0]["items"]["enum"].remove("chat"), "scopes may not be chat any more"),
        (lambda d: schema(d, "MeetingLink")["required"].remove("joinUrl"), "field joinUrl of 200 may be missing now"),
        (lambda d: schema(d, "NotFoundProblem")["properties"]["type"]["enum"].clear(), "identity-not-found any more"),
        (lambda d: d["paths"]["/users"]["post"]["responses"].pop("502"), "status 502 is gone"),
        (lambda d: d["paths"]["/users/token"]["post"]["requestBody"].update(required=True), "the body is required now"),
        (lambda d: d["paths"]["/guest/token"]["get"]["parameters"][0].update(required=True), "parameter scope is required now"),
        (lambda d: d["paths"]["/guest/token"]["get"].pop("parameters"), "parameter scope is gone"),
    ],
)  # fmt: skip
def test_a_change_that_breaks_clients_is_found(
    change: Callable[[dict[str, Any]], object], found: str
) -> None:
    changed = copy.deepcopy(DOCUMENT)
    change(changed)

    assert any(found in each for each in breaking_changes(DOCUMENT, changed))
    assert breaking_changes(changed, DOCUMENT) == [] or "required" in found


def schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][name]
    return found


@pytest.mark.parametrize(
    ("method", "route", "status", "slug", "found"),
    [
        ("POST", "users/8:acs:x/token", 404, "identity-not-found", ""),
        ("POST", "users/8:acs:x/token", 404, "busy", "issue_token has no problem busy"),
        ("DELETE", "guest", 404, "identity-not-found", "guest_delete has no status 404"),
        (
            "GET",
            "guest/token?scope=voip",
            503,
            "not-ready",
            "get_guest_token has no problem not-ready",
        ),
        ("GET", "nowhere", 404, "busy", ""),
    ],
)
def test_a_response_that_is_not_described_is_found(
    method: str, route: str, status: int, slug: str, found: str
) -> None:
    headers = HTTPMessage()
    headers["Content-Type"] = "application/problem+json"
    reply = Reply(status, headers, json.dumps({"type": f"urn:x:{slug}"}).encode())

    assert undocumented(method, route, reply) == found
