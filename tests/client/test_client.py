"""The package for pages: its own tests, which are in JavaScript."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.browser.chromium import needs_browser
from tests.client.problem_codes import COMMAND, FILE, text
from tests.javascript import needs_node
from tests.serving import ROOT, environment
from tests.waiting import LIMIT_SECONDS

CLIENT = ROOT / "client"
MAX_LINES = 150

needs_client = pytest.mark.skipif(
    not shutil.which("node") or not (CLIENT / "dist" / "index.js").is_file(),
    reason="no Node.js with npm, or npm could not install: the client for pages was NOT tested",
)


def assert_tests_pass(*files: str, **variables: str) -> None:
    """Run files of JavaScript tests, and show what they print if one fails."""
    ran = subprocess.run(
        ["node", "--test", *files],
        cwd=CLIENT,
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=5 * LIMIT_SECONDS,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert int(re.findall(r"^# pass (\d+)$", ran.stdout, re.MULTILINE)[0]) > 0


@needs_client
def test_without_a_browser() -> None:
    assert_tests_pass(*sorted(str(path) for path in (CLIENT / "tests").glob("*.test.mjs")))


@needs_client
@needs_node
@needs_browser
def test_in_chromium(stage: dict[str, str]) -> None:
    assert_tests_pass("tests/browser/browser.test.mjs", **stage)


@needs_client
@needs_node
@needs_browser
def test_signing_in_as_the_sample_does(stage: dict[str, str]) -> None:
    assert_tests_pass("sample/tests/sign-in.test.mjs", **stage)


def test_the_client_knows_the_problems_of_the_service() -> None:
    assert FILE.read_text() == text(), f"Run: {COMMAND}"


@pytest.mark.parametrize("path", sorted((CLIENT / "src").glob("*.ts")), ids=lambda path: path.stem)
def test_a_module_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MAX_LINES
