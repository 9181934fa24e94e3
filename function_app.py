"""The HTTP triggers: parse, call, reply. Their contract is in README.md."""

import gc

gc.disable()  # to look for garbage among what is being imported makes a cold start longer

from http import HTTPStatus

import azure.functions as func

from acs_tokens.dependencies import (
    guests,
    readiness,
    service,
    sign_in,
    signed_in_users,
    sweeper,
    teams_users,
)
from acs_tokens.entra.teams_tokens import TeamsUser, precheck
from acs_tokens.health import Alive
from acs_tokens.models import (
    GuestTokenRequest,
    NoBody,
    OwnTeamsTokenRequest,
    TeamsTokenRequest,
    TokenRequest,
)
from acs_tokens.web.responses import guest_handle, guest_request, parse, reply, reply_empty, user_id
from acs_tokens.web.triggers import background, endpoint, health_endpoint, log_misconfiguration

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
log_misconfiguration()


@app.route("users", methods=["POST"])
@endpoint
async def create_user(req: func.HttpRequest) -> func.HttpResponse:
    """Create an identity."""
    parse(req, NoBody)
    return reply(await service().create_user(), HTTPStatus.CREATED)


@app.route("users/token", methods=["POST"])
@endpoint
async def create_user_and_token(req: func.HttpRequest) -> func.HttpResponse:
    """Create an identity and issue its first access token."""
    body = parse(req, TokenRequest)
    token = await service().create_user_and_token(body.scopes, body.lifetime)
    return reply(token, HTTPStatus.CREATED)


@app.route("users/{userId}/token", methods=["POST"])
@endpoint
async def issue_token(req: func.HttpRequest) -> func.HttpResponse:
    """Issue an access token for an existing identity."""
    body = parse(req, TokenRequest)
    return reply(await service().issue_token(user_id(req), body.scopes, body.lifetime))


@app.route("users/{userId}/token/refresh", methods=["POST"])
@endpoint
async def refresh_token(req: func.HttpRequest) -> func.HttpResponse:
    """Issue the next access token; a function of its own, so that a key can allow only this."""
    body = parse(req, TokenRequest)
    return reply(await service().issue_token(user_id(req), body.scopes, body.lifetime))


@app.route("users/{userId}/revoke", methods=["POST"])
@endpoint
async def revoke_tokens(req: func.HttpRequest) -> func.HttpResponse:
    """Revoke all access tokens of an identity."""
    parse(req, NoBody)
    await service().revoke_tokens(user_id(req))
    return reply_empty()


@app.route("users/{userId}", methods=["DELETE"])
@endpoint
async def delete_user(req: func.HttpRequest) -> func.HttpResponse:
    """Delete an identity with all that ACS holds of it."""
    parse(req, NoBody)
    await service().delete_user(user_id(req))
    return reply_empty()


@app.route("teams/token", methods=["POST"])
@endpoint
async def exchange_teams_token(req: func.HttpRequest) -> func.HttpResponse:
    """Exchange a Teams user's Entra token for an ACS access token."""
    body = parse(req, TeamsTokenRequest)
    precheck(body.token, TeamsUser(body.client_id, body.user_object_id))
    return reply(await service().exchange_teams_token(body))


@app.route("guest/token", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint
async def guest_token(req: func.HttpRequest) -> func.HttpResponse:
    """Issue an access token for a page's visitor: a new guest, or the one of the handle."""
    return reply(await guests().issue_token(guest_handle(req), guest_request(req)))


@app.route("guest/token/refresh", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint
async def guest_refresh(req: func.HttpRequest) -> func.HttpResponse:
    """Issue a guest's next access token."""
    guest = guests()
    return reply(await guest.refresh_token(guest_handle(req), parse(req, GuestTokenRequest)))


@app.route("guest/revoke", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint
async def guest_revoke(req: func.HttpRequest) -> func.HttpResponse:
    """Revoke all access tokens of a guest."""
    await guests().revoke_tokens(guest_handle(req))
    return reply_empty()


@app.route("guest", methods=["DELETE"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint
async def guest_delete(req: func.HttpRequest) -> func.HttpResponse:
    """Delete a guest."""
    await guests().delete(guest_handle(req))
    return reply_empty()


@app.route("me/token", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint
async def me_token(req: func.HttpRequest) -> func.HttpResponse:
    """Issue an access token for the identity of whoever has signed in."""
    caller = await sign_in().check(req.headers)
    body = parse(req, TokenRequest)
    return reply(await signed_in_users().issue_token(caller.person, body.scopes, body.lifetime))


@app.route("me/revoke", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint
async def me_revoke(req: func.HttpRequest) -> func.HttpResponse:
    """Revoke all access tokens of whoever has signed in."""
    caller = await sign_in().check(req.headers)
    await signed_in_users().revoke_tokens(caller.person)
    return reply_empty()


@app.route("me", methods=["DELETE"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint
async def me_delete(req: func.HttpRequest) -> func.HttpResponse:
    """Delete the identity of whoever has signed in."""
    caller = await sign_in().check(req.headers)
    await signed_in_users().delete(caller.person)
    return reply_empty()


@app.route("me/teams/token", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint
async def me_teams_token(req: func.HttpRequest) -> func.HttpResponse:
    """Issue an access token for the Teams user that whoever has signed in is."""
    caller = await sign_in().check(req.headers)
    return reply(await teams_users().issue_token(caller, parse(req, OwnTeamsTokenRequest)))


@app.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@health_endpoint
async def health(req: func.HttpRequest) -> func.HttpResponse:
    """Say that this process answers; nothing else is asked."""
    return reply(Alive())


@app.route("health/ready", methods=["GET"])
@health_endpoint
async def health_ready(req: func.HttpRequest) -> func.HttpResponse:
    """Say whether this process can do its work, and if not, what is wrong and the cure."""
    return reply(await readiness())


@app.timer_trigger(schedule="0 23 * * * *", arg_name="timer")
@background
async def sweep(timer: func.TimerRequest) -> None:
    """Delete the identities that are left over, every hour."""
    await sweeper().sweep()


gc.freeze()  # what is here now stays: no request waits for the collector to find that out
gc.enable()
