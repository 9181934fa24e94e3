"""What a start does, so that the first request need not."""

from tests.e2e.conftest import App
from tests.serving import Emulator, running_program


def test_the_first_request_finds_the_authorities_read(emulator: Emulator) -> None:
    with running_program(
        "tests.e2e.trusting_once",
        "--port",
        "0",
        "--no-emulator",
        variables={
            "ACS_CONNECTION_STRING": emulator.tls_connection_string,
            "SSL_CERT_FILE": str(emulator.authority),
        },
    ) as program:
        ready = program.read_until(r"curl -X POST (http://localhost:\d+)/api/users/token\n")

        assert App(ready[1], program).new_token()["userId"]
