"""A real browser, which visits pages."""

import contextlib
import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.javascript import Script, running_script

# The headless shell is Chromium without its window; a page costs a third of the processor time there.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
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


class Browser:
    """A running browser. Each visit has an empty profile of its own."""

    def __init__(self, script: Script) -> None:
        self._script = script

    def visit(self, page: str, *attempts: dict[str, object]) -> list[Any]:
        """Let a page try to reach other addresses.

        Args:
            page: The page's URL. The host name evil.test is 127.0.0.1.

        Returns:
            For each attempt None, or ``{status, text}``: what the page could read, or what the
            browser shows if the attempt left the page.
        """
        self._script.write_line(json.dumps({"pageUrl": page, "attempts": attempts}))
        seen = json.loads(self._script.read_line())
        assert "error" not in seen, seen["error"]
        results: list[Any] = seen["results"]
        return results


@contextlib.contextmanager
def running_browser() -> Iterator[Browser]:
    """Run a browser until the block ends."""
    with running_script("browse.mjs", str(PROGRAM)) as script:
        yield Browser(script)
