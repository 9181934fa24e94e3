"""Doctor on a running service and on a package: each fault is provoked, and found with its cure."""

import ssl
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web

from acs_emulator.ports import listen, port_of
from acs_tokens import __version__
from tests.cli.conftest import FUNCTION_KEY, Cli, responding
from tests.cli.test_doctor import has_found
from tests.keys import random_key
from tests.serving import ROOT, Emulator, closed_port, in_thread, running_app

PAGE = "http://localhost:3000"
GOOD = ("function_app.py", "host.json", "requirements.txt", "constraints.txt", "acs_tokens/__init__.py")  # fmt: skip


def test_all_is_well(cli: Cli, service: str) -> None:
    ran = cli.doctor("--url", service, "--origin", PAGE, ACS_TOKENS_KEY=FUNCTION_KEY)

    assert ran.code == 0
    assert [check["name"] for check in ran.json["checks"]] == [
        "DNS: localhost",
        "functions",
        "version",
        "readiness",
        "security headers",
        f"CORS: {PAGE}",
    ]


def test_a_name_that_does_not_exist_is_found(cli: Cli) -> None:
    ran = cli.doctor("--url", "https://no-such-app.invalid/api")

    check = ran.check("DNS: no-such-app.invalid")
    assert not check["ok"]
    assert "DNS" in check["cure"]
    assert len(ran.json["checks"]) == 1


@dataclass
class Tls:
    """A TLS server whose certificate a test chooses."""

    authority: trustme.CA = field(default_factory=trustme.CA)

    def checked(
        self,
        cli: Cli,
        folder: Path,
        name: str = "localhost",
        *,
        begin: datetime | None = None,
        end: datetime | None = None,
    ) -> Any:
        """Doctor's check of the server, when this machine trusts the authority."""
        trusted = folder / "trusted.pem"
        self.authority.cert_pem.write_to_path(str(trusted))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate = self.authority.issue_cert(name, not_before=begin, not_after=end)
        certificate.configure_cert(context)
        sockets = listen(0)
        with in_thread(web.Application(), (sockets, context)):
            url = f"https://localhost:{port_of(sockets)}/api"
            return cli.doctor("--url", url, SSL_CERT_FILE=str(trusted)).check("TLS: localhost")


def test_a_certificate_of_a_trusted_authority_is_good(cli: Cli, tmp_path: Path) -> None:
    check = Tls().checked(cli, tmp_path)

    assert check["ok"]
    assert "TLSv1.3, certificate until" in check["detail"]


def test_a_certificate_that_has_expired_is_found(cli: Cli, tmp_path: Path) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)

    check = Tls().checked(cli, tmp_path, begin=yesterday - timedelta(days=1), end=yesterday)

    assert has_found(check, "certificate has expired", "owner must renew")


def test_a_certificate_of_tomorrow_is_found(cli: Cli, tmp_path: Path) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)

    check = Tls().checked(cli, tmp_path, begin=tomorrow)

    assert has_found(check, "not yet valid", "Set this machine's clock")


def test_a_certificate_of_another_host_is_found(cli: Cli, tmp_path: Path) -> None:
    check = Tls().checked(cli, tmp_path, "another.example")

    assert has_found(check, "Hostname mismatch", "Check the host name")


def test_an_authority_that_is_not_trusted_is_found(cli: Cli, emulator: Emulator) -> None:
    check = cli.doctor("--url", f"{emulator.tls_url}/api").check("TLS: localhost")

    assert has_found(check, "certificate is refused", "SSL_CERT_FILE")


def test_a_server_without_tls_is_found(cli: Cli, emulator: Emulator) -> None:
    check = cli.doctor("--url", f"https://127.0.0.1:{emulator.port}/api").check("TLS: 127.0.0.1")

    assert has_found(check, "does not speak TLS", "Check the port")


def test_a_port_on_which_nobody_listens_is_found(cli: Cli) -> None:
    with closed_port() as port:
        https = cli.doctor("--url", f"https://127.0.0.1:{port}/api").check("TLS: 127.0.0.1")
        http = cli.doctor("--url", f"http://127.0.0.1:{port}/api").check("functions")

    assert has_found(https, "No connection: ConnectionRefusedError", "firewalls")
    assert has_found(http, "No response: ClientConnectorError", "firewalls")


@dataclass
class StandIn:
    """A service whose faults a test chooses."""

    url: str = ""
    status: int = 200
    version: str = __version__
    ready: dict[str, Any] = field(default_factory=lambda: {"checks": {"acs": {"ok": True}}})

    async def respond(self, request: web.Request) -> web.Response:
        if self.status != 200:
            return web.Response(status=self.status)
        if request.path == "/api/health":
            return web.json_response({"status": "alive", "version": self.version})
        if request.path == "/api/health/ready":
            return web.json_response(self.ready)
        return web.Response(status=404)


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    stand_in = StandIn()
    with responding(stand_in.respond) as address:
        stand_in.url = f"{address}/api"
        yield stand_in


def test_an_app_without_functions_is_found(cli: Cli, stand_in: StandIn) -> None:
    stand_in.status = 404

    ran = cli.doctor("--url", stand_in.url)

    assert has_found(ran.check("functions"), "Every function responds with 404", "no function")
    assert ran.json["checks"][-1]["name"] == "functions"


def test_an_app_that_does_not_run_is_found(cli: Cli, stand_in: StandIn) -> None:
    stand_in.status = 503

    check = cli.doctor("--url", stand_in.url).check("functions")

    assert has_found(check, "health responds with 503", "Start the function app")


def test_another_version_is_found(cli: Cli, stand_in: StandIn) -> None:
    stand_in.version = "0.0.9"

    check = cli.doctor("--url", stand_in.url).check("version")

    assert has_found(check, f"version 0.0.9, this program {__version__}", "Deploy again")


def test_missing_security_headers_are_found(cli: Cli, stand_in: StandIn) -> None:
    check = cli.doctor("--url", stand_in.url).check("security headers")

    assert has_found(check, "Content-Security-Policy, Referrer-Policy", "Deploy host.json")


def test_a_missing_function_key_is_found(cli: Cli, service: str) -> None:
    check = cli.doctor("--url", service).check("readiness")

    assert has_found(check, "function key is missing or wrong", "Set ACS_TOKENS_KEY")


def test_a_service_that_is_not_ready_is_found(cli: Cli, emulator: Emulator) -> None:
    wrong = f"endpoint={emulator.url};accesskey={random_key('wrong')}"
    with running_app(ACS_CONNECTION_STRING=wrong) as (address, _):
        check = cli.doctor("--url", f"{address}/api").check("readiness")

    assert has_found(check, "acs: ACS refused this service's credentials", "Each text says")


def test_a_readiness_without_checks_is_found(cli: Cli, stand_in: StandIn) -> None:
    stand_in.ready = {}

    check = cli.doctor("--url", stand_in.url).check("readiness")

    assert has_found(check, "health/ready responds with 200", "log")


def test_a_page_that_may_not_use_the_service_is_found(cli: Cli, service: str) -> None:
    page = "https://another.example"

    ran = cli.doctor("--url", service, "--origin", PAGE, "--origin", page)

    assert ran.check(f"CORS: {PAGE}")["ok"]
    cure = f"az functionapp cors add --name <app> --resource-group <group> --allowed-origins {page}"
    assert has_found(ran.check(f"CORS: {page}"), "may not use the service", cure)


def package(folder: Path, *names: str) -> str:
    """A package with these files."""
    path = folder / "package.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "")
    return str(path)


def test_this_repository_makes_a_good_package(cli: Cli) -> None:
    ran = cli.doctor("--package", str(ROOT))

    assert ran.check("package: contents")["ok"]
    assert ran.check("package: compiled modules")["ok"]


def test_a_package_with_fitting_modules_is_good(cli: Cli, tmp_path: Path) -> None:
    site = ".python_packages/lib/site-packages"
    modules = (
        f"{site}/pydantic_core/_pydantic_core.cpython-313-x86_64-linux-gnu.so",
        f"{site}/cryptography/hazmat/bindings/_rust.abi3.so",
        f"{site}/cffi.libs/libffi-a1b2c3.so.8.1.2",
    )

    ran = cli.doctor("--package", package(tmp_path, *GOOD, *modules))

    assert ran.check("package: contents")["ok"]
    assert ran.check("package: compiled modules")["detail"] == "2 for Python 3.13 on Linux"


@pytest.mark.parametrize("missing", GOOD)
def test_a_package_that_lacks_something_is_found(cli: Cli, tmp_path: Path, missing: str) -> None:
    names = [name for name in GOOD if name != missing]

    check = cli.doctor("--package", package(tmp_path, *names)).check("package: contents")

    assert has_found(check, f"Missing: {missing.partition('/')[0]}.", ".funcignore")


@pytest.mark.parametrize("name", ["local.settings.json", ".env", "tests/keys.py", ".git/config"])
def test_a_package_that_holds_too_much_is_found(cli: Cli, tmp_path: Path, name: str) -> None:
    check = cli.doctor("--package", package(tmp_path, *GOOD, name)).check("package: contents")

    assert has_found(check, f"Not part of the app: {name.partition('/')[0]}", ".funcignore")


@pytest.mark.parametrize(
    "end",
    [
        "cpython-311-x86_64-linux-gnu.so",
        "cpython-313-aarch64-linux-gnu.so",
        "cpython-313-darwin.so",
        "cp313-win_amd64.pyd",
    ],
)
def test_modules_for_another_python_or_machine_are_found(
    cli: Cli, tmp_path: Path, end: str
) -> None:
    name = f".python_packages/lib/site-packages/aiohttp/_http_parser.{end}"

    ran = cli.doctor("--package", package(tmp_path, *GOOD, name))

    check = ran.check("package: compiled modules")
    assert has_found(check, f"_http_parser.{end}", "Python 3.13 on x86-64 Linux")


def test_what_is_no_package_is_found(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "package.zip").write_text("no zip")

    ran = cli.doctor("--package", str(tmp_path / "package.zip"))

    assert has_found(ran.check("package: contents"), "cannot be read: BadZipFile", "name a zip")
