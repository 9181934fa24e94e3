"""The composition root: connects ACS, Entra and the emulator's own routes to one application."""

import time
from collections.abc import Collection

from aiohttp import web

from acs_emulator.acs.access_keys import AccessKeys
from acs_emulator.acs.authentication import Authenticator
from acs_emulator.acs.entra_tokens import EntraTokens
from acs_emulator.acs.operations import Service
from acs_emulator.acs.request_log import RequestLog
from acs_emulator.acs.resource import Resource
from acs_emulator.acs.routes import AcsRoutes
from acs_emulator.clock import Clock
from acs_emulator.control import ControlRoutes
from acs_emulator.defaults import ACCESS_KEY_2, IDENTITY_HEADER
from acs_emulator.entra.managed_identity import ManagedIdentityEndpoint
from acs_emulator.entra.provider import Entra
from acs_emulator.entra.routes import EntraRoutes, is_loopback_origin
from acs_emulator.entra.token_lifetime import TOKEN_SECONDS
from acs_emulator.entra.users import CONTOSO, USERS
from acs_emulator.foreign_requests import Pages, refuse_foreign_requests
from acs_emulator.graph.routes import GraphRoutes, Organizer
from acs_emulator.server import refuse_unreadable_bodies

NO_PAGES = Pages(
    allow=lambda origin: False,
    advice="The emulator allows none: like ACS, it has no CORS. Use curl or your backend.",
)
SIGN_IN_PAGES = Pages(
    allow=is_loopback_origin,
    advice="CORS of the emulator's sign-in allows pages on localhost, 127.0.0.1 and [::1] only.",
    by_navigation=True,
)


def create_app(
    access_key: str,
    clock: Clock = time.time,
    *,
    access_key_2: str = ACCESS_KEY_2,
    allowed_hosts: Collection[str] = (),
    entra_token_seconds: int = TOKEN_SECONDS,
) -> web.Application:
    """Create an emulator of one ACS resource. Two emulators share nothing.

    Args:
        access_key: The resource's primary key at start, base64. The resource's id is derived from
            it, so a restart keeps the id.
        clock: Seconds since 1970. Tests pass a clock that they can move.
        access_key_2: The secondary key at start, base64.
        allowed_hosts: The host names to serve besides those of loopback, in lower case.
        entra_token_seconds: The lifetime of Entra's tokens for users and clients.
    """
    entra = Entra(clock, entra_token_seconds)
    keys = AccessKeys(access_key, access_key_2)
    # Like every API, ACS only needs from Entra a way to verify tokens with its public keys.
    entra_tokens = EntraTokens(entra.keys.verify, clock)
    service = Service(Resource(access_key, keys, clock), entra_tokens)
    log = RequestLog()
    app = web.Application(middlewares=[refuse_unreadable_bodies])
    app.add_routes(AcsRoutes(service, Authenticator(keys, entra_tokens, clock), log).routes())
    app.add_routes(ControlRoutes(service.resource, entra, log).routes())
    app.add_routes(ManagedIdentityEndpoint(entra, IDENTITY_HEADER).routes())
    app.add_routes(GraphRoutes(entra.keys.verify, _organizers(), clock).routes())
    sign_in = frozenset(app.add_routes(EntraRoutes(entra).routes()))
    app.middlewares.append(
        refuse_foreign_requests(
            allowed_hosts,
            lambda request: SIGN_IN_PAGES if request.match_info.route in sign_in else NO_PAGES,
        )
    )
    app.on_response_prepare.append(_add_server_header)
    return app


def _organizers() -> dict[str, Organizer]:
    """Return the organizers of meetings by object id.

    Contoso's administrator lets the managed identity make meetings, fabrikam's does not.
    """
    return {
        user.object_id: Organizer(user.tenant.id, grants_access=user.tenant == CONTOSO)
        for user in USERS
    }


async def _add_server_header(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = "acs-emulator"
