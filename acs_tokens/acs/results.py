"""What ACS returns with a success, read from the body of its response.

The fields are named as in the SDK's own models, because the SDK's client reads them. Nothing is
validated here: the models of our responses do that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from azure.core.pipeline import PipelineResponse
from azure.core.rest import HttpRequest
from pydantic_core import from_json

from acs_tokens.acs.responses import AcsResponse

JSON = "application/json"


@dataclass
class IssuedToken:
    """An access token; its expiry is in ISO 8601."""

    token: Any
    expires_on: Any

    @classmethod
    def of(cls, fields: Any) -> Self:
        """Read one from JSON."""
        return cls(fields["token"], fields["expiresOn"])


@dataclass
class CreatedIdentity:
    """An identity."""

    id: Any


@dataclass
class CreateResult:
    """An identity, and its first token if one was requested."""

    identity: CreatedIdentity
    access_token: IssuedToken | None

    @classmethod
    def of(cls, fields: Any) -> Self:
        """Read one from JSON."""
        token = fields.get("accessToken")
        identity = CreatedIdentity(fields["identity"]["id"])
        return cls(identity, IssuedToken.of(token) if token else None)


Result = TypeVar("Result")


class ResultReader(Generic[Result]):
    """A response hook for one request of the SDK's client: its keyword argument ``cls``.

    Args:
        read: Makes the result of the JSON in the body.

    Attributes:
        result: What was read; the SDK's method may return less.
    """

    def __init__(self, read: Callable[[Any], Result]) -> None:
        self._read = read
        self.result: Result

    def __call__(
        self, response: PipelineResponse[HttpRequest, AcsResponse], _result: None, _headers: object
    ) -> Result:
        """Read a response.

        Raises:
            AttributeError, LookupError, TypeError, ValueError: It is not JSON, or lacks a field.
        """
        received = response.http_response
        if (received.content_type or "").partition(";")[0].strip().lower() != JSON:
            raise ValueError("a success that is not JSON")
        self.result = self._read(from_json(received.content))
        return self.result
