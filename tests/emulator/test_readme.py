"""The examples of the README do what it says."""

import json
import os
import re
import subprocess
import sys

from acs_emulator.entra.users import USERS
from tests.emulator.entra.client import (
    ALICE,
    CONTOSO,
)
from tests.serving import ROOT, Emulator
from tests.tokens import claims_of

README = ROOT / "acs_emulator" / "README.md"


def readme_example(emulator: Emulator, language: str, word: str) -> str:
    """Return the README's code block that contains a word, with the emulator's addresses."""
    blocks = re.findall(rf"```{language}\n(.*?)```", README.read_text(), re.DOTALL)
    block: str = next(block for block in blocks if word in block)
    return block.replace("https://localhost:7073", emulator.tls_url).replace(
        ".acs-emulator/ca.pem", str(emulator.authority)
    )


def test_the_readme_signs_alice_in(emulator: Emulator) -> None:
    command = readme_example(emulator, "sh", "grant_type=password")

    ran = subprocess.run(["bash", "-c", command], capture_output=True, check=True)

    assert claims_of(json.loads(ran.stdout)["access_token"])["oid"] == ALICE


def test_the_readme_signs_clients_in(emulator: Emulator) -> None:
    program = readme_example(emulator, "python", "msal")
    variables = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}

    ran = subprocess.run(
        [sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr
    tokens = [claims_of(line) for line in ran.stdout.splitlines()]
    assert [(token["idtyp"], token["tid"]) for token in tokens] == [("app", CONTOSO)] * 2


def test_the_readme_lists_the_users() -> None:
    text = README.read_text()

    for user in USERS:
        assert f"| `{user.principal_name}` | `{user.object_id}` |" in text
        assert f"`{user.tenant.id}`" in text
