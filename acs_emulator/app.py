"""The emulator as an aiohttp application."""

import base64
import json
import secrets
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from acs_emulator.acs import assignments, identities
from acs_emulator.acs.access_keys import AccessKeys
from acs_emulator.acs.authentication import BEARER, Gate, Received
from acs_emulator.acs.errors import AcsError, denied
from acs_emulator.acs.operations import Answer, Call, Operation, Service
from acs_emulator.acs.resource import Resource
from acs_emulator.control import Control, Journal
from acs_emulator.defaults import ACCESS_KEY_2
from acs_emulator.entra.provider import Entra
from acs_emulator.entra.routes import EntraRoutes
from acs_emulator.server import refuse_broken_bodies

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def create_app(
    access_key: str,
    clock: Callable[[], float] = time.time,
    *,
    access_key_2: str = ACCESS_KEY_2,
) -> web.Application:
    """Make an emulator of one ACS resource. Two of them share nothing.

    Args:
        access_key: The resource's primary key at start, base64. Its id follows from it, so that
            a restart keeps it.
        clock: Seconds since 1970; tests set it back and forth.
        access_key_2: The secondary key at start.
    """
    entra = Entra(clock)
    keys = AccessKeys(access_key, access_key_2)
    service = Service(Resource(access_key, keys, clock), entra)
    journal = Journal()
    app = web.Application(middlewares=[refuse_broken_bodies])
    gate = Gate(keys, entra)
    for operation in (*identities.OPERATIONS, *assignments.OPERATIONS):
        handler = _handler(operation, service, gate, journal)
        app.router.add_route(operation.method, operation.path, handler)
    app.add_routes(Control(service, journal).routes())
    app.add_routes(EntraRoutes(entra).routes())
    app.on_response_prepare.append(_name_the_server)
    return app


def _handler(operation: Operation, service: Service, gate: Gate, journal: Journal) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        started = time.perf_counter()
        headers = {}
        try:
            status, body = _run(operation, service, gate, request, await request.read())
            response = _success(status, body)
            headers["api-supported-versions"] = ", ".join(operation.versions)
        except AcsError as error:
            response = _failure(error)
            if error.versions_told:
                headers["api-supported-versions"] = ", ".join(operation.versions)
        journal.add(request, response.status)
        response.headers.update(headers | _common_headers(request, started))
        return response

    return handle


def _run(
    operation: Operation, service: Service, gate: Gate, request: web.Request, content: bytes
) -> Answer:
    """Check in ACS's order: the proof, the api-version, then what the operation checks."""
    authorization = request.headers.get("Authorization", "")
    bearer = authorization.removeprefix(BEARER) if authorization.startswith(BEARER) else ""
    key = None
    if not operation.signed_by_user:
        # The raw target: HMAC covers the path as it was sent, escapes and all.
        key = gate.check(Received(request.method, request.raw_path, request.headers, content))
    elif not bearer:
        raise denied()
    uri = f"{request.scheme}://{request.host}{request.path}"
    version = operation.check_version(request.query.get("api-version"), uri)
    return operation.run(service, Call(dict(request.match_info), version, content, bearer, key))


def _success(status: int, body: dict[str, object] | None) -> web.Response:
    if body is None:
        return web.Response(status=status)
    return web.json_response(body, status=status)


def _failure(error: AcsError) -> web.Response:
    response = web.Response(
        status=error.status,
        body=json.dumps(error.body()).encode(),
        headers={"Content-Type": "application/json"},
    )
    response.enable_chunked_encoding()
    return response


def _common_headers(request: web.Request, started: float) -> dict[str, str]:
    headers = {
        "MS-CV": base64.b64encode(secrets.token_bytes(16)).decode().rstrip("=") + ".0",
        "Request-Context": "appId=",
        "Strict-Transport-Security": "max-age=2592000",
        "X-Azure-Ref": base64.b64encode(secrets.token_bytes(30)).decode(),
        "X-Cache": "CONFIG_NOCACHE",
        "X-Processing-Time": f"{(time.perf_counter() - started) * 1000:.0f}ms",
    }
    client_request_id = request.headers.get("x-ms-client-request-id")
    return headers | ({"x-ms-client-request-id": client_request_id} if client_request_id else {})


async def _name_the_server(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = "acs-emulator"
