"""Reading claims whose names the settings give."""

from typing import Any


def claim_values(claims: dict[str, Any], name: str) -> frozenset[str]:
    """Return the values of a claim as texts: one for a text, number or switch, or a list's.

    Args:
        claims: The claims of a token.
        name: The claim's name; or a path of names joined by dots, for a claim within a claim.
    """
    value: Any = claims
    for part in (name,) if name in claims else name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    values = value if isinstance(value, list) else [value]
    return frozenset(filter(None, (_text(each) for each in values)))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else ""
