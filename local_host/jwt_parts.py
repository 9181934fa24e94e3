"""Reads the parts of a JWT without checking its signature, to show them or to choose a token."""

import base64
import json
from typing import Any


def jwt_parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the header and the claims of a JWT; empty ones if the text is no JWT."""
    pieces = token.split(".")
    if len(pieces) != 3:
        return {}, {}
    header, claims = map(_decoded, pieces[:2])
    return header, claims


def _decoded(piece: str) -> dict[str, Any]:
    """Return the JSON object of one part; an empty one if the part holds something else."""
    try:
        content = json.loads(base64.b64decode(piece + "=" * (-len(piece) % 4), altchars=b"-_"))
    except (RecursionError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
