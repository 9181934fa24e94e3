"""The ports that the emulator and the local host listen on."""

import contextlib
import errno
import re
import socket
from threading import Event
from unittest.mock import patch

import pytest
from aiohttp import web

from acs_emulator.ports import PortError, listen, port_of
from tests.serving import ROOT, in_thread
from tests.waiting import LIMIT_SECONDS

IPV6 = "::1"
TAKEN = 100
ATTEMPTS = 400
OPENS_A_PORT = re.compile(r"create_server|start_server|TCPSite|run_app|HTTPServer|\.bind\(")


def has_ipv6() -> bool:
    try:
        socket.create_server((IPV6, 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def is_taken(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return True
    return False


needs_ipv6 = pytest.mark.skipif(
    not has_ipv6(), reason="no IPv6: ports that are free on 127.0.0.1 only were NOT tested"
)


@needs_ipv6
def test_a_free_port_is_free_on_both_addresses() -> None:
    # The system chooses a port that is free on 127.0.0.1. With this many ports taken on ::1, it
    # chooses one of them at least once in 99 of 100 runs.
    with contextlib.ExitStack() as stack:
        for _ in range(TAKEN):
            stack.enter_context(socket.create_server((IPV6, 0), family=socket.AF_INET6))
        for _ in range(ATTEMPTS):
            sockets = listen(0)
            ports = {listening.getsockname()[1] for listening in sockets}
            for listening in sockets:
                listening.close()

            assert len(sockets) == 2
            assert len(ports) == 1


def test_only_this_machine_reaches_the_emulator_and_the_local_host() -> None:
    sockets = listen(0)
    addresses = [listening.getsockname()[0] for listening in sockets]
    for listening in sockets:
        listening.close()

    assert addresses in (["127.0.0.1"], ["127.0.0.1", IPV6])
    modules = [*ROOT.glob("acs_emulator/**/*.py"), *ROOT.glob("local_host/**/*.py")]
    opening = [path for path in modules if OPENS_A_PORT.search(path.read_text())]
    assert opening == [ROOT / "acs_emulator" / "ports.py"]


@needs_ipv6
def test_a_port_that_is_taken_on_one_address_is_reported() -> None:
    left = []
    for _ in range(5):  # another program may use some of the ports on the other address
        with socket.create_server((IPV6, 0), family=socket.AF_INET6) as taken:
            port = taken.getsockname()[1]

            with pytest.raises(PortError, match=f"Port {port} is taken"):
                listen(port)
            left.append(is_taken(port))

    assert not all(left)


def test_a_port_that_the_system_refuses_is_reported() -> None:
    # The user of the tests may be root, whom the system refuses no port.
    refusal = PermissionError(errno.EACCES, "Permission denied (while attempting to bind)")
    with patch("socket.create_server", side_effect=refusal), pytest.raises(PortError) as raised:
        listen(80)

    assert str(raised.value) == "Port 80 cannot be opened: Permission denied."


def test_many_clients_connect_to_a_server_that_is_busy() -> None:
    busy, free, sockets, app = Event(), Event(), listen(0), web.Application()

    async def work(request: web.Request) -> web.Response:
        busy.set()
        free.wait()
        return web.Response()

    app.router.add_get("/", work)
    address = ("127.0.0.1", port_of(sockets))
    with in_thread(app, (sockets, None)), contextlib.ExitStack() as clients:
        clients.callback(free.set)
        first = clients.enter_context(socket.create_connection(address))
        first.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert busy.wait(LIMIT_SECONDS)

        for _ in range(500):
            clients.enter_context(socket.create_connection(address, LIMIT_SECONDS))
