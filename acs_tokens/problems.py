"""The problems that callers are told about (RFC 9457): a class is a problem type.

Problem
├── InvalidRequestError                400 invalid-request
│   ├── InvalidUserIdError             400 invalid-user-id
│   ├── BodyTooLargeError              413 body-too-large
│   └── UnsupportedMediaTypeError      415 unsupported-media-type
├── InvalidTeamsTokenError             400 invalid-teams-token
├── TeamsTokenMismatchError            400 teams-token-mismatch
├── TeamsTokenExpiringError            400 teams-token-expiring
├── UnauthorizedError                  401 unauthorized
├── InteractionRequiredError           401 interaction-required
├── SignInOffError                     403 sign-in-off
├── NotAllowedError                    403 not-allowed
├── GuestsOffError                     403 guests-off
├── InvitationError                    403 invitation
├── IdentityStoreOffError              403 identity-store-off
├── MeetingOffError                    403 meeting-off
├── IdentityNotFoundError              404 identity-not-found
├── InvitationNotFoundError            404 invitation-not-found
├── PersonNotFoundError                404 person-not-found
├── NotBannedError                     404 not-banned
├── BannedError                        409 banned
├── TooManyRequestsError               429 too-many-requests
├── InternalError                      500 internal-error
├── AcsResponseError                   502 acs-response
├── BusyError                          503 busy
├── MisconfiguredError                 503 misconfigured
├── NotReadyError                      503 not-ready
├── AcsAuthError                       503 acs-auth
├── AcsThrottledError                  503 acs-throttled
├── AcsUnavailableError                503 acs-unavailable
├── EntraUnavailableError              503 entra-unavailable
├── ProviderUnavailableError           503 provider-unavailable
├── IdentityStoreUnavailableError      503 identity-store-unavailable
├── MeetingUnavailableError            503 meeting-unavailable
└── DeadlineExceededError              504 deadline-exceeded
"""

from typing import ClassVar

TYPE_PREFIX = "urn:problem-type:acs-tokens:"  # each type is explained in docs/errors.md


class Problem(Exception):  # noqa: N818 the word of RFC 9457
    """A failure with a documented problem type.

    A subclass names its type in its class statement: ``status`` (HTTP), ``slug`` (the end of the
    type's URN), ``title`` (the same for every occurrence) and ``is_denial``.

    Args:
        detail: What is wrong and what to do, for the caller. Nothing that was sent, nothing secret.
        log: What the operator should know, for the log. Nothing secret and no user id either.
        retry_after: Whole seconds after which the same request may succeed.

    Attributes:
        is_denial: True for authorization failures and rate limits; audited as ``denied``.
        headers: Further headers of the response.
        extensions: Further fields of the response's body.
    """

    status: ClassVar[int]
    slug: ClassVar[str]
    title: ClassVar[str]
    is_denial: ClassVar[bool] = False

    def __init_subclass__(
        cls, *, slug: str = "", title: str = "", status: int = 0, is_denial: bool = False
    ) -> None:
        # What a class statement leaves out, its base class gives.
        given = {"status": status, "slug": slug, "title": title, "is_denial": is_denial}
        for name, value in given.items():
            if value:
                setattr(cls, name, value)

    def __init__(
        self, detail: str | None = None, *, log: str | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(log or detail or self.title)
        self.detail = detail
        self.retry_after = retry_after
        self.headers: dict[str, str] = {}
        self.extensions: dict[str, object] = {}

    @property
    def type(self) -> str:
        """The URN of the problem type."""
        return TYPE_PREFIX + self.slug


class InvalidRequestError(Problem, status=400, slug="invalid-request", title="Invalid request"):
    """The body, the query or the headers are not what the route takes."""


class InvalidUserIdError(InvalidRequestError, slug="invalid-user-id", title="Invalid user id"):
    """The user id in the path does not have the form of an ACS id."""


class BodyTooLargeError(
    InvalidRequestError, status=413, slug="body-too-large", title="Body too large"
):
    """The body is larger than any valid one."""


class UnsupportedMediaTypeError(
    InvalidRequestError, status=415, slug="unsupported-media-type", title="Unsupported media type"
):
    """The body is not declared as JSON."""


class InvalidTeamsTokenError(
    Problem, status=400, slug="invalid-teams-token", title="Invalid Teams token", is_denial=True
):
    """The Teams user's Entra token is not accepted, by our check or by ACS.

    It has expired, is not for ACS, or is no token.
    """


class TeamsTokenMismatchError(
    Problem, status=400, slug="teams-token-mismatch", title="Teams token mismatch", is_denial=True
):
    """The Entra token was issued to another application, user or tenant."""


class TeamsTokenExpiringError(
    Problem, status=400, slug="teams-token-expiring", title="Teams token ends soon"
):
    """The Teams token that the page sent ends too soon to be of use."""


class UnauthorizedError(
    Problem, status=401, slug="unauthorized", title="Unauthorized", is_denial=True
):
    """The caller's credential is missing or wrong; the caller is not told which."""

    def __init__(self, *, log: str) -> None:
        super().__init__(log=log)
        self.headers["WWW-Authenticate"] = "Bearer"


class InteractionRequiredError(
    Problem, status=401, slug="interaction-required", title="Interaction required", is_denial=True
):
    """Entra wants the user to do something before this service may act on the user's behalf.

    Args:
        claims: Entra's challenge, which the page passes on when it signs the user in.
    """

    def __init__(self, claims: str | None) -> None:
        super().__init__("Entra asks the user to sign in again. Pass claims on to the sign-in.")
        self.extensions |= {"claims": claims} if claims else {}


class GuestsOffError(
    Problem, status=403, slug="guests-off", title="Guests are switched off", is_denial=True
):
    """The guest routes are switched off."""


class SignInOffError(
    Problem, status=403, slug="sign-in-off", title="Sign-in is not set up", is_denial=True
):
    """The routes for signed-in users are not set up."""


class InvitationError(
    Problem, status=403, slug="invitation", title="You need a valid invitation", is_denial=True
):
    """The invitation is missing, forged, expired, used up or withdrawn; nobody is told which."""

    def __init__(self, *, log: str) -> None:
        super().__init__(log=log)


class IdentityStoreOffError(
    Problem, status=403, slug="identity-store-off", title="No identity store", is_denial=True
):
    """What the caller asks for needs an identity store, and none is set."""


class MeetingOffError(
    Problem, status=403, slug="meeting-off", title="No meeting is set up", is_denial=True
):
    """No meeting is set up."""


class NotAllowedError(Problem, status=403, slug="not-allowed", title="Not allowed", is_denial=True):
    """The caller asks for more than it may have."""


class IdentityNotFoundError(
    Problem, status=404, slug="identity-not-found", title="Identity not found"
):
    """The ACS resource has no such identity: it was deleted, or belongs to another resource."""


class InvitationNotFoundError(
    Problem, status=404, slug="invitation-not-found", title="Invitation not found"
):
    """There is no invitation with this id, or it ended long ago."""

    def __init__(self) -> None:
        super().__init__("There is no invitation with this id.")


class PersonNotFoundError(Problem, status=404, slug="person-not-found", title="Person not found"):
    """No identity is known of this person, or no person of this identity."""


class NotBannedError(Problem, status=404, slug="not-banned", title="Not banned"):
    """There is no ban, or it is over."""


class BannedError(Problem, status=409, slug="banned", title="Banned", is_denial=True):
    """The person or identity that the token is for is banned."""


class TooManyRequestsError(
    Problem, status=429, slug="too-many-requests", title="Too many requests", is_denial=True
):
    """The caller is over a rate limit."""


class InternalError(Problem, status=500, slug="internal-error", title="Internal error"):
    """A bug of this service."""


class AcsResponseError(
    Problem, status=502, slug="acs-response", title="Unusable response from ACS"
):
    """ACS's response makes no sense, or refuses a valid request."""


class BusyError(Problem, status=503, slug="busy", title="Busy"):
    """No slot for a request to ACS came free in time, or too many requests are waiting already."""


class MisconfiguredError(Problem, status=503, slug="misconfigured", title="Service misconfigured"):
    """A setting is missing or wrong. The log names it.

    The caller is told which one it is only on a developer's machine, where
    `acs_tokens.web.triggers` puts the text for the log into the detail.

    Args:
        setting: Its name.
        message: What is wrong with it and what to do, to be read after the name. Never its value.
    """

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(
            "A setting of this service is missing or wrong. The log says which one and what to do.",
            log=f"{setting} {message}",
        )


class NotReadyError(Problem, status=503, slug="not-ready", title="Not ready"):
    """Something that this service depends on does not work."""


class AcsAuthError(
    Problem, status=503, slug="acs-auth", title="ACS refuses this service's credentials"
):
    """ACS refuses this service's own credentials; not the caller's fault, hence no 401."""


class AcsThrottledError(Problem, status=503, slug="acs-throttled", title="ACS throttles"):
    """The ACS resource is over its quota."""


class AcsUnavailableError(Problem, status=503, slug="acs-unavailable", title="ACS is unavailable"):
    """ACS cannot be reached, or reports a failure of its own."""


class EntraUnavailableError(
    Problem, status=503, slug="entra-unavailable", title="Entra is unavailable"
):
    """Entra cannot be reached, or does not serve this service."""


class ProviderUnavailableError(
    Problem,
    status=503,
    slug="provider-unavailable",
    title="The sign-in provider is unavailable",
):
    """The keys of an OpenID Connect provider cannot be fetched."""


class IdentityStoreUnavailableError(
    Problem,
    status=503,
    slug="identity-store-unavailable",
    title="The identity store is unavailable",
):
    """The identity store cannot be reached, or refuses this service."""


class MeetingUnavailableError(
    Problem, status=503, slug="meeting-unavailable", title="The meeting is unavailable"
):
    """Microsoft Graph cannot be reached, or does not make a meeting."""


class DeadlineExceededError(
    Problem, status=504, slug="deadline-exceeded", title="Deadline exceeded"
):
    """The request took longer than it may."""
