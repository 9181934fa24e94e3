"""What Redocly's linter says of openapi.json."""

import subprocess

from tests.javascript import FOLDER, needs_node
from tests.serving import ROOT, environment


@needs_node
def test_the_linter_finds_neither_errors_nor_warnings() -> None:
    ran = subprocess.run(
        [FOLDER / "node_modules" / ".bin" / "redocly", "lint", "--format=json", ROOT / "openapi.json"],
        env=environment(REDOCLY_TELEMETRY="off", REDOCLY_SUPPRESS_UPDATE_NOTICE="true"),
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip

    assert ran.returncode == 0, ran.stdout
    assert '"errors": 0' in ran.stdout
    assert '"warnings": 0' in ran.stdout
