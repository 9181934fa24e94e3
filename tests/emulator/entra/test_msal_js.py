"""Microsoft's unmodified MSAL.js signs in at the emulator, in a real browser."""

from typing import Any
from uuid import uuid4

import pytest

from tests.browser.chromium import PROGRAM, needs_browser
from tests.emulator.entra.client import ALICE, CONTOSO
from tests.javascript import needs_node, run_script
from tests.serving import Emulator
from tests.tokens import claims_of

TENANTS = (CONTOSO, "organizations")
CLIENT = str(uuid4())
AUDIENCE = str(uuid4())


@pytest.fixture(scope="module")
def sign_ins(emulator: Emulator) -> dict[str, Any]:
    """What the page of each tenant saw, with one browser and a profile for each."""
    scope = f"api://{AUDIENCE}/Acs.Token"
    authorities = [f"{emulator.tls_url}/{tenant}" for tenant in TENANTS]
    seen = run_script("sign-in.mjs", str(PROGRAM), CLIENT, scope, "Alice", *authorities)
    return dict(zip(TENANTS, seen, strict=True))


@needs_node
@needs_browser
@pytest.mark.parametrize("tenant", TENANTS)
def test_alice_signs_in_on_a_page(
    emulator: Emulator, sign_ins: dict[str, Any], tenant: str
) -> None:
    seen = sign_ins[tenant]
    claims = claims_of(seen["cached"]["accessToken"])

    assert seen["authority"] == f"{emulator.tls_url}/{tenant}"
    assert (claims["oid"], claims["tid"], claims["azp"]) == (ALICE, CONTOSO, CLIENT)
    assert (claims["scp"], claims["aud"]) == ("Acs.Token", AUDIENCE)
    assert claims["iss"] == f"{emulator.tls_url}/{CONTOSO}/v2.0"
    assert seen["account"]["username"] == "alice@contoso.example"
    assert seen["account"]["homeAccountId"] == f"{ALICE}.{CONTOSO}"
    assert seen["cached"]["fromCache"]
    assert not seen["refreshed"]["fromCache"]
    assert claims_of(seen["refreshed"]["accessToken"])["oid"] == ALICE
    assert seen["signedOut"]
