"""What only an emulator has: a look inside, tokens to test with, and a managed identity."""

from collections import deque
from typing import Any
from uuid import uuid4

from aiohttp import web

from acs_emulator.acs import access_keys
from acs_emulator.acs.identities import GUID
from acs_emulator.acs.operations import Service
from acs_emulator.defaults import IDENTITY_HEADER, connection_string
from acs_emulator.entra.provider import TEAMS_AUDIENCE, TEAMS_SCOPES, EntraUser
from acs_emulator.tokens import wire_time

MAX_REQUESTS = 10_000
MAX_MINUTES = 48 * 60


class Journal:
    """The last requests to ACS's operations, without anything secret."""

    def __init__(self) -> None:
        self.entries: deque[dict[str, Any]] = deque(maxlen=MAX_REQUESTS)

    def add(self, request: web.Request, status: int) -> None:
        """Note one request and its answer."""
        self.entries.append(
            {
                "method": request.method,
                "path": request.path,
                "apiVersion": request.query.get("api-version"),
                "requestId": request.headers.get("x-ms-client-request-id"),
                "status": status,
            }
        )


class Control:
    """Routes for tests and people."""

    def __init__(self, service: Service, journal: Journal) -> None:
        self._service = service
        self._journal = journal

    def routes(self) -> list[web.RouteDef]:
        """The routes to add to the application."""
        return [
            web.get("/emulator/requests", self.requests),
            web.post("/emulator/verify", self.verify),
            web.post("/emulator/reset", self.reset),
            web.post("/emulator/rotate-key", self.rotate_key),
            web.post("/emulator/teams-token", self.teams_token),
            web.get("/.well-known/jwks.json", self.jwks),
            web.get("/msi/token", self.managed_identity_token),
        ]

    async def requests(self, request: web.Request) -> web.Response:
        """List what was asked, oldest first."""
        return web.json_response({"requests": list(self._journal.entries)})

    async def verify(self, request: web.Request) -> web.Response:
        """Say of an access token whether it is genuine, expired or revoked."""
        token = (await _members(request)).get("token")
        if not isinstance(token, str):
            raise _bad_request('Send {"token": "…"}.')
        return web.json_response(self._service.resource.examine(token))

    async def reset(self, request: web.Request) -> web.Response:
        """Forget all identities, assignments, requests and sign-ins."""
        self._service.resource.forget()
        self._service.entra.forget()
        self._journal.entries.clear()
        return web.Response(status=204)

    async def rotate_key(self, request: web.Request) -> web.Response:
        """Regenerate one of the resource's access keys, and show the new one."""
        name = (await _members(request)).get("key")
        if name not in access_keys.NAMES:
            raise _bad_request('Send {"key": "primary"} or {"key": "secondary"}.')
        key = self._service.resource.regenerate_key(name)
        endpoint = f"{request.scheme}://{request.host}"
        return web.json_response({"connectionString": connection_string(endpoint, key)})

    async def teams_token(self, request: web.Request) -> web.Response:
        """Mint an Entra token of a made-up Teams user; what is left out is made up too."""
        members = await _members(request)
        user = EntraUser(*(_guid(members, name) for name in ("oid", "tenantId", "appId")))
        minutes = members.get("expiresInMinutes", 60)
        if type(minutes) not in (int, float) or not abs(minutes) <= MAX_MINUTES:
            raise _bad_request("expiresInMinutes must be a number; below 0 for an expired token.")
        token = self._service.entra.user_token(
            user,
            audience=_text(members, "audience", TEAMS_AUDIENCE),
            scopes=_text(members, "scopes", TEAMS_SCOPES),
            seconds=int(minutes * 60),
        )
        return web.json_response(
            {
                "token": token,
                "oid": user.object_id,
                "appId": user.app_id,
                "tenantId": user.tenant_id,
                "expiresOn": wire_time(self._service.entra.clock() + minutes * 60),
            }
        )

    async def jwks(self, request: web.Request) -> web.Response:
        """The public keys: the first signs ACS's tokens, the others are Entra's."""
        service = self._service
        keys = [service.resource.signer.public_key(), *service.entra.keys.public_keys()]
        return web.json_response({"keys": keys})

    async def managed_identity_token(self, request: web.Request) -> web.Response:
        """A managed identity's token, as App Service gives it.

        https://learn.microsoft.com/azure/app-service/overview-managed-identity
        """
        if request.headers.get("X-IDENTITY-HEADER") != IDENTITY_HEADER:
            return web.json_response({"statusCode": 401, "message": "Unauthorized"}, status=401)
        audience = request.query.get("resource")
        if not audience or not request.query.get("api-version"):
            raise _bad_request("resource and api-version are required.")
        token, expires = self._service.entra.managed_identity_token(audience)
        return web.json_response(
            {
                "access_token": token,
                "expires_on": str(expires),
                "resource": audience,
                "token_type": "Bearer",
            }
        )


def _guid(members: dict[str, Any], name: str) -> str:
    text = _text(members, name, str(uuid4())).lower()
    if not GUID.fullmatch(text):
        raise _bad_request(f"{name} must be a GUID.")
    return text


def _text(members: dict[str, Any], name: str, default: str) -> str:
    text = members.get(name, default)
    if not isinstance(text, str) or not text.isascii():
        raise _bad_request(f"{name} must be a string of ASCII.")
    return text or default


async def _members(request: web.Request) -> dict[str, Any]:
    if not await request.read():
        return {}
    try:
        members = await request.json()
    except (LookupError, RecursionError, ValueError):  # LookupError: an unknown charset
        members = None
    if not isinstance(members, dict):
        raise _bad_request("The body must be a JSON object.")
    return members


def _bad_request(message: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=f"{message}\n")
