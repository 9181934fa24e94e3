"""The triggers by which a backend invites guests."""

from http import HTTPStatus

import azure.functions as func

from acs_tokens.dependencies.guests import invitations
from acs_tokens.models.requests import InvitationRequest, NoBody
from acs_tokens.web.requests import invitation_id, parse, removes_guests
from acs_tokens.web.responses import reply, reply_empty
from acs_tokens.web.triggers import http_trigger

app = func.Blueprint()  # type: ignore[no-untyped-call]


@app.route("invitations", methods=["POST"])
@http_trigger("users", "invite")
async def create_invitation(req: func.HttpRequest) -> func.HttpResponse:
    """Make an invitation for guests."""
    body = parse(req, InvitationRequest)
    return reply(await invitations().create(body), HTTPStatus.CREATED)


@app.route("invitations/{invitationId}", methods=["GET"])
@http_trigger("users", "look-up")
async def get_invitation(req: func.HttpRequest) -> func.HttpResponse:
    """Return an invitation, with the uses that are left."""
    parse(req, NoBody)
    return reply(await invitations().describe(invitation_id(req)))


@app.route("invitations/{invitationId}", methods=["DELETE"])
@http_trigger("users", "withdraw")
async def withdraw_invitation(req: func.HttpRequest) -> func.HttpResponse:
    """Withdraw an invitation, and on request refuse the guests who came with it."""
    parse(req, NoBody, query=("guests",))
    await invitations().withdraw(invitation_id(req), removes_guests=removes_guests(req))
    return reply_empty()
