"""The endpoint from which programs in App Service get tokens of their managed identity.

https://learn.microsoft.com/azure/app-service/overview-managed-identity
"""

from aiohttp import web

from acs_emulator.entra.provider import Entra
from acs_emulator.server import bad_request


class ManagedIdentityEndpoint:
    """Issues the managed identity's tokens.

    Args:
        secret: What ``X-IDENTITY-HEADER`` must hold. App Service puts it into the environment of
            the program as ``IDENTITY_HEADER``.
    """

    def __init__(self, entra: Entra, secret: str) -> None:
        self._entra = entra
        self._secret = secret

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to add to the application."""
        return [web.get("/msi/token", self.token)]

    async def token(self, request: web.Request) -> web.Response:
        """Issue a token for the audience that ``resource`` names."""
        if request.headers.get("X-IDENTITY-HEADER") != self._secret:
            return web.json_response({"statusCode": 401, "message": "Unauthorized"}, status=401)
        audience = request.query.get("resource")
        if not audience or not request.query.get("api-version"):
            raise bad_request("resource and api-version are required.")
        token, expires = self._entra.managed_identity_token(audience)
        return web.json_response(
            {
                "access_token": token,
                "expires_on": str(expires),
                "resource": audience,
                "token_type": "Bearer",
            }
        )
