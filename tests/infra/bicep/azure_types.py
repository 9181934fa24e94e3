"""Azure's types, and what is wrong with a value that should be of one of them."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent.parent / "fixtures"
GENERATED = FIXTURES / "azure-types.json"  # written by make infra-types
BY_HAND = FIXTURES / "types-by-hand.json"  # those that the generator's source does not have
PRIMITIVES = {"string": str, "int": int, "bool": bool, "object": dict, "array": list}
# What a resource's declaration may hold beside the fields of its type.
DECLARATION = {"parent", "scope", "dependsOn"}


@cache
def known_types() -> dict[str, Any]:
    """All types, by ``<type>@<version>``: the body's fields, and the objects that they name."""
    return {**json.loads(GENERATED.read_text()), **json.loads(BY_HAND.read_text())}


def check_body(kind: str, body: Mapping[str, Any], *, exists: bool) -> Iterator[str]:
    """Yield what is wrong with a resource's body.

    Args:
        kind: ``<type>@<version>``.
        body: The evaluated body.
        exists: Whether it only names a resource that is there already.
    """
    described = known_types()[kind]
    given = {key: value for key, value in body.items() if key not in DECLARATION}
    if exists:
        yield from (f"{key} is not for a resource that exists" for key in given if key != "name")
    else:
        yield from _check_object(described["body"], given, described["objects"], "")


def field_type(kind: str, path: tuple[str, ...]) -> str | None:
    """Return the type of a field that Azure may return; None when there is none of that name."""
    described = known_types()[kind]
    fields, found = described["body"], "object"
    for name in path:
        fields = next(iter(fields["variants"].values())) if "variants" in fields else fields
        field = fields.get(name, fields.get("*"))
        if field is None:
            return None
        found = field if isinstance(field, str) else field["type"]
        fields = described["objects"].get(found.removeprefix("#"), {})
    return found


def check_primitive(expected: str, value: Any) -> str:
    """Return what is wrong with a parameter's or output's value; "" when nothing is.

    Args:
        expected: ``string``, ``int``, ``bool``, ``object`` or ``array``, or ``string[]`` and the like.
        value: The value.
    """
    if expected.endswith("[]"):
        items = value if isinstance(value, list) else None
        wrong = items is None or any(check_primitive(expected[:-2], each) for each in items)
    else:
        wrong = not _is(expected, value)
    return f"is not of type {expected}" if wrong else ""


def _is(primitive: str, value: Any) -> bool:
    return isinstance(value, PRIMITIVES[primitive]) and not (
        primitive == "int" and isinstance(value, bool)
    )


def _check_object(
    fields: Mapping[str, Any], value: Any, objects: Mapping[str, Any], at: str
) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{at[1:]} is not an object"
        return
    if "variants" in fields:
        name = value.get("name")
        if name not in fields["variants"]:
            yield f"name must be one of {', '.join(fields['variants'])}"
            return
        fields = fields["variants"][name]
    for name, field in fields.items():
        if isinstance(field, dict) and field.get("Required") and value.get(name) is None:
            yield f"{at[1:]}.{name}".lstrip(".") + " is missing"
    for name, given in value.items():
        field = fields.get(name, fields.get("*"))
        place = f"{at}.{name}"
        if field is None:
            yield f"{place[1:]} does not exist"
        elif given is not None:
            yield from _check_field(
                {"type": field} if isinstance(field, str) else field, given, objects, place
            )


def _check_field(
    field: Mapping[str, Any], value: Any, objects: Mapping[str, Any], at: str
) -> Iterator[str]:
    if field.get("ReadOnly"):
        yield f"{at[1:]} is read-only"
        return
    yield from _check_type(field["type"], value, objects, at)
    if isinstance(value, str):
        yield from _check_limits(field, len(value), "Length", at)
        if not re.search(field.get("pattern", ""), value):
            yield f"{at[1:]} does not match {field['pattern']}"
    elif isinstance(value, int):
        yield from _check_limits(field, value, "Value", at)


def _check_limits(field: Mapping[str, Any], size: int, what: str, at: str) -> Iterator[str]:
    if size < field.get(f"min{what}", size):
        yield f"{at[1:]} is too small"
    if size > field.get(f"max{what}", size):
        yield f"{at[1:]} is too large"


def _check_type(expected: str, value: Any, objects: Mapping[str, Any], at: str) -> Iterator[str]:
    if expected.endswith("[]"):
        if not isinstance(value, list):
            yield f"{at[1:]} is not a list"
            return
        for number, item in enumerate(value):
            yield from _check_type(expected[:-2], item, objects, f"{at}[{number}]")
    elif expected.startswith("#"):
        yield from _check_object(objects[expected[1:]], value, objects, at)
    elif not any(_fits(each, value) for each in expected.split("|")):
        yield f"{at[1:]} is not {expected}"


def _fits(expected: str, value: Any) -> bool:
    if expected.startswith("'"):
        return bool(value == expected[1:-1])
    return expected == "any" or (expected == "null" and value is None) or _is(expected, value)
