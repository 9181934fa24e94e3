"""The sample with Microsoft's composites.

They are 700 MB of packages, so `make test` leaves this out; `make sample-test` runs it.
"""

import os
import subprocess
from collections.abc import Iterator

import pytest

from acs_emulator.certificates import certificates
from tests.browser.chromium import needs_browser
from tests.browser.conftest import write_app
from tests.client.conftest import running_api, settings
from tests.client.test_client import CLIENT, assert_tests_pass, needs_client
from tests.javascript import needs_node, running_script
from tests.serving import Emulator

SAMPLE = CLIENT / "sample"
MAX_LINES = 195  # two libraries for sign-in, of which a page loads one

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
    assert_tests_pass("sample/tests/sample.test.mjs", **stage, SCREENSHOTS=screenshots)


@pytest.fixture(scope="module")
def openid(
    stage: dict[str, str], emulator: Emulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The stage, with an OpenID Connect provider and a service that knows it."""
    folder = tmp_path_factory.mktemp("openid")
    files = certificates(emulator.authority.parent)
    page = f"{stage['PAGES_URL']}/openid/index.html"
    with running_script(
        "serve-provider.mjs", str(files.certificate), str(files.key), page
    ) as provider:
        issuer = provider.read_line()
        variables = settings(emulator, folder) | {
            "OIDC_ISSUER": issuer,
            "OIDC_AUDIENCE": "https://tokens.contoso.example/RS256",
            "OIDC_SCOPE": "acs.token",
        }
        write_app(folder, emulator, stage["PAGES_URL"])
        with running_api(folder, variables) as api_url:
            yield stage | {"ISSUER": issuer, "OPENID_URL": api_url, "EMULATOR_URL": emulator.url}


@needs_composites
@needs_client
@needs_node
@needs_browser
def test_signing_in_at_an_openid_provider(openid: dict[str, str]) -> None:
    assert_tests_pass("sample/tests/openid.test.mjs", **openid)


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
