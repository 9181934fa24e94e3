"""The triggers of bans: on an identity, or on a person."""

import azure.functions as func

from acs_tokens.dependencies.backends import moderation
from acs_tokens.models.requests import BanRequest, NoBody
from acs_tokens.web.requests import parse, person, user_id
from acs_tokens.web.responses import reply, reply_empty
from acs_tokens.web.triggers import http_trigger

app = func.Blueprint()  # type: ignore[no-untyped-call]


@app.route("users/{userId}/ban", methods=["POST"])
@http_trigger("users", "ban")
async def ban_user(req: func.HttpRequest) -> func.HttpResponse:
    """Ban an identity and the person who has it, and revoke its tokens."""
    body = parse(req, BanRequest)
    await moderation().ban_user(user_id(req), body)
    return reply_empty()


@app.route("users/{userId}/ban", methods=["GET"])
@http_trigger("users", "look-up")
async def get_user_ban(req: func.HttpRequest) -> func.HttpResponse:
    """Return the ban of an identity."""
    parse(req, NoBody)
    return reply(await moderation().user_ban(user_id(req)))


@app.route("users/{userId}/ban", methods=["DELETE"])
@http_trigger("users", "unban")
async def unban_user(req: func.HttpRequest) -> func.HttpResponse:
    """Lift the ban of an identity."""
    parse(req, NoBody)
    await moderation().lift_user_ban(user_id(req))
    return reply_empty()


@app.route("people/{tenantId}/{objectId}/ban", methods=["POST"])
@http_trigger("users", "ban")
async def ban_person(req: func.HttpRequest) -> func.HttpResponse:
    """Ban a person, and revoke the tokens of their identity."""
    body = parse(req, BanRequest)
    await moderation().ban_person(person(req), body)
    return reply_empty()


@app.route("people/{tenantId}/{objectId}/ban", methods=["GET"])
@http_trigger("users", "look-up")
async def get_person_ban(req: func.HttpRequest) -> func.HttpResponse:
    """Return the ban of a person."""
    parse(req, NoBody)
    return reply(await moderation().person_ban(person(req)))


@app.route("people/{tenantId}/{objectId}/ban", methods=["DELETE"])
@http_trigger("users", "unban")
async def unban_person(req: func.HttpRequest) -> func.HttpResponse:
    """Lift the ban of a person."""
    parse(req, NoBody)
    await moderation().lift_person_ban(person(req))
    return reply_empty()
