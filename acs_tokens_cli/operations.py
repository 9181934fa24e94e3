"""What the commands do: as an operation of the service, and as a request to its HTTP API."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel

from acs_tokens.models.requests import TeamsTokenRequest, TokenRequest
from acs_tokens.models.values import ACS_USER_ID
from acs_tokens_cli.failures import CommandError, ExitCode

if TYPE_CHECKING:
    from acs_tokens.acs.service import TokenService


@dataclass(frozen=True)
class Operation:
    """An operation of the users family (docs/api.md).

    Attributes:
        method: The HTTP method.
        route: The path below the API's prefix.
        run: Runs the operation in this process.
        body: The body of the request; None if there is none.
    """

    method: str
    route: str
    run: Callable[["TokenService"], Awaitable[BaseModel | None]]
    body: BaseModel | None = None

    def json_body(self) -> dict[str, object] | None:
        """Return the body with the fields that were named; the service has defaults for others."""
        if self.body is None:
            return None
        return self.body.model_dump(mode="json", by_alias=True, exclude_unset=True)


def create_user() -> Operation:
    """Create an identity."""
    return Operation("POST", "users", lambda service: service.create_user())


def delete_user(user_id: str) -> Operation:
    """Delete an identity."""
    return Operation("DELETE", _route(user_id, ""), lambda service: service.delete_user(user_id))


def issue_token(user_id: str | None, body: TokenRequest) -> Operation:
    """Issue an access token, for a new identity if none is named."""
    if user_id is None:
        return Operation(
            "POST",
            "users/token",
            lambda service: service.create_user_and_token(body.scopes, body.lifetime),
            body,
        )
    return _token(user_id, "/token", body)


def refresh_token(user_id: str, body: TokenRequest) -> Operation:
    """Issue the next access token of an identity."""
    return _token(user_id, "/token/refresh", body)


def revoke_tokens(user_id: str) -> Operation:
    """Revoke all access tokens of an identity."""
    return Operation(
        "POST", _route(user_id, "/revoke"), lambda service: service.revoke_tokens(user_id)
    )


def exchange_teams_token(body: TeamsTokenRequest) -> Operation:
    """Exchange a Teams user's Entra token."""

    async def exchange(service: "TokenService") -> BaseModel:
        from acs_tokens.access.backends import exchange_teams_token

        return await exchange_teams_token(service, None, body)  # this process knows of no bans

    return Operation("POST", "teams/token", exchange, body)


def _token(user_id: str, end: str, body: TokenRequest) -> Operation:
    return Operation(
        "POST",
        _route(user_id, end),
        lambda service: service.issue_token(user_id, body.scopes, body.lifetime),
        body,
    )


def _route(user_id: str, end: str) -> str:
    if not re.fullmatch(ACS_USER_ID, user_id):
        raise CommandError(
            "The user id must be one as ACS gives it: 8:acs:<guid>_<guid>.", ExitCode.USAGE
        )
    return f"users/{user_id}{end}"
