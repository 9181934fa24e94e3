"""What ACS returns with a success, read from the body of its response."""

from typing import Generic, TypeVar

from azure.core.pipeline import PipelineResponse
from azure.core.rest import HttpRequest
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from acs_tokens.acs.responses import AcsResponse

JSON = "application/json"


class _Read(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, defer_build=True, hide_input_in_errors=True, strict=True
    )


class CreatedIdentity(_Read):
    """An identity; the SDK's client reads its id from here."""

    id: str


class IssuedToken(_Read):
    """An access token; the SDK's client reads both fields from here."""

    token: str
    expires_on: str


class CreateResult(_Read):
    """The result of a create."""

    identity: CreatedIdentity
    access_token: IssuedToken | None = None


Result = TypeVar("Result", bound=_Read)


class ResultReader(Generic[Result]):
    """A response hook for one request of the SDK's client: its keyword argument ``cls``.

    Args:
        model: What the response holds. Fields that it does not name are ignored.

    Attributes:
        result: What the response held; the SDK's method may return less.
    """

    def __init__(self, model: type[Result]) -> None:
        self._model = model
        self.result: Result

    def __call__(
        self, response: PipelineResponse[HttpRequest, AcsResponse], _result: None, _headers: object
    ) -> Result:
        """Read a response.

        Raises:
            ValueError: It is not JSON, or not what the model says.
        """
        received = response.http_response
        if (received.content_type or "").partition(";")[0].strip().lower() != JSON:
            raise ValueError("a success that is not JSON")
        self.result = self._model.model_validate_json(received.content)
        return self.result
