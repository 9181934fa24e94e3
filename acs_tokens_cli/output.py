"""Prints results on stdout."""

import json
from enum import StrEnum
from typing import Any


class Output(StrEnum):
    """The form of results."""

    TABLE = "table"
    JSON = "json"


def print_fields(fields: dict[str, Any], output: Output) -> None:
    """Print the fields of a result: as JSON in one line, or one field a line."""
    if output is Output.JSON:
        print(json.dumps(fields))
        return
    width = max(map(len, fields), default=0)
    for name, value in fields.items():
        print(f"{name:{width}}  {_text(value)}")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain(" ".join(map(str, value)) if isinstance(value, list) else str(value))


def plain(text: str) -> str:
    """Return a text that a terminal shows in one line, whoever wrote it: no control characters."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )
