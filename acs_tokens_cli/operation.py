"""An operation of the service: how this process runs it, and how the HTTP API is asked for it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from acs_tokens_cli.parts import Parts

GUEST_HANDLE = "X-Guest-Handle"


@dataclass(frozen=True)
class Operation:
    """An operation of the API (docs/api.md).

    Attributes:
        method: The HTTP method.
        route: The path below the API's prefix, perhaps with a query.
        run: Runs the operation in this process.
        body: The body of the request; None if there is none.
        headers: Headers of the request that are no secrets.
        guest_handle: The guest handle to send; None for none.
    """

    method: str
    route: str
    run: Callable[["Parts"], Awaitable[BaseModel | None]]
    body: BaseModel | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    guest_handle: str | None = field(default=None, repr=False)

    def json_body(self) -> dict[str, object] | None:
        """Return the body with the fields that were named; the service has defaults for others."""
        if self.body is None:
            return None
        return self.body.model_dump(mode="json", by_alias=True, exclude_unset=True)

    def all_headers(self) -> dict[str, str]:
        """Return the headers of the request, the guest handle among them."""
        handle = {GUEST_HANDLE: self.guest_handle} if self.guest_handle else {}
        return {**self.headers, **handle}
