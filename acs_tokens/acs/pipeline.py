"""What every request to ACS carries, and what is remembered of it."""

from http import HTTPStatus

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy, ContentDecodePolicy
from azure.core.rest import HttpRequest
from pydantic_core import from_json

from acs_tokens.acs.access_keys import AccessKeys
from acs_tokens.acs.transport import AcsResponse
from acs_tokens.context import current_request

REQUEST_ID = "x-ms-client-request-id"  # ACS echoes it
JSON = "application/json"


class RequestPolicy(AsyncHTTPPolicy[HttpRequest, AcsResponse]):
    """Counts what is really sent, gives ACS the id that our caller knows the request by, and signs.

    Args:
        keys: What to sign with; None where somebody else adds the proof.

    Attributes:
        date: The ``Date`` header of the last answer.
    """

    def __init__(self, keys: AccessKeys | None) -> None:
        self._keys = keys
        self.date: str | None = None

    async def send(
        self, request: PipelineRequest[HttpRequest]
    ) -> PipelineResponse[HttpRequest, AcsResponse]:
        """Send a request.

        Raises:
            ValueError: The answer is to another request, or a success to nobody knows which, or
                that is no JSON.
        """
        invocation, sent = current_request.get(), request.http_request
        invocation.upstream_attempts += 1
        sent.headers[REQUEST_ID] = invocation.id
        sent.headers["x-ms-return-client-request-id"] = "true"
        sent.headers.update(invocation.trace_headers)
        if self._keys:
            content = sent.content or b""
            body = content.encode() if isinstance(content, str) else content
            sent.headers.update(self._keys.sign(sent.method, sent.url, body))
        response = await self.next.send(request)
        answer = response.http_response
        self.date, echoed = answer.headers.get("Date"), answer.headers.getall(REQUEST_ID, [])
        # ACS names the request in every answer. One that comes unasked on a kept connection would
        # otherwise be somebody else's identity, or the end of a call that has not begun.
        success = answer.status_code < HTTPStatus.BAD_REQUEST
        if echoed != [invocation.id] and (any(echoed) or success):
            raise ValueError("an answer that is not to this request")
        if answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
            # What azure.core's policy does for all services, less the guesses.
            response.context[ContentDecodePolicy.CONTEXT_NAME] = _decoded(answer)
        return response


def _decoded(answer: AcsResponse) -> object:
    if not answer.content:
        return None
    if answer.headers.get("Content-Type", "").partition(";")[0].strip().lower() != JSON:
        raise ValueError("an answer that is not JSON")
    return from_json(answer.content)
