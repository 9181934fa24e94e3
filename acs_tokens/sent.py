"""What every request to ACS carries, and what is remembered of it."""

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

from acs_tokens.invocation import current_invocation

REQUEST_ID = "x-ms-client-request-id"  # ACS echoes it


class Sent(SansIOHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Counts what is really sent, and gives ACS the id that our caller knows the request by.

    Attributes:
        date: The ``Date`` header of the last answer.
    """

    date: str | None = None

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        invocation = current_invocation.get()
        invocation.upstream_attempts += 1
        request.http_request.headers[REQUEST_ID] = invocation.id
        request.http_request.headers.update(invocation.trace_headers)

    def on_response(
        self,
        request: PipelineRequest[HttpRequest],
        response: PipelineResponse[HttpRequest, AsyncHttpResponse],
    ) -> None:
        headers = response.http_response.headers
        self.date = headers.get("Date")
        echoed = headers.get(REQUEST_ID)
        if echoed not in (None, current_invocation.get().id):
            raise ValueError("the answer to another request")
