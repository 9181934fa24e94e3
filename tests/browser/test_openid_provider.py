"""A page signs in with a real OpenID Connect provider, and gets a token for its user."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from acs_emulator.certificates import certificates
from tests.browser.chromium import PROGRAM, needs_browser
from tests.browser.conftest import READY, write_app
from tests.javascript import FOLDER, needs_node
from tests.serving import Emulator, environment, running_program
from tests.waiting import LIMIT_SECONDS

ALGORITHMS = ("RS256", "PS256", "ES256")


@pytest.fixture
def provider(emulator: Emulator) -> Iterator["subprocess.Popen[str]"]:
    """The provider and the page, which wait for the address of the API."""
    files = certificates(emulator.authority.parent)
    process = subprocess.Popen(
        ["node", "openid-provider.mjs", str(PROGRAM), str(files.certificate), str(files.key)],
        cwd=FOLDER,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


@needs_node
@needs_browser
def test_pages_sign_in_with_authorization_code_and_pkce(
    provider: "subprocess.Popen[str]", emulator: Emulator, tmp_path: Path
) -> None:
    assert provider.stdout
    places = json.loads(provider.stdout.readline())
    write_app(tmp_path, emulator, places["page"])
    variables = {
        "OIDC_ISSUER": places["issuer"],
        "OIDC_AUDIENCE": ",".join(f"https://tokens.contoso.example/{each}" for each in ALGORITHMS),
        "OIDC_SCOPE": "acs.token",
        "OIDC_CLIENT_ID": "local-page",
        "IDENTITY_SQLITE": str(tmp_path / "identities.db"),
        "SSL_CERT_FILE": str(emulator.authority),
    }
    arguments = ("--port", "0", "--no-emulator")
    with running_program("local_host", *arguments, variables=variables, cwd=tmp_path) as app:
        port = app.read_until(READY)[1]
        seen, _ = provider.communicate(f"http://localhost:{port}/api\n", timeout=LIMIT_SECONDS)

    replies, local = json.loads(seen)["replies"], json.loads(seen)["local"]
    assert [reply["status"] for reply in replies] == [200] * len(ALGORITHMS)
    assert {reply["userId"] for reply in replies} == {local["userId"]}
    assert local["person"] == f"you, with {places['issuer'].removeprefix('https://')}"
    assert all(emulator.examine(reply["token"])["valid"] for reply in replies)
