"""The emulator's own routes: they show and change what is inside ACS and Entra."""

from typing import Any
from uuid import uuid4

from aiohttp import web

from acs_emulator.acs import access_keys
from acs_emulator.acs.request_log import RequestLog
from acs_emulator.acs.resource import Resource
from acs_emulator.acs.timestamps import format_timestamp
from acs_emulator.defaults import connection_string
from acs_emulator.entra.provider import Entra, TokenOwner
from acs_emulator.entra.scopes import ACS_TEAMS
from acs_emulator.guid import GUID
from acs_emulator.server import bad_request, read_json

MAX_MINUTES = 48 * 60


class ControlRoutes:
    """Routes for tests and for people."""

    def __init__(self, resource: Resource, entra: Entra, log: RequestLog) -> None:
        self._resource = resource
        self._entra = entra
        self._log = log

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to add to the application."""
        return [
            web.get("/emulator/requests", self.requests),
            web.get("/emulator/requests/count", self.count_requests),
            web.post("/emulator/verify", self.verify),
            web.post("/emulator/reset", self.reset),
            web.post("/emulator/rotate-key", self.rotate_access_key),
            web.post("/emulator/teams-token", self.teams_token),
            web.post("/emulator/entra/rotate-keys", self.rotate_entra_keys),
            web.post("/emulator/entra/token-version", self.token_version),
            web.get("/.well-known/jwks.json", self.public_keys),
        ]

    async def requests(self, request: web.Request) -> web.Response:
        """List the latest requests to ACS, oldest first."""
        return web.json_response({"requests": list(self._log.entries)})

    async def count_requests(self, request: web.Request) -> web.Response:
        """Return how many requests to ACS there were."""
        return web.json_response({"count": self._log.count})

    async def verify(self, request: web.Request) -> web.Response:
        """Return whether an access token is genuine, expired or revoked."""
        token = (await read_json(request)).get("token")
        if not isinstance(token, str):
            raise bad_request('Send {"token": "…"}.')
        return web.json_response(self._resource.examine(token))

    async def reset(self, request: web.Request) -> web.Response:
        """Delete all identities, assignments, logged requests and sign-ins.

        The version of tokens for a developer's own APIs is 2 afterwards. Keys stay.
        """
        self._resource.reset()
        self._entra.reset()
        self._log.clear()
        return web.Response(status=204)

    async def rotate_access_key(self, request: web.Request) -> web.Response:
        """Regenerate one of the resource's access keys; return its connection string."""
        name = (await read_json(request)).get("key")
        if name not in access_keys.NAMES:
            raise bad_request('Send {"key": "primary"} or {"key": "secondary"}.')
        key = self._resource.regenerate_key(name)
        endpoint = f"{request.scheme}://{request.host}"
        return web.json_response({"connectionString": connection_string(endpoint, key)})

    async def teams_token(self, request: web.Request) -> web.Response:
        """Issue the Entra token of a Teams user. Fields that are left out get random values."""
        fields = await read_json(request)
        user = TokenOwner(*(_guid(fields, name) for name in ("oid", "tenantId", "appId")))
        minutes = fields.get("expiresInMinutes", 60)
        if type(minutes) not in (int, float) or not abs(minutes) <= MAX_MINUTES:
            raise bad_request("expiresInMinutes must be a number; below 0 for an expired token.")
        token, expires = self._entra.user_token(
            user,
            audience=_text(fields, "audience", ACS_TEAMS.identifier),
            scopes=_text(fields, "scopes", " ".join(ACS_TEAMS.permissions)),
            seconds=int(minutes * 60),
        )
        return web.json_response(
            {
                "token": token,
                "oid": user.object_id,
                "appId": user.app_id,
                "tenantId": user.tenant_id,
                "expiresOn": format_timestamp(expires),
            }
        )

    async def rotate_entra_keys(self, request: web.Request) -> web.Response:
        """Let the second of Entra's keys sign, and publish a new second key."""
        self._entra.keys.rotate()
        signing, following = (key["kid"] for key in self._entra.keys.public_keys())
        return web.json_response({"signing": signing, "next": following})

    async def token_version(self, request: web.Request) -> web.Response:
        """Set the version of Entra's tokens for a developer's own APIs."""
        version = (await read_json(request)).get("version")
        if type(version) is not int or version not in (1, 2):
            raise bad_request('Send {"version": 1} or {"version": 2}.')
        self._entra.api_version = version
        return web.json_response({"version": version})

    async def public_keys(self, request: web.Request) -> web.Response:
        """Return the public keys: the first one is ACS's, the others are Entra's."""
        keys = [self._resource.signer.public_key(), *self._entra.keys.public_keys()]
        return web.json_response({"keys": keys})


def _guid(fields: dict[str, Any], name: str) -> str:
    text = _text(fields, name, str(uuid4())).lower()
    if not GUID.fullmatch(text):
        raise bad_request(f"{name} must be a GUID.")
    return text


def _text(fields: dict[str, Any], name: str, default: str) -> str:
    text = fields.get(name, default)
    if not isinstance(text, str) or not text.isascii():
        raise bad_request(f"{name} must be a string of ASCII characters.")
    return text or default
