"""The client's types are those of openapi.json: `make contract`."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.javascript import FOLDER, needs_node
from tests.serving import ROOT, environment

pytestmark = [
    needs_node,
    pytest.mark.skipif(
        "CONTRACT_EXAMPLES" not in os.environ, reason="the TypeScript compiler is slow: make contract"
    ),
]  # fmt: skip
CLIENT = ROOT / "client"


def run(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command: Sequence[str | Path] = [FOLDER / "node_modules" / ".bin" / program, *arguments]
    return subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)


def compile_types(folder: Path) -> subprocess.CompletedProcess[str]:
    """Let the compiler check the types in a copy of the client."""
    return run("tsc", "-p", folder / "types")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the client's sources, to be changed."""
    shutil.copytree(CLIENT, tmp_path / "client", ignore=shutil.ignore_patterns("node_modules"))
    return tmp_path / "client"


def test_the_generated_types_are_those_of_the_document(tmp_path: Path) -> None:
    made = tmp_path / "service.ts"
    ran = run(
        "openapi-typescript", ROOT / "openapi.json", "--default-non-nullable=false", "-o", made
    )

    assert ran.returncode == 0, ran.stderr
    assert made.read_text() == (CLIENT / "types" / "service.ts").read_text(), "run: make openapi"


def test_the_client_reads_what_the_service_sends() -> None:
    compiled = compile_types(CLIENT)

    assert (compiled.returncode, compiled.stdout, compiled.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("file", "old", "new", "wrong"),
    [
        ("src/wire.ts", "readonly expiresIn?: number;", "readonly expiresIn?: string;", "everyFieldHasItsType"),
        ("src/wire.ts", "readonly token?: string;", "readonly token?: string; readonly jwt?: string;", "everyFieldIsSent"),
        ("src/problems.ts", '  | "busy"\n', "", "everyProblemIsKnown"),
        ("src/options.ts", ' | "voip.join"', "", "everyScopeIsOffered"),
    ],
)  # fmt: skip
def test_another_type_is_found(copy: Path, file: str, old: str, new: str, wrong: str) -> None:
    text = (copy / file).read_text()
    assert old in text
    (copy / file).write_text(text.replace(old, new))

    line = int(compile_types(copy).stdout.partition("check.ts(")[2].partition(",")[0])

    assert wrong in (copy / "types" / "check.ts").read_text().splitlines()[line - 1]
