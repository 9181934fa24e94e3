"""The HTTP triggers: parse, call, reply. Their contract is in README.md."""

from http import HTTPStatus

import azure.functions as func

from acs_tokens.guests import guests
from acs_tokens.models import NoMembers, TeamsTokenRequest, TokenRequest
from acs_tokens.service import service
from acs_tokens.web import (
    endpoint,
    guest_request,
    log_misconfiguration,
    parse,
    reply,
    reply_empty,
    user_id,
)

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
log_misconfiguration()


@app.route("users", methods=["POST"])
@endpoint
async def create_user(req: func.HttpRequest) -> func.HttpResponse:
    """Create an identity."""
    parse(req, NoMembers)
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
    parse(req, NoMembers)
    await service().revoke_tokens(user_id(req))
    return reply_empty()


@app.route("users/{userId}", methods=["DELETE"])
@endpoint
async def delete_user(req: func.HttpRequest) -> func.HttpResponse:
    """Delete an identity with all that ACS holds of it."""
    parse(req, NoMembers)
    await service().delete_user(user_id(req))
    return reply_empty()


@app.route("teams/token", methods=["POST"])
@endpoint
async def exchange_teams_token(req: func.HttpRequest) -> func.HttpResponse:
    """Exchange a Teams user's Entra token for an ACS access token."""
    body = parse(req, TeamsTokenRequest)
    return reply(await service().exchange_teams_token(body))


@app.route("guest/token", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint
async def guest_token(req: func.HttpRequest) -> func.HttpResponse:
    """Create an identity for a page's visitor and issue its first access token."""
    return reply(await guests().issue_token(guest_request(req)))
