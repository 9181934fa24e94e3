"""Which problems an operation can respond with: those of all that its trigger uses.

`make contract` provokes each of them, and all tests of the API find those that are missing here.
"""

from collections import defaultdict

from acs_tokens import problems as p
from acs_tokens.problems import Problem
from api_description.triggers import Operation

Problems = tuple[type[Problem], ...]

ALWAYS: Problems = (p.InternalError,)
BODY: Problems = (p.InvalidRequestError, p.BodyTooLargeError, p.UnsupportedMediaTypeError)
ACS: Problems = (
    p.AcsAuthError,
    p.AcsThrottledError,
    p.AcsUnavailableError,
    p.AcsResponseError,
    p.BusyError,
    p.DeadlineExceededError,
)
IDENTITY: Problems = (*ACS, p.IdentityNotFoundError)
TEAMS_TOKEN: Problems = (p.InvalidTeamsTokenError, p.TeamsTokenMismatchError)
STORE: Problems = (p.IdentityStoreUnavailableError, p.DeadlineExceededError)
LIMITED: Problems = (p.UnauthorizedError, p.TooManyRequestsError)
BANS: Problems = (*STORE, p.BannedError)
GUEST: Problems = (*LIMITED, *BANS)
NEEDS_STORE: Problems = (p.MisconfiguredError, p.IdentityStoreOffError)
INVITATIONS: Problems = (*STORE, p.IdentityStoreOffError)

RAISED: dict[str, Problems] = {
    "parse": BODY,
    "guest_request": BODY,
    "user_id": (p.InvalidUserIdError,),
    "person": (p.InvalidRequestError,),
    "invitation_id": (p.InvitationNotFoundError,),
    "removes_guests": (p.InvalidRequestError,),
    "guest_handle": (p.InvalidRequestError,),
    "sign_in_credential": (p.InvalidRequestError,),
    "service": (p.MisconfiguredError,),
    "service.create_user": ACS,
    "service.create_user_and_token": ACS,
    "service.revoke_tokens": IDENTITY,
    "service.delete_user": IDENTITY,
    "bans": (p.MisconfiguredError,),
    "backends.issue_token": (*IDENTITY, *BANS),
    "backends.exchange_teams_token": (*ACS, *TEAMS_TOKEN, *BANS),
    "guests": (p.MisconfiguredError, p.GuestsOffError),
    "guests.issue_token": (*ACS, *GUEST, p.NotAllowedError, p.InvitationError),
    "guests.refresh_token": (*ACS, *GUEST, p.NotAllowedError),
    "guests.revoke_tokens": (*ACS, *GUEST),
    "guests.delete": (*ACS, *GUEST),
    "meeting_guests": (p.MisconfiguredError, p.GuestsOffError),
    "meeting_guests.meeting": (
        *GUEST,
        p.MeetingOffError,
        p.MeetingUnavailableError,
        p.EntraUnavailableError,
    ),
    "invitations": (p.MisconfiguredError, p.GuestsOffError),
    "invitations.create": (*INVITATIONS, p.NotAllowedError),
    "invitations.describe": (*INVITATIONS, p.InvitationNotFoundError),
    "invitations.withdraw": (*INVITATIONS, p.InvitationNotFoundError),
    "moderation": NEEDS_STORE,
    "moderation.ban_user": (*IDENTITY, *STORE),
    "moderation.user_ban": (*STORE, p.NotBannedError),
    "moderation.lift_user_ban": STORE,
    "moderation.ban_person": (*ACS, *STORE),
    "moderation.person_ban": (*STORE, p.NotBannedError),
    "moderation.lift_person_ban": STORE,
    "people": NEEDS_STORE,
    "people.identity_of": (*STORE, p.PersonNotFoundError),
    "people.person_of": (*STORE, p.PersonNotFoundError),
    "people.revoke_tokens": (*IDENTITY, *STORE, p.PersonNotFoundError),
    "sign_in": (p.MisconfiguredError, p.SignInOffError),
    "sign_in.check": (
        *LIMITED,
        *BANS,
        p.EntraUnavailableError,
        p.ProviderUnavailableError,
    ),
    "caller.scopes": (p.NotAllowedError,),
    "signed_in_users": (p.MisconfiguredError,),
    "signed_in_users.issue_token": (*ACS, *STORE),
    "signed_in_users.revoke_tokens": (*ACS, *STORE),
    "signed_in_users.delete": (*ACS, *STORE),
    "teams_users": (p.MisconfiguredError,),
    "teams_users.issue_token": (
        *ACS,
        *TEAMS_TOKEN,
        p.TeamsTokenExpiringError,
        p.InteractionRequiredError,
        p.EntraUnavailableError,
        p.NotAllowedError,
    ),
    "readiness": (p.NotReadyError, p.DeadlineExceededError),
    "Alive": (),
    "needed_store": (),  # what it raises, readiness reports
    "reply": (),
    "reply_link": (),
    "reply_empty": (),
}
"""What each function, or method of what it returns or of a variable, can raise in a trigger."""


def problems_of(operation: Operation) -> dict[int, list[type[Problem]]]:
    """Return the problems that an operation can respond with, by status, each in order of slug."""
    found = {*ALWAYS, *(problem for name in operation.uses for problem in RAISED[name])}
    if operation.family == "health":
        found.discard(p.MisconfiguredError)  # health/ready reports it as a failed check
    by_status: dict[int, list[type[Problem]]] = defaultdict(list)
    for problem in sorted(found, key=lambda each: (each.status, each.slug)):
        by_status[problem.status].append(problem)
    return dict(by_status)
