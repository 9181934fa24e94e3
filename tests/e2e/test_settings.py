"""Settings, as the app takes them from its environment."""

import pytest

from acs_emulator.defaults import IDENTITY_HEADER
from tests.e2e.conftest import App, is_problem
from tests.serving import Emulator, running_app

USER = "8:acs:123e4567-e89b-12d3-a456-426614174000_123e4567-e89b-12d3-a456-426614174000"
ROUTES = [
    ("POST", "users"),
    ("POST", "users/token"),
    ("POST", f"users/{USER}/token"),
    ("POST", f"users/{USER}/token/refresh"),
    ("POST", f"users/{USER}/revoke"),
    ("DELETE", f"users/{USER}"),
    ("POST", "teams/token"),
    ("GET", "guest/token"),
    ("POST", "guest/token"),
]


@pytest.mark.parametrize(
    ("variables", "logged", "secret"),
    [
        pytest.param({"ACS_CONNECTION_STRING": "endpoint=https://sesame"}, "ACS_CONNECTION_STRING has no accesskey=…", "sesame", id="cut"),
        pytest.param({"ACS_ENDPOINT": "https://sesame.example"}, "ACS_ENDPOINT must have an endpoint like", "sesame", id="another host"),
        pytest.param({"ACS_ENDPOINT": "http://sesame.communication.azure.com", "ACS_ACCESS_KEY": "c2VzYW1l"}, "ACS_ENDPOINT must have an https:// endpoint", "c2VzYW1l", id="http"),
    ],
)  # fmt: skip
def test_a_wrong_setting_stops_every_route_and_the_log_says_why(
    variables: dict[str, str], logged: str, secret: str
) -> None:
    with running_app(**variables) as (address, program):
        app = App(address, program)
        for method, route in ROUTES:
            reply = app.call(method, route, b"not even JSON")
            assert is_problem(reply, 503, "misconfigured")
            assert reply.json["detail"].startswith(logged)
            assert secret not in reply.json["detail"]
        program.stop()

    assert (
        f"Every route except health and health/ready will respond with 503: {logged}"
        in program.output
    )
    assert program.output.count(logged) == len(ROUTES) + 1
    assert secret not in program.output


def test_guests_that_are_off_get_no_token(emulator: Emulator) -> None:
    variables = {"ACS_CONNECTION_STRING": emulator.connection_string, "GUESTS": "off"}
    with running_app(**variables) as (address, program):
        app = App(address, program)

        assert is_problem(app.call("GET", "guest/token"), 403, "guests-off")
        assert is_problem(app.call("POST", "guest/token", b"not even JSON"), 403, "guests-off")
        assert app.call("POST", "users/token").status == 201


def test_an_endpoint_alone_means_entra_sign_in(emulator: Emulator) -> None:
    with running_app(
        ACS_ENDPOINT=emulator.tls_url,
        IDENTITY_ENDPOINT=f"{emulator.url}/msi/token",
        IDENTITY_HEADER=IDENTITY_HEADER,
        SSL_CERT_FILE=str(emulator.authority),
    ) as (address, program):
        reply = App(address, program).call("POST", "users/token")

    assert reply.status == 201
    assert emulator.examine(reply.json["token"])["valid"]


def test_an_endpoint_and_no_sign_in_is_our_fault(emulator: Emulator) -> None:
    with running_app(
        ACS_ENDPOINT=emulator.tls_url,
        IDENTITY_ENDPOINT=f"{emulator.url}/msi/token",
        IDENTITY_HEADER="wrong",
        SSL_CERT_FILE=str(emulator.authority),
    ) as (address, program):
        reply = App(address, program).call("POST", "users/token")
        program.stop()

    assert is_problem(reply, 503, "acs-auth")
    assert "managed identity" in program.output


@pytest.mark.parametrize(
    "variables",
    [
        {"AZURE_TOKEN_CREDENTIALS": "sesame"},
        {"AZURE_TENANT_ID": "bad sesame!", "AZURE_CLIENT_ID": "x", "AZURE_CLIENT_SECRET": "x"},
        {
            "AZURE_TENANT_ID": "x",
            "AZURE_CLIENT_ID": "x",
            "AZURE_CLIENT_CERTIFICATE_PATH": "/sesame",
        },
    ],
)
def test_variables_of_the_sign_in_that_make_no_sense(variables: dict[str, str]) -> None:
    with running_app(ACS_ENDPOINT="https://localhost:7073", **variables) as (address, program):
        reply = App(address, program).call("POST", "users/token")
        program.stop()

    assert is_problem(reply, 503, "misconfigured")
    assert (
        '"misconfigured","detail":"ACS_ENDPOINT or the identity store is set without a key'
        in program.output
    )
    assert "sesame" not in program.output
    assert "Unclosed" not in program.output


def test_microsofts_names_do(emulator: Emulator) -> None:
    with running_app(
        COMMUNICATION_SERVICES_ENDPOINT=f"http://127.0.0.1:{emulator.port}/",
        COMMUNICATION_SERVICES_ACCESSKEY=emulator.access_key,
    ) as (address, program):
        assert App(address, program).call("POST", "users/token").status == 201


def test_the_local_host_says_that_this_is_a_developers_machine(emulator: Emulator) -> None:
    variables = {
        "ACS_CONNECTION_STRING": emulator.connection_string,
        "AZURE_FUNCTIONS_ENVIRONMENT": "",
    }
    with running_app(**variables) as (address, program):
        assert App(address, program).call("POST", "users/token").status == 201


def test_the_local_host_in_a_pod_serves_nobody_with_the_emulators_key(emulator: Emulator) -> None:
    with running_app(
        ACS_CONNECTION_STRING=emulator.connection_string, KUBERNETES_SERVICE_HOST="10.0.0.1"
    ) as (address, program):
        reply = App(address, program).call("POST", "users/token")
        program.stop()

    assert is_problem(reply, 503, "misconfigured")
    assert "KUBERNETES_SERVICE_HOST" not in reply.json["detail"]
    assert (
        "AZURE_FUNCTIONS_ENVIRONMENT is Development, but KUBERNETES_SERVICE_HOST" in program.output
    )
