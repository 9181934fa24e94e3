"""The triggers by which a backend finds people and their identities."""

import azure.functions as func

from acs_tokens.dependencies.backends import people
from acs_tokens.models.requests import NoBody
from acs_tokens.web.requests import parse, person, user_id
from acs_tokens.web.responses import reply, reply_empty
from acs_tokens.web.triggers import http_trigger

app = func.Blueprint()  # type: ignore[no-untyped-call]


@app.route("people/{tenantId}/{objectId}", methods=["GET"])
@http_trigger("users", "look-up")
async def get_person_identity(req: func.HttpRequest) -> func.HttpResponse:
    """Return the identity of a person."""
    parse(req, NoBody)
    return reply(await people().identity_of(person(req)))


@app.route("people/{tenantId}/{objectId}/revoke", methods=["POST"])
@http_trigger("users", "revoke")
async def revoke_person_tokens(req: func.HttpRequest) -> func.HttpResponse:
    """Revoke all access tokens of a person's identity."""
    parse(req, NoBody)
    await people().revoke_tokens(person(req))
    return reply_empty()


@app.route("users/{userId}/person", methods=["GET"])
@http_trigger("users", "look-up")
async def get_user_person(req: func.HttpRequest) -> func.HttpResponse:
    """Return the person who has an identity."""
    parse(req, NoBody)
    return reply(await people().person_of(user_id(req)))
