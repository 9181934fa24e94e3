"""Doctor on the way to a server: its name, its certificate, its port."""

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import trustme
from aiohttp import web

from acs_emulator.ports import listen, port_of
from tests.cli.conftest import Cli, has_found
from tests.serving import Emulator, closed_port, in_thread


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
