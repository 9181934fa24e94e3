"""What errors may say: a message that stands in the source as it is echoes nothing."""

import ast
import re
from pathlib import Path
from types import ModuleType

from acs_tokens.access import guest_handles, statements
from acs_tokens.entra import access_tokens, easyauth
from acs_tokens.oidc import bearer_token
from acs_tokens.problems import InvalidRequestError, InvalidUserIdError, UnauthorizedError
from acs_tokens.settings import acs, environ
from acs_tokens.web import bodies, requests

SETTINGS = {
    *acs.CONNECTION_STRING,
    *acs.ENDPOINT,
    *acs.ACCESS_KEY,
    *acs.SECOND_KEY,
}
FAULTS = re.compile(
    r"(?:(?:scopes(?:\.\d+)?|expiresInMinutes|token|clientId|userObjectId): (?:Field required"
    r"|Does not have the required form"
    r"|Input should be (?:a valid (?:list|integer|string)|'chat', [a-z., ']+ or 'voip\.join')"
    r"|Input should be (?:greater|less) than or equal to (?:60|1440)"
    r"|Input should be a valid string, unable to parse raw data as a unicode string"
    r"|List should have at (?:least 1 item|most 5 items) after validation, not \d+)\. ?"
    r"|The body has an unknown field\. It takes [A-Za-z, ]+\. ?)+"
)


def _texts(*modules: ModuleType) -> frozenset[str]:
    trees = (ast.parse(Path(str(module.__file__)).read_text()) for module in modules)
    constants = (
        node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)
    )
    return frozenset(node.value for node in constants if isinstance(node.value, str))


INSTRUCTIONS = {
    *_texts(acs, environ),
    "has no valid access key: base64 of at least 32 bytes. Copy it from the page 'Keys'.",
}
REFUSALS = _texts(access_tokens, bearer_token, easyauth, guest_handles, statements)
COMPLAINTS = {*_texts(bodies, requests), "The body may have 8192 bytes at most."}


def check_misconfigured(message: str) -> None:
    """It names a setting, and says what stands in the source."""
    name, _, text = message.removesuffix(f" {environ.DEVELOPMENT_ONLY}").partition(" ")
    other = re.fullmatch(r"and (\w+) are both set\. Remove one of them\.", text)
    assert name in SETTINGS
    assert text in INSTRUCTIONS or (other and other[1] in SETTINGS)


def check_complaint(error: InvalidRequestError) -> None:
    """It is a 4xx whose detail names fields of ours only."""
    detail = error.detail or ""
    assert 400 <= error.status < 500
    assert str(error) == detail
    assert detail in COMPLAINTS or FAULTS.fullmatch(detail)


def check_refusal_of_id(error: InvalidUserIdError) -> None:
    """It says the same of every id."""
    assert error.detail == "The path must hold a user id as ACS gives it: 8:acs:<guid>_<guid>."


def check_refusal(error: UnauthorizedError) -> None:
    """The caller is told nothing, the log what stands in the source, or the kind of error."""
    text = str(error).removeprefix("Guest handle: ")
    kind = re.fullmatch(r"((Bearer|App Service header): )?[A-Za-z]+\.", text)
    assert error.detail is None
    assert text in REFUSALS or kind
