"""The clients that use the tokens: Microsoft's credential classes accept them."""

from datetime import UTC, datetime, timedelta

from tests.e2e.conftest import App
from tests.javascript import needs_node, run_script
from tests.serving import Emulator


@needs_node
def test_the_javascript_credential_takes_and_refreshes_our_tokens(
    app: App, emulator: Emulator
) -> None:
    seen = run_script("credential.mjs", f"{app.address}/api")

    assert seen["kept"]["token"] == seen["first"]["token"]
    assert seen["refreshes"] == 1
    assert seen["expiresOnIsRead"]
    assert emulator.examine(seen["next"]["token"])["valid"]
    for token in (seen["kept"], seen["next"]):
        expires = datetime.fromtimestamp(token["expires"] / 1000, UTC)
        assert timedelta(hours=23) < expires - datetime.now(UTC) <= timedelta(hours=24)
