"""What a client is counted by."""

import tracemalloc

import azure.functions as func
import pytest

from acs_tokens.context import ClientKey
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
