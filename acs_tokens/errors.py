"""What can go wrong: a class is a problem type, an instance is one occurrence.

Problem
├── InvalidRequestError            400 invalid-request
│   ├── InvalidUserIdError         400 invalid-user-id
│   ├── BodyTooLargeError          413 body-too-large
│   └── UnsupportedMediaTypeError  415 unsupported-media-type
├── InvalidTeamsTokenError         400 invalid-teams-token
├── TeamsTokenMismatchError        400 teams-token-mismatch
├── TeamsTokenExpiringError        400 teams-token-expiring
├── UnauthorizedError              401 unauthorized
├── InteractionRequiredError       401 interaction-required
├── SignInOffError                 403 sign-in-off
├── NotAllowedError                403 not-allowed
├── GuestsOffError                 403 guests-off
├── IdentityNotFoundError          404 identity-not-found
├── TooManyRequestsError           429 too-many-requests
├── InternalError                  500 internal-error
├── AcsResponseError                 502 acs-answer
├── BusyError                      503 busy
├── MisconfiguredError             503 misconfigured
├── NotReadyError                  503 not-ready
├── AcsAuthError                   503 acs-auth
├── AcsThrottledError              503 acs-throttled
├── AcsUnavailableError            503 acs-unavailable
├── EntraUnavailableError          503 entra-unavailable
├── IdentityStoreUnavailableError        503 storage-unavailable
└── DeadlineExceededError          504 deadline-exceeded
"""

from enum import Enum
from http import HTTPStatus
from typing import ClassVar

THROTTLED_SECONDS = 5
README = "https://github.com/acs-tokens/acs-tokens/blob/main/README.md"


class Again(Enum):
    """Whether a call to ACS that failed may be made again at once."""

    NEVER = "it would fail again"
    IF_IDEMPOTENT = "it may have been carried out"
    UNPROCESSED = "it was provably not carried out"


class Problem(Exception):  # noqa: N818 the word of RFC 9457
    """A failure with a documented problem type (RFC 9457).

    Args:
        detail: What is wrong and the cure, for the caller. Nothing that was sent, nothing secret.
        log: What the operator should know, for the log. Nothing secret and no user id either.
        retry_after: Seconds after which the same request may succeed.
        again: Whether this service may try again by itself.

    Attributes:
        wait: The seconds before that which ACS asked for, if it did.
        denies: Whether it keeps a caller from what it has no right to, and not from anything else.
        headers: What the answer's headers must say besides.
        members: What the answer's body must say besides.
    """

    status: ClassVar[HTTPStatus]
    slug: ClassVar[str]
    title: ClassVar[str]
    denies: ClassVar[bool] = False

    def __init__(
        self,
        detail: str | None = None,
        *,
        log: str | None = None,
        retry_after: int | None = None,
        again: Again = Again.NEVER,
    ) -> None:
        super().__init__(log or detail or self.title)
        self.detail = detail
        self.retry_after = self.wait = retry_after
        self.again = again
        self.headers: dict[str, str] = {}
        self.members: dict[str, object] = {}

    @property
    def type(self) -> str:
        """The URI of the problem type: the error's paragraph in the README."""
        return f"{README}#{self.slug}"


class InvalidRequestError(Problem):
    """The body or the query is not what the route takes."""

    status = HTTPStatus.BAD_REQUEST
    slug = "invalid-request"
    title = "Invalid request"


class InvalidUserIdError(InvalidRequestError):
    """The user id in the path does not have the form of an ACS id."""

    slug = "invalid-user-id"
    title = "Invalid user id"


class BodyTooLargeError(InvalidRequestError):
    """The body is larger than any valid one."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    slug = "body-too-large"
    title = "Body too large"


class UnsupportedMediaTypeError(InvalidRequestError):
    """The body is not declared as JSON."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    slug = "unsupported-media-type"
    title = "Unsupported media type"


class InvalidTeamsTokenError(Problem):
    """ACS does not accept the Teams user's Entra token: garbage, expired or not for ACS."""

    status = HTTPStatus.BAD_REQUEST
    slug = "invalid-teams-token"
    title = "Invalid Teams token"
    denies = True


class TeamsTokenMismatchError(Problem):
    """The Entra token is genuine, but for another application or user than the body says."""

    status = HTTPStatus.BAD_REQUEST
    slug = "teams-token-mismatch"
    title = "Teams token mismatch"
    denies = True


class TeamsTokenExpiringError(Problem):
    """The Teams token that the page brought ends too soon to be of use."""

    status = HTTPStatus.BAD_REQUEST
    slug = "teams-token-expiring"
    title = "Teams token ends soon"


class UnauthorizedError(Problem):
    """The proof of who the caller is, is missing or wrong; the caller is not told which."""

    status = HTTPStatus.UNAUTHORIZED
    slug = "unauthorized"
    title = "Unauthorized"
    denies = True

    def __init__(self, *, log: str) -> None:
        super().__init__(log=log)
        self.headers["WWW-Authenticate"] = "Bearer"


class InteractionRequiredError(Problem):
    """Entra wants the user to do something before this service may act for it.

    Args:
        claims: Entra's challenge, which the page passes on when it signs the user in.
    """

    status = HTTPStatus.UNAUTHORIZED
    slug = "interaction-required"
    title = "Interaction required"
    denies = True

    def __init__(self, claims: str | None) -> None:
        super().__init__("Entra asks the user to sign in again. Pass claims on to the sign-in.")
        self.members |= {"claims": claims} if claims else {}


class GuestsOffError(Problem):
    """The guest routes are switched off."""

    status = HTTPStatus.FORBIDDEN
    slug = "guests-off"
    title = "Guests are switched off"
    denies = True


class SignInOffError(Problem):
    """The routes for signed-in users are not set up."""

    status = HTTPStatus.FORBIDDEN
    slug = "sign-in-off"
    title = "Sign-in is not set up"
    denies = True


class NotAllowedError(Problem):
    """The caller is known, and asks for more than it may have."""

    status = HTTPStatus.FORBIDDEN
    slug = "not-allowed"
    title = "Not allowed"
    denies = True


class IdentityNotFoundError(Problem):
    """The ACS resource has no such identity: deleted, or never its own.

    Attributes:
        in_doubt: Whether an attempt of this very call may have deleted it.
    """

    status = HTTPStatus.NOT_FOUND
    slug = "identity-not-found"
    title = "Identity not found"
    in_doubt = False


class TooManyRequestsError(Problem):
    """The caller asks too often."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    slug = "too-many-requests"
    title = "Too many requests"
    denies = True


class InternalError(Problem):
    """A bug of this service."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    slug = "internal-error"
    title = "Internal error"


class AcsResponseError(Problem):
    """ACS answered something that makes no sense, or refused a valid request."""

    status = HTTPStatus.BAD_GATEWAY
    slug = "acs-answer"
    title = "Unusable answer from ACS"


class BusyError(Problem):
    """This process has as many calls to ACS under way as it may."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    slug = "busy"
    title = "Busy"


class MisconfiguredError(Problem):
    """A setting is missing or wrong. The log names it; the caller is not told which."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    slug = "misconfigured"
    title = "Service misconfigured"

    def __init__(self, setting: str, cure: str) -> None:
        super().__init__(
            "A setting of this service is missing or wrong. Its log says which, and the cure.",
            log=f"{setting} {cure}",
        )


class NotReadyError(Problem):
    """Something that this service depends on is not as it should be."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    slug = "not-ready"
    title = "Not ready"


class AcsAuthError(Problem):
    """ACS refuses this service's own credentials; not the caller's fault, hence no 401.

    Args:
        key_refused: Whether another access key may be accepted.
    """

    status = HTTPStatus.SERVICE_UNAVAILABLE
    slug = "acs-auth"
    title = "ACS refuses this service's credentials"

    def __init__(self, *, log: str, key_refused: bool = False) -> None:
        super().__init__(log=log)
        self.key_refused = key_refused


class AcsThrottledError(Problem):
    """The ACS resource is over its quota."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    slug = "acs-throttled"
    title = "ACS throttles"

    def __init__(self, *, retry_after: int | None = None, again: Again = Again.UNPROCESSED) -> None:
        super().__init__(retry_after=retry_after, again=again)
        # Told to our caller even if ACS says nothing; its quotas are counted over 30 s.
        self.retry_after = retry_after or THROTTLED_SECONDS


class AcsUnavailableError(Problem):
    """ACS cannot be reached, or answers a fault of its own."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    slug = "acs-unavailable"
    title = "ACS is unavailable"


class EntraUnavailableError(Problem):
    """Entra cannot be reached, or does not serve this service."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    slug = "entra-unavailable"
    title = "Entra is unavailable"


class IdentityStoreUnavailableError(Problem):
    """The identity map cannot be reached, or does not do its part."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    slug = "storage-unavailable"
    title = "Identity map is unavailable"


class DeadlineExceededError(Problem):
    """The answer took longer than a request may."""

    status = HTTPStatus.GATEWAY_TIMEOUT
    slug = "deadline-exceeded"
    title = "Deadline exceeded"
