"""What a new OpenAPI document takes away from the programs that were written for an old one."""

from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]


def breaking_changes(old: Document, new: Document) -> list[str]:
    """List the changes that can break a client, each as a sentence."""
    return list(_paths(old, new))


def _paths(old: Document, new: Document) -> Iterator[str]:
    for path, methods in old["paths"].items():
        for method, before in methods.items():
            after = new["paths"].get(path, {}).get(method)
            name = f"{method.upper()} {path}"
            if after is None:
                yield f"{name} is gone"
                continue
            yield from _parameters(name, before, after)
            yield from _request(name, _Body(before, old), _Body(after, new))
            yield from _responses(name, before, after, old, new)


def _parameters(name: str, before: Document, after: Document) -> Iterator[str]:
    known = {each["name"]: each for each in before.get("parameters", [])}
    given = {each["name"]: each for each in after.get("parameters", [])}
    yield from (f"{name}: parameter {each} is gone" for each in known.keys() - given.keys())
    for each, parameter in given.items():
        was_required = each in known and known[each].get("required")
        if parameter.get("required") and not was_required:
            yield f"{name}: parameter {each} is required now"


class _Body:
    """The body of a request."""

    def __init__(self, operation: Document, document: Document) -> None:
        body = operation.get("requestBody", {})
        self.required = body.get("required", False)
        self.schema = _schema(body, document)


def _request(name: str, before: _Body, after: _Body) -> Iterator[str]:
    if after.required and not before.required:
        yield f"{name}: the body is required now"
    known, given = _fields(before.schema), _fields(after.schema)
    yield from (f"{name}: field {each} of the body is gone" for each in known.keys() - given.keys())
    newly = set(after.schema.get("required", [])) - set(before.schema.get("required", []))
    yield from (f"{name}: field {each} of the body is required now" for each in newly)
    for each in known.keys() & given.keys():
        gone = _values(known[each]) - _values(given[each])
        yield from (f"{name}: {each} may not be {value} any more" for value in gone)


def _responses(
    name: str, before: Document, after: Document, old: Document, new: Document
) -> Iterator[str]:
    for status, response in before["responses"].items():
        if status not in after["responses"]:
            yield f"{name}: status {status} is gone"
            continue
        known = _schema(response, old)
        given = _schema(after["responses"][status], new)
        fields, kept = _fields(known), _fields(given)
        for each in fields.keys() - kept.keys():
            yield f"{name}: field {each} of {status} is gone"
        for each in set(known.get("required", [])) & kept.keys() - set(given.get("required", [])):
            yield f"{name}: field {each} of {status} may be missing now"
        for each in fields.keys() & kept.keys():
            gone = _values(fields[each]) - _values(kept[each])
            yield from (f"{name}: {each} of {status} is not {value} any more" for value in gone)


def _schema(part: Document, document: Document) -> Document:
    for content in part.get("content", {}).values():
        found: Document = document["components"]["schemas"][
            content["schema"]["$ref"].split("/")[-1]
        ]
        return found
    return {}


def _fields(schema: Document) -> Document:
    found: Document = schema.get("properties", {})
    return found


def _values(schema: Document) -> set[object]:
    """Return the values that an enum names, of a field, of the items of a list, or of a choice."""
    found = set(schema.get("enum", [])) | set(schema.get("items", {}).get("enum", []))
    return found.union(*map(_values, schema.get("anyOf", [])))
