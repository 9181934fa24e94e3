"""A page signs in with a real OpenID Connect provider, and gets a token for its user."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from acs_emulator.certificates import certificates
from tests.browser.chromium import PROGRAM, needs_browser
from tests.browser.conftest import write_app
from tests.javascript import Script, needs_node, running_script
from tests.serving import READY, Emulator, running_program

ALGORITHMS = ("RS256", "PS256", "ES256")


@pytest.fixture
def provider(emulator: Emulator) -> Iterator[Script]:
    """The provider and the page, which wait for the address of the API."""
    files = certificates(emulator.authority.parent)
    arguments = (str(PROGRAM), str(files.certificate), str(files.key))
    with running_script("openid-provider.mjs", *arguments) as script:
        yield script


@needs_node
@needs_browser
def test_pages_sign_in_with_authorization_code_and_pkce(
    provider: Script, emulator: Emulator, tmp_path: Path
) -> None:
    places = json.loads(provider.read_line())
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
        address = app.read_until(READY)[1]
        provider.write_line(f"{address}/api")
        seen = json.loads(provider.read_line())

    replies, local = seen["replies"], seen["local"]
    assert [reply["status"] for reply in replies] == [200] * len(ALGORITHMS)
    assert {reply["userId"] for reply in replies} == {local["userId"]}
    assert local["person"] == f"you, with {places['issuer'].removeprefix('https://')}"
    assert all(emulator.examine(reply["token"])["valid"] for reply in replies)
