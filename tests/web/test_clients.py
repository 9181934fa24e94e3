"""What a client is counted by."""

import tracemalloc

import azure.functions as func
import pytest

from acs_tokens.context import ClientKey
from acs_tokens.settings import names_clients
from acs_tokens.settings.environ import PRODUCTION_MARKS
from acs_tokens.web.clients import MAX_CACHED, UNKNOWN, client_keys, client_of


@pytest.mark.parametrize(
    ("address", "keys"),
    [
        ("192.0.2.1", ["192.0.2.1"]),
        ("192.0.2.1:54321", ["192.0.2.1"]),
        (" 192.0.2.1 ", ["192.0.2.1"]),
        ("2001:db8:1:2:3:4:5:6", ["2001:db8:1:2::/64", "2001:db8:1::/56"]),
        ("2001:db8:1:2ff:ffff::1", ["2001:db8:1:2ff::/64", "2001:db8:1:200::/56"]),
        ("[2001:db8:1:2::1]:443", ["2001:db8:1:2::/64", "2001:db8:1::/56"]),
        ("::ffff:192.0.2.1", ["192.0.2.1"]),
        ("", ["unknown"]),
        ("192.0.2.1, 192.0.2.2", ["unknown"]),
        ("localhost", ["unknown"]),
    ],
)
def test_a_client_is_its_address_or_its_networks(address: str, keys: list[str]) -> None:
    assert [key.text for key in client_keys(address)] == keys


def test_a_wide_network_and_unknown_clients_may_use_more_than_one_address() -> None:
    assert client_keys("2001:db8::1")[1] == ClientKey("2001:db8::/56", share=4)
    assert UNKNOWN[0].share == 10


def request_from(address: str) -> func.HttpRequest:
    return func.HttpRequest("GET", "/", headers={"client-ip": address}, body=b"")


def test_long_headers_are_unknown_and_not_kept() -> None:
    tracemalloc.start()
    for number in range(2 * MAX_CACHED):
        assert client_of(request_from(f"{number}{'x' * 2000}")) == UNKNOWN
    for number in range(2 * MAX_CACHED):
        assert client_of(request_from(f"{number}{'x' * 50}")) == UNKNOWN
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert kept < 10_000_000


@pytest.mark.parametrize(
    ("variables", "keys"),
    [
        ({"WEBSITE_INSTANCE_ID": "x"}, ["192.0.2.1"]),
        ({"AZURE_FUNCTIONS_ENVIRONMENT": "Development"}, ["192.0.2.1"]),
        ({"CONTAINER_APP_NAME": "x"}, ["unknown"]),
        ({"KUBERNETES_SERVICE_HOST": "x", "AZURE_FUNCTIONS_ENVIRONMENT": "Development"}, ["unknown"]),
        ({}, ["unknown"]),
    ],
)  # fmt: skip
def test_the_address_is_believed_only_where_the_platform_overwrites_the_header(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    keys: list[str],
) -> None:
    for name in ("AZURE_FUNCTIONS_ENVIRONMENT", *PRODUCTION_MARKS):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    names_clients.cache_clear()
    request.addfinalizer(names_clients.cache_clear)

    assert [key.text for key in client_of(request_from("192.0.2.1"))] == keys
