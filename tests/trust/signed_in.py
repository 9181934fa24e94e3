"""A signed-in user of an app."""

from tests.e2e.conftest import App
from tests.raw_http import Reply


class SignedIn:
    """A user who sends a bearer token.

    Args:
        app: The app.
        token: The token, of Entra or another provider.
    """

    def __init__(self, app: App, token: str) -> None:
        self.app = app
        self.bearer = f"Bearer {token}"

    def ask(self, method: str, route: str) -> Reply:
        return self.app.call(method, route, authorization=self.bearer)

    def sign_in(self) -> dict[str, str]:
        reply = self.ask("POST", "me/token")
        assert reply.status == 200
        token: dict[str, str] = reply.json
        return token
