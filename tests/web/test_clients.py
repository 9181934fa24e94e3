"""What a client is counted by."""

import pytest

from acs_tokens.web.requests import client_key


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:54321", "192.0.2.1"),
        (" 192.0.2.1 ", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]:443", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", None),
        ("192.0.2.1, 192.0.2.2", None),
        ("localhost", None),
        ("x" * 10_000, None),
    ],
)
def test_a_client_is_its_address_or_its_network(address: str, key: str | None) -> None:
    assert client_key(address) == key
