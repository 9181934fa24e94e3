"""Key sets of any content: which keys are taken, and for which signatures."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from jwt.algorithms import RSAAlgorithm

from acs_tokens.oidc.key_set import FetchError, KeySet
from acs_tokens.oidc.provider_tokens import ALGORITHMS
from acs_tokens.problems import ProviderUnavailableError
from tests.properties.hypothesis_source import any_json, few

RSA = RSAKey.generate_key(2048)
# joserfc warns of such a key.
SMALL_RSA = rsa.generate_private_key(65537, 1024).public_key()  # noqa: S505 refused in a test
KEYS: dict[str, dict[str, Any]] = {
    "rsa": RSA.as_dict(private=False),
    "small rsa": RSAAlgorithm.to_jwk(SMALL_RSA, as_dict=True),
    "ec": ECKey.generate_key("P-256").as_dict(private=False),
    "p384": ECKey.generate_key("P-384").as_dict(private=False),
    "secp256k1": ECKey.generate_key("secp256k1").as_dict(private=False),
    "okp": OKPKey.generate_key("Ed25519").as_dict(private=False),
    "oct": OctKey.generate_key(256).as_dict(private=True),
}
ENTRIES = {name: {"use": "sig", **key, "kid": name} for name, key in KEYS.items()}


def key_set(document: dict[str, Any]) -> KeySet:
    async def fetch() -> dict[str, Any]:
        return document

    return KeySet(fetch, ALGORITHMS, ProviderUnavailableError)


async def algorithms_of(entry: object, key_id: str) -> set[str]:
    """Return for which signatures the key of an id is taken, beside another key."""
    other = {**ENTRIES["rsa"], "kid": "another"}
    keys = key_set({"keys": [entry, other]})
    return {each for each in ALGORITHMS if await keys.find(key_id, each)}


@pytest.mark.parametrize(
    ("name", "changed", "expected"),
    [
        ("rsa", {}, {"RS256", "PS256"}),
        ("rsa", {"alg": "PS256"}, {"PS256"}),
        ("rsa", {"alg": "RS512"}, set()),
        ("rsa", {"use": None}, {"RS256", "PS256"}),
        ("rsa", {"use": "enc"}, set()),
        ("rsa", {"kty": "oct"}, set()),
        ("rsa", {"n": None}, set()),
        ("rsa", {"kid": 5}, set()),
        ("small rsa", {}, set()),
        ("ec", {}, {"ES256"}),
        ("ec", {"alg": "RS256"}, set()),
        ("ec", {"x": "AAAA"}, set()),
        ("p384", {}, set()),
        ("p384", {"alg": "ES256"}, set()),
        ("secp256k1", {}, set()),
        ("okp", {}, set()),
        ("oct", {}, set()),
        ("oct", {"alg": "RS256"}, set()),
    ],
)
async def test_a_key_is_taken_for_the_signatures_that_it_is_for(
    name: str, changed: dict[str, Any], expected: set[str]
) -> None:
    entry = ENTRIES[name] | changed
    entry = {field: value for field, value in entry.items() if value is not None}

    assert await algorithms_of(entry, name) == expected


async def test_a_published_private_key_is_not_taken() -> None:
    entry = {**RSA.as_dict(private=True), "kid": "rsa", "use": "sig"}

    assert await algorithms_of(entry, "rsa") == set()


async def test_other_algorithms_cause_no_fetch() -> None:
    async def fetch() -> dict[str, Any]:
        raise AssertionError("fetched")

    keys = KeySet(fetch, ALGORITHMS, ProviderUnavailableError)

    for algorithm in ("none", "HS256", "RS512", "rs256", "", None, 5, ["RS256"]):
        assert await keys.find("rsa", algorithm) is None


@few
@given(st.dictionaries(st.sampled_from(["keys", "x"]), any_json | st.lists(any_json)))
async def test_any_document_is_a_key_set_or_an_outage(document: dict[str, Any]) -> None:
    with pytest.raises(ProviderUnavailableError):
        await key_set(document).find("rsa", "RS256")


@few
@given(
    st.sampled_from(sorted(ENTRIES)),
    st.sampled_from(["kty", "alg", "use", "kid", "n", "e", "crv", "x", "y", "k", "d"]),
    any_json,
)
async def test_any_entry_is_a_usable_key_or_is_ignored(
    name: str, field: str, value: object
) -> None:
    entry = ENTRIES[name] | {field: value}
    key_id = entry["kid"] if isinstance(entry["kid"], str) else name

    for algorithm in await algorithms_of(entry, key_id):
        if key_id == "another":
            return
        assert entry["kty"] == ("EC" if algorithm == "ES256" else "RSA")
        assert entry.get("alg") in (None, algorithm)
        assert entry.get("use") in (None, "sig")
        assert "d" not in entry


async def test_a_failed_fetch_is_an_outage() -> None:
    async def fetch() -> dict[str, Any]:
        raise FetchError("down")

    with pytest.raises(ProviderUnavailableError):
        await KeySet(fetch, ALGORITHMS, ProviderUnavailableError).find("rsa", "RS256")
