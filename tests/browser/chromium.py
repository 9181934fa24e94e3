"""A real browser, which visits pages."""

import json
import shutil
from typing import Any

import pytest

from tests.javascript import run_script

NAMES = ("chromium", "chromium-browser", "google-chrome")
PROGRAM = next(filter(None, map(shutil.which, NAMES)), None)

needs_browser = pytest.mark.skipif(
    not PROGRAM, reason=f"no {', '.join(NAMES)} on PATH: pages in a browser were NOT tested"
)


def fetch(url: str, **init: object) -> dict[str, object]:
    """An attempt with ``fetch`` and its options."""
    return {"kind": "fetch", "url": url, "init": init}


def attempt(kind: str, url: str) -> dict[str, object]:
    """An attempt with an ``image``, a ``link``, or a ``form`` that is posted."""
    return {"kind": kind, "url": url}


def visit(page: str, *attempts: dict[str, object]) -> list[Any]:
    """Let a page try to reach other addresses.

    Args:
        page: The page's URL. The host name evil.test is 127.0.0.1.

    Returns:
        For each attempt None, or ``{status, text}``: what the page could read, or what the browser
        shows if the attempt left the page.
    """
    results: list[Any] = run_script("browse.mjs", str(PROGRAM), page, json.dumps(attempts))
    return results
