"""Write fixtures/azure-types.json: Azure's types of the resources in infra/, from Azure's MCP server.

That program (the package msmcp-azure) has the types that the Bicep compiler uses, and shows them
without a network. It knows one version of each type.
"""

import json
import re
import subprocess
import sys
from collections import deque
from typing import Any

from tests.infra.bicep.azure_types import BY_HAND, GENERATED
from tests.infra.template import INFRA

DECLARED = re.compile(r"^ *resource \w+ '([\w./]+)(?:@([\w.-]+))?'", re.MULTILINE)
PRIMITIVES = {"any", "string", "int", "bool", "null", "object"}
DEEPEST = 6  # objects below so many others are taken for any: the template does not enter them
READ_ONLY_DEEPEST = 2  # of objects that Azure alone writes, only those that the template may read


def main() -> int:
    """Ask for each type, and say what changed; return 1 when a type is not known."""
    before = json.loads(GENERATED.read_text()) if GENERATED.is_file() else {}
    by_hand = json.loads(BY_HAND.read_text())
    types = dict(
        _described(kind, version)
        for kind, version in declared_types()
        if f"{kind}@{version}" not in by_hand
    )
    GENERATED.write_text(json.dumps(types, indent=1, sort_keys=True) + "\n")
    for name in sorted({*before, *types}):
        if before.get(name) != types.get(name):
            print("changed:", name)
    return 0


def declared_types() -> list[tuple[str, str]]:
    """All types and versions that infra/ declares, those of nested resources with their parents'."""
    found: set[tuple[str, str]] = set()
    for path in sorted(INFRA.glob("*.bicep")):
        outer: list[
            tuple[int, str, str]
        ] = []  # indentation, type and version of the resources around
        for match in DECLARED.finditer(path.read_text()):
            indentation = len(match[0]) - len(match[0].lstrip())
            outer = [each for each in outer if each[0] < indentation]
            kind = "/".join([*(outer[-1][1:2] if outer else ()), match[1]])
            version = match[2] or outer[-1][2]
            outer.append((indentation, kind, version))
            found.add((kind, version))
    return sorted(found)


def _described(kind: str, version: str) -> tuple[str, dict[str, Any]]:
    print(kind, flush=True)
    run = subprocess.run(
        ["azmcp", "bicepschema", "get", "--resource-type", kind],
        capture_output=True,
        text=True,
        check=False,
    )
    entries = json.loads(run.stdout)["results"].get("BicepSchemaResult", ())
    resource = next((each for each in entries if each["$type"] == "Resource"), None)
    if resource is None or resource["name"] != f"{kind}@{version}":
        sys.exit(f"{kind}@{version} is not known, but {resource and resource['name']}")
    objects = {
        each["name"]: each for each in entries if each["$type"] in ("Object", "DiscriminatedObject")
    }
    return resource["name"], _trimmed(resource["bodyType"], objects)


def _trimmed(body: dict[str, Any], objects: dict[str, Any]) -> dict[str, Any]:
    """The body and the objects in it, without descriptions."""
    kept: dict[str, Any] = {}
    waiting = deque([("", body, 0)])
    while waiting:
        name, described, depth = waiting.popleft()
        if name in kept:
            continue
        kept[name] = {}
        variants = described.get("elements", [described])
        for variant in variants:
            fields = _fields(variant, objects, depth, waiting)
            fields |= _fields(
                {"properties": described.get("baseProperties", [])}, objects, depth, waiting
            )
            kept[name] = (
                fields if len(variants) == 1 else kept[name] | {_discriminator(variant): fields}
            )
        if len(variants) > 1:
            kept[name] = {"variants": kept[name]}
    return {"body": kept.pop(""), "objects": kept}


def _discriminator(variant: dict[str, Any]) -> str:
    return next(
        str(each["type"]) for each in variant["properties"] if each["name"] in ("name", "type")
    )


def _fields(
    described: dict[str, Any], objects: dict[str, Any], depth: int, waiting: Any
) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for each in described.get("properties", ()):
        flags = each.get("flags", "")
        deepest = READ_ONLY_DEEPEST if "ReadOnly" in flags else DEEPEST
        field: dict[str, Any] = {"type": _type(each["type"], objects, depth, deepest, waiting)}
        field |= {flag: True for flag in ("Required", "ReadOnly") if flag in flags}
        field |= _limits(each.get("modifiers", ""))
        fields[each["name"]] = field if len(field) > 1 else field["type"]
    if others := described.get("additionalPropertiesType"):
        fields["*"] = _type(others, objects, depth, DEEPEST, waiting)
    return fields


def _limits(modifiers: str) -> dict[str, Any]:
    limits: dict[str, Any] = {
        key: int(value) for key, value in re.findall(r"(m\w+): (\d+)", modifiers)
    }
    pattern = re.search(r"pattern: (.+)$", modifiers)
    return limits | ({"pattern": pattern[1]} if pattern else {})


def _type(text: str, objects: dict[str, Any], depth: int, deepest: int, waiting: Any) -> str:
    """A type: ``string``, ``#Object``, ``'literal'``, ``'a'|'b'|string``, and ``[]`` for a list."""
    name, lists = re.fullmatch(r"(.*?)((?:\[\])*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    if " | " in name:
        return (
            "|".join(part if part in PRIMITIVES else f"'{part}'" for part in name.split(" | "))
            + lists
        )
    if name in PRIMITIVES:
        return name + lists
    if name not in objects:
        return f"'{name}'{lists}"
    if depth >= deepest:
        return "any" + lists
    waiting.append((name, objects[name], depth + 1))
    return f"#{name}{lists}"


if __name__ == "__main__":
    sys.exit(main())
