"""The trigger by which a page gets the link of its meeting."""

import azure.functions as func

from acs_tokens.dependencies.guests import meeting_guests
from acs_tokens.models.requests import NoBody
from acs_tokens.web.credentials import guest_handle
from acs_tokens.web.requests import parse
from acs_tokens.web.responses import reply_link
from acs_tokens.web.triggers import http_trigger

app = func.Blueprint()  # type: ignore[no-untyped-call]


@app.route("guest/meeting", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@http_trigger("guest", "look-up")
async def guest_meeting(req: func.HttpRequest) -> func.HttpResponse:
    """Return the link of the Teams meeting: as text, or as JSON on request."""
    parse(req, NoBody)
    return reply_link(req, await meeting_guests().meeting(guest_handle(req)))
