"""Discovery documents: those of well-known providers, and any that a server could send.

discovery_documents.json holds the fields that this service reads, as each provider documents them,
with the source. None of these providers was asked.
"""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acs_tokens.oidc.discovery import key_set_address
from acs_tokens.oidc.key_set import FetchError
from acs_tokens.oidc.provider_tokens import ALGORITHMS
from acs_tokens.settings.environ import Environ
from acs_tokens.settings.oidc import read_providers
from tests.properties.hypothesis_source import any_json, few

DOCUMENTS: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("discovery_documents.json").read_text()
)
ISSUER = "https://issuer.example"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_well_known_provider_is_understood(name: str) -> None:
    known = DOCUMENTS[name]
    document = known["document"]

    (provider,) = read_providers(Environ(known["settings"] | {"OIDC_AUDIENCE": "api"}))

    assert provider.discovery == known["asked_at"]
    assert key_set_address(document, provider.issuer) == document["jwks_uri"]
    assert set(ALGORITHMS) & set(document["id_token_signing_alg_values_supported"])


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("change", [str.upper, lambda issuer: issuer + "/", lambda issuer: issuer[:-1]])  # fmt: skip
def test_an_issuer_counts_character_by_character(name: str, change: Any) -> None:
    document = DOCUMENTS[name]["document"]

    with pytest.raises(FetchError):
        key_set_address(document, change(document["issuer"]))


@few
@given(
    st.dictionaries(st.sampled_from(["issuer", "jwks_uri", "x"]), any_json | st.just(ISSUER)),
)
def test_any_document_names_an_https_address_of_this_issuer_or_is_refused(
    document: dict[str, Any],
) -> None:
    try:
        address = key_set_address(document, ISSUER)
    except FetchError:
        return
    assert document["issuer"] == ISSUER
    assert document["jwks_uri"] == address
    assert urlsplit(address).scheme == "https"
    assert urlsplit(address).hostname


@few
@given(st.text(max_size=30).map(lambda rest: f"https://{rest}") | st.text(max_size=30))
def test_any_address_is_https_or_is_refused(address: str) -> None:
    try:
        taken = key_set_address({"issuer": ISSUER, "jwks_uri": address}, ISSUER)
    except FetchError:
        return
    assert taken == address
    assert urlsplit(taken).scheme == "https"
    assert urlsplit(taken).username is None
