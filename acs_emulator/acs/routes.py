"""The HTTP routes of ACS: authenticate a request, run its operation, write the response."""

import base64
import json
import secrets
import time

from aiohttp import web

from acs_emulator.acs import assignments, identities
from acs_emulator.acs.authentication import BEARER, Authenticator, RawRequest
from acs_emulator.acs.errors import AcsError, denied
from acs_emulator.acs.operations import Operation, Request, Response, Service
from acs_emulator.acs.request_log import RequestLog
from acs_emulator.server import Handler


class AcsRoutes:
    """The routes of all operations."""

    def __init__(self, service: Service, authenticator: Authenticator, log: RequestLog) -> None:
        self._service = service
        self._authenticator = authenticator
        self._log = log

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to add to the application."""
        return [
            web.route(operation.method, operation.path, self._handler(operation))
            for operation in (*identities.OPERATIONS, *assignments.OPERATIONS)
        ]

    def _handler(self, operation: Operation) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            started = time.perf_counter()
            lists_versions = True
            try:
                response = _success(*self._run(operation, request, await request.read()))
            except AcsError as error:
                response, lists_versions = _failure(error), error.lists_versions
            if lists_versions:
                response.headers["api-supported-versions"] = ", ".join(operation.versions)
            self._log.add(request, response.status)
            response.headers.update(_common_headers(request, started))
            return response

        return handle

    def _run(self, operation: Operation, request: web.Request, content: bytes) -> Response:
        """Check in the order of ACS: the credential, the api-version, then the operation's own."""
        authorization = request.headers.get("Authorization", "")
        bearer = authorization.removeprefix(BEARER) if authorization.startswith(BEARER) else ""
        key = None
        if not operation.by_user:
            # The raw path: HMAC covers the path as it was sent, with its percent-encoding.
            raw = RawRequest(request.method, request.raw_path, request.headers, content)
            key = self._authenticator.authenticate(raw)
        elif not bearer:
            raise denied()
        uri = f"{request.scheme}://{request.host}{request.path}"
        version = operation.check_version(request.query.get("api-version"), uri)
        path = dict(request.match_info)
        return operation.run(self._service, Request(path, version, content, bearer, key))


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
    response.enable_chunked_encoding()  # as the recorded error responses
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
