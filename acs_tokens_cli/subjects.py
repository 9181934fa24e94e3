"""Whom a command is about: an identity, or a person who signs in with Entra."""

import re

from acs_tokens.models.values import ACS_USER_ID
from acs_tokens.oidc.person import EntraUser, as_person
from acs_tokens_cli.failures import CommandError, ExitCode

USER_ID_FORM = "8:acs:<guid>_<guid>"
PERSON_FORM = "<tenant id>:<object id>"

Subject = str | EntraUser
"""A user id, or a user of Entra."""


def read_user_id(text: str) -> str:
    """Return a user id as it is.

    Raises:
        CommandError: It does not have the form of one.
    """
    if not re.fullmatch(ACS_USER_ID, text):
        raise CommandError(
            f"The user id must be one as ACS gives it: {USER_ID_FORM}.", ExitCode.USAGE
        )
    return text


def read_person(text: str) -> EntraUser:
    """Read ``<tenant id>:<object id>``, two GUIDs.

    Raises:
        CommandError: It is something else, also a user of another provider than Entra.
    """
    person = as_person(text.lower())
    if not isinstance(person, EntraUser):
        raise CommandError(
            f"A user of Entra is written {PERSON_FORM}, two GUIDs. Where a user id may be given as"
            f" well, it is {USER_ID_FORM}.",
            ExitCode.USAGE,
        )
    return person


def read_subject(text: str) -> Subject:
    """Read a user id, which begins with ``8:``, or a person.

    Raises:
        CommandError: It is neither.
    """
    return read_user_id(text) if text.startswith("8:") else read_person(text)


def route_of(subject: Subject) -> str:
    """Return the path of a subject in the API, without the API's prefix."""
    if isinstance(subject, str):
        return f"users/{subject}"
    return f"people/{subject.tenant_id}/{subject.object_id}"
