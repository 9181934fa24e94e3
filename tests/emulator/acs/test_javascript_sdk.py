"""Microsoft's unmodified JavaScript SDK against the emulator."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.javascript import needs_node, run_script
from tests.serving import Emulator


@needs_node
@pytest.mark.parametrize("way", ["http", "TLS"])
def test_the_javascript_sdk_works(emulator: Emulator, way: str) -> None:
    string = emulator.connection_string if way == "http" else emulator.tls_connection_string

    seen = run_script("sdk.mjs", string, NODE_EXTRA_CA_CERTS=str(emulator.authority))

    assert seen["user"]["communicationUserId"].startswith("8:acs:")
    lifetime = datetime.fromisoformat(seen["issued"]["expiresOn"]) - datetime.now(UTC)
    assert timedelta(minutes=58) < lifetime <= timedelta(minutes=60)
    assert emulator.examine(seen["issued"]["token"])["revoked"]
    assert emulator.examine(seen["both"]["token"])["valid"]
    assert (seen["tooLong"]["status"], seen["tooLong"]["code"]) == (400, "ValidationError")
    assert (seen["noScopes"]["status"], seen["noScopes"]["code"]) == (400, "ValidationError")
    assert seen["gone"]["status"] == 404
    assert (seen["notOwned"]["status"], seen["notOwned"]["code"]) == (401, "IdentityNotOwned")
    assert (seen["teams"]["status"], seen["teams"]["code"]) == (401, "InvalidAccessToken")
