"""The sample with Microsoft's composites.

They are 700 MB of packages, so `make test` leaves this out; `make sample-test` runs it.
"""

import os
import subprocess

import pytest

from tests.browser.chromium import needs_browser
from tests.client.test_client import CLIENT, needs_client, run_tests
from tests.javascript import needs_node

SAMPLE = CLIENT / "sample"
MAX_LINES = 150

needs_composites = pytest.mark.skipif(
    "SAMPLE" not in os.environ or not (SAMPLE / "node_modules" / ".installed").is_file(),
    reason="only in make sample-test, where npm can install Microsoft's composites",
)


@needs_composites
@needs_client
@needs_node
@needs_browser
def test_with_the_composites(stage: dict[str, str]) -> None:
    screenshots = os.environ.get("SCREENSHOTS", "")
    run_tests("sample/tests/sample.test.mjs", **stage, SCREENSHOTS=screenshots)


@needs_composites
def test_the_types_are_right() -> None:
    compiler = SAMPLE / "node_modules" / "typescript" / "bin" / "tsc"
    ran = subprocess.run(
        ["node", compiler, "-p", SAMPLE], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout


def test_the_sample_is_short() -> None:
    text = "\n".join(path.read_text() for path in (SAMPLE / "src").glob("*.ts*"))
    lines = map(str.strip, text.splitlines())
    code = [line for line in lines if line and not line.startswith(("//", "/**"))]
    assert 0 < len(code) <= MAX_LINES


def test_the_sample_without_react_is_shorter() -> None:
    assert len((SAMPLE / "without-react.html").read_text().splitlines()) <= 20
