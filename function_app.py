"""The triggers: parse, run one operation, reply. docs/api.md is the contract of the HTTP ones."""

from http import HTTPStatus

from acs_tokens import fast_imports

with fast_imports():
    import azure.functions as func

    from acs_tokens.access import backends
    from acs_tokens.dependencies.backends import sweeper
    from acs_tokens.dependencies.guests import guests
    from acs_tokens.dependencies.process import prepare_process
    from acs_tokens.dependencies.shared import bans, needed_store, service
    from acs_tokens.dependencies.signed_in import sign_in, signed_in_users, teams_users
    from acs_tokens.health import Alive, readiness
    from acs_tokens.models.requests import (
        GuestTokenRequest,
        NoBody,
        OwnTeamsTokenRequest,
        TeamsTokenRequest,
        TokenRequest,
    )
    from acs_tokens.triggers import bans as ban_triggers
    from acs_tokens.triggers import invitations as invitation_triggers
    from acs_tokens.triggers import meeting as meeting_triggers
    from acs_tokens.triggers import people as people_triggers
    from acs_tokens.web.credentials import guest_handle, sign_in_credential
    from acs_tokens.web.requests import guest_request, parse, user_id
    from acs_tokens.web.responses import reply, reply_empty
    from acs_tokens.web.triggers import health_trigger, http_trigger, timer_trigger

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
prepare_process()


@app.route("users", methods=["POST"])
@http_trigger("users", "create")
async def create_user(req: func.HttpRequest) -> func.HttpResponse:
    """Create an identity."""
    parse(req, NoBody)
    return reply(await service().create_user(), HTTPStatus.CREATED)


@app.route("users/token", methods=["POST"])
@http_trigger("users", "grant")
async def create_user_and_token(req: func.HttpRequest) -> func.HttpResponse:
    """Create an identity and issue its first access token."""
    body = parse(req, TokenRequest)
    token = await service().create_user_and_token(body.scopes, body.lifetime)
    return reply(token, HTTPStatus.CREATED)


@app.route("users/{userId}/token", methods=["POST"])
@http_trigger("users", "grant")
async def issue_token(req: func.HttpRequest) -> func.HttpResponse:
    """Issue an access token for an existing identity."""
    body = parse(req, TokenRequest)
    return reply(await backends.issue_token(service(), bans(), user_id(req), body))


@app.route("users/{userId}/token/refresh", methods=["POST"])
@http_trigger("users", "refresh")
async def refresh_token(req: func.HttpRequest) -> func.HttpResponse:
    """Issue the next access token; its own function, so that a key can allow only this."""
    body = parse(req, TokenRequest)
    return reply(await backends.issue_token(service(), bans(), user_id(req), body))


@app.route("users/{userId}/revoke", methods=["POST"])
@http_trigger("users", "revoke")
async def revoke_tokens(req: func.HttpRequest) -> func.HttpResponse:
    """Revoke all access tokens of an identity."""
    parse(req, NoBody)
    await service().revoke_tokens(user_id(req))
    return reply_empty()


@app.route("users/{userId}", methods=["DELETE"])
@http_trigger("users", "delete")
async def delete_user(req: func.HttpRequest) -> func.HttpResponse:
    """Delete an identity with all that ACS holds of it."""
    parse(req, NoBody)
    await service().delete_user(user_id(req))
    return reply_empty()


@app.route("teams/token", methods=["POST"])
@http_trigger("users", "grant")
async def exchange_teams_token(req: func.HttpRequest) -> func.HttpResponse:
    """Exchange a Teams user's Entra token for an ACS access token."""
    body = parse(req, TeamsTokenRequest)
    return reply(await backends.exchange_teams_token(service(), bans(), body))


@app.route("guest/token", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
@http_trigger("guest", "grant")
async def guest_token(req: func.HttpRequest) -> func.HttpResponse:
    """Issue an access token for a page's visitor: a new guest, or the one of the handle."""
    return reply(await guests().issue_token(guest_handle(req), guest_request(req)))


@app.route("guest/token/refresh", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@http_trigger("guest", "refresh")
async def guest_refresh(req: func.HttpRequest) -> func.HttpResponse:
    """Issue a guest's next access token."""
    body = parse(req, GuestTokenRequest)
    return reply(await guests().refresh_token(guest_handle(req), body))


@app.route("guest/revoke", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@http_trigger("guest", "revoke")
async def guest_revoke(req: func.HttpRequest) -> func.HttpResponse:
    """Revoke all access tokens of a guest."""
    parse(req, NoBody)
    await guests().revoke_tokens(guest_handle(req))
    return reply_empty()


@app.route("guest", methods=["DELETE"], auth_level=func.AuthLevel.ANONYMOUS)
@http_trigger("guest", "delete")
async def guest_delete(req: func.HttpRequest) -> func.HttpResponse:
    """Delete a guest."""
    parse(req, NoBody)
    await guests().delete(guest_handle(req))
    return reply_empty()


@app.route("me/token", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@http_trigger("me", "grant")
async def me_token(req: func.HttpRequest) -> func.HttpResponse:
    """Issue an access token for the identity of the signed-in user."""
    caller = await sign_in().check(sign_in_credential(req))
    body = parse(req, TokenRequest)
    scopes = caller.scopes(body)
    return reply(await signed_in_users().issue_token(caller.person, scopes, body.lifetime))


@app.route("me/revoke", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@http_trigger("me", "revoke")
async def me_revoke(req: func.HttpRequest) -> func.HttpResponse:
    """Revoke all access tokens of the signed-in user."""
    caller = await sign_in().check(sign_in_credential(req))
    parse(req, NoBody)
    await signed_in_users().revoke_tokens(caller.person)
    return reply_empty()


@app.route("me", methods=["DELETE"], auth_level=func.AuthLevel.ANONYMOUS)
@http_trigger("me", "delete")
async def me_delete(req: func.HttpRequest) -> func.HttpResponse:
    """Delete the identity of the signed-in user."""
    caller = await sign_in().check(sign_in_credential(req))
    parse(req, NoBody)
    await signed_in_users().delete(caller.person)
    return reply_empty()


@app.route("me/teams/token", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@http_trigger("me", "grant")
async def me_teams_token(req: func.HttpRequest) -> func.HttpResponse:
    """Issue an access token for the Teams user that the signed-in user is."""
    caller = await sign_in().check(sign_in_credential(req))
    return reply(await teams_users().issue_token(caller, parse(req, OwnTeamsTokenRequest)))


@app.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@health_trigger
async def health(req: func.HttpRequest) -> func.HttpResponse:
    """Say that this process responds; check nothing else."""
    parse(req, NoBody)
    return reply(Alive())


@app.route("health/ready", methods=["GET"])
@health_trigger
async def health_ready(req: func.HttpRequest) -> func.HttpResponse:
    """Say whether this process can do its work, and if not, what is wrong and what to do."""
    parse(req, NoBody)
    return reply(await readiness(lambda: (service(), needed_store())))


@app.timer_trigger(schedule="0 23 * * * *", arg_name="timer")
@timer_trigger
async def sweep(timer: func.TimerRequest) -> None:
    """Enforce bans and withdrawn invitations, then delete identities that are left over: hourly."""
    await sweeper().sweep()


app.register_functions(meeting_triggers.app)
app.register_functions(invitation_triggers.app)
app.register_functions(ban_triggers.app)
app.register_functions(people_triggers.app)
