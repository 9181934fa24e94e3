"""What the commands for identities and tokens do."""

from typing import TYPE_CHECKING

from pydantic import BaseModel

from acs_tokens.models.requests import TeamsTokenRequest, TokenRequest
from acs_tokens_cli.operation import Operation
from acs_tokens_cli.subjects import read_person, read_subject, read_user_id, route_of

if TYPE_CHECKING:
    from acs_tokens_cli.parts import Parts


def create_user() -> Operation:
    """Create an identity."""
    return Operation("POST", "users", lambda parts: parts.service.create_user())


def delete_user(user_id: str) -> Operation:
    """Delete an identity."""
    route = route_of(read_user_id(user_id))
    return Operation("DELETE", route, lambda parts: parts.service.delete_user(user_id))


def find_user(person: str) -> Operation:
    """Find the identity of a person."""
    found = read_person(person)
    return Operation("GET", route_of(found), lambda parts: parts.people().identity_of(found))


def find_person(user_id: str) -> Operation:
    """Find the person who has an identity."""
    route = f"{route_of(read_user_id(user_id))}/person"
    return Operation("GET", route, lambda parts: parts.people().person_of(user_id))


def issue_token(user_id: str | None, body: TokenRequest) -> Operation:
    """Issue an access token, for a new identity if none is named."""
    if user_id is None:
        return Operation(
            "POST",
            "users/token",
            lambda parts: parts.service.create_user_and_token(body.scopes, body.lifetime),
            body,
        )
    return _token(user_id, "token", body)


def refresh_token(user_id: str, body: TokenRequest) -> Operation:
    """Issue the next access token of an identity."""
    return _token(user_id, "token/refresh", body)


def revoke_tokens(subject: str) -> Operation:
    """Revoke all access tokens of an identity, or of a person's."""
    found = read_subject(subject)

    async def revoke(parts: "Parts") -> None:
        if isinstance(found, str):
            await parts.service.revoke_tokens(found)
        else:
            await parts.people().revoke_tokens(found)

    return Operation("POST", f"{route_of(found)}/revoke", revoke)


def exchange_teams_token(body: TeamsTokenRequest) -> Operation:
    """Exchange a Teams user's Entra token."""

    async def exchange(parts: "Parts") -> BaseModel:
        from acs_tokens.access.backends import exchange_teams_token

        return await exchange_teams_token(parts.service, parts.bans, body)

    return Operation("POST", "teams/token", exchange, body)


def _token(user_id: str, end: str, body: TokenRequest) -> Operation:
    async def issue(parts: "Parts") -> BaseModel:
        from acs_tokens.access.backends import issue_token

        return await issue_token(parts.service, parts.bans, user_id, body)

    return Operation("POST", f"{route_of(read_user_id(user_id))}/{end}", issue, body)
