"""Microsoft's unmodified MSAL.js signs in at the emulator, in a real browser."""

from uuid import uuid4

import pytest

from tests.browser.chromium import PROGRAM, needs_browser
from tests.emulator.entra.client import ALICE, CONTOSO, part
from tests.javascript import needs_node, run_script
from tests.serving import Emulator


@needs_node
@needs_browser
@pytest.mark.parametrize("tenant", [CONTOSO, "organizations"])
def test_alice_signs_in_on_a_page(emulator: Emulator, tenant: str) -> None:
    client, scope = str(uuid4()), f"api://{uuid4()}/Acs.Token"
    authority = f"{emulator.tls_url}/{tenant}"

    seen = run_script("sign-in.mjs", str(PROGRAM), authority, client, scope, "Alice")

    claims = part(seen["cached"]["accessToken"])
    assert (claims["oid"], claims["tid"], claims["azp"]) == (ALICE, CONTOSO, client)
    assert (claims["scp"], f"api://{claims['aud']}/Acs.Token") == ("Acs.Token", scope)
    assert claims["iss"] == f"{emulator.tls_url}/{CONTOSO}/v2.0"
    assert seen["account"]["username"] == "alice@contoso.example"
    assert seen["account"]["homeAccountId"] == f"{ALICE}.{CONTOSO}"
    assert seen["cached"]["fromCache"]
    assert not seen["refreshed"]["fromCache"]
    assert part(seen["refreshed"]["accessToken"])["oid"] == ALICE
    assert seen["signedOut"]
