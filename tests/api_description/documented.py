"""Whether a response is one that openapi.json describes."""

import json
import re
from typing import Any

from tests.raw_http import Reply
from tests.serving import ROOT

DOCUMENT: dict[str, Any] = json.loads((ROOT / "openapi.json").read_text())
PATHS = {re.compile(re.sub(r"\{\w+\}", "[^/]+", path)): path for path in DOCUMENT["paths"]}


def undocumented(method: str, route: str, reply: Reply) -> str:
    """Return what openapi.json does not say of a response; "" if it says everything.

    A response to a route or method that the API does not have is the host's, and not described.
    """
    path = next(
        (PATHS[each] for each in PATHS if each.fullmatch("/" + route.partition("?")[0])), ""
    )
    operation = DOCUMENT["paths"].get(path, {}).get(method.lower())
    if operation is None:
        return ""
    described = operation["responses"].get(str(reply.status))
    if described is None:
        return f"{operation['operationId']} has no status {reply.status}"
    if reply.headers["Content-Type"] != "application/problem+json":
        return ""
    slug = reply.json["type"].rpartition(":")[2]
    content = described.get("content", {}).get("application/problem+json", {})
    if slug not in content.get("examples", {}):
        return f"{operation['operationId']} has no problem {slug}"
    return ""
