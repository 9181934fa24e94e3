"""The error responses of ACS. Those marked *chosen* have no recorded response of the service."""

from dataclasses import dataclass


@dataclass
class AcsError(Exception):
    """An error response: ``{"error": {"code", "message", "target"?}}``.

    Attributes:
        target: The field that the error is about, if there is one.
        lists_versions: Whether the response has the header ``api-supported-versions``. ACS leaves
            it out if the request did not reach the operation.
    """

    status: int
    code: str
    message: str
    target: str | None = None
    lists_versions: bool = True

    def body(self) -> dict[str, object]:
        """Return the body of the response."""
        error = {"code": self.code, "message": self.message}
        return {"error": error | ({"target": self.target} if self.target else {})}


def denied(message: str = "Denied by the resource provider.") -> AcsError:
    """The request has no valid credential for the resource."""
    return AcsError(401, "Denied", message, lists_versions=False)


def required(field: str) -> AcsError:
    """A field of the body is missing, null or of the wrong type (wrong type: chosen)."""
    return AcsError(
        400,
        "ValidationError",
        f"{field}: The {field} field is required.",
        field,
        lists_versions=False,
    )


def invalid(message: str, target: str) -> AcsError:
    """A field of the body has a value that ACS does not accept."""
    return AcsError(400, "ValidationError", message, target)


def not_json() -> AcsError:
    """The body is not a JSON object (chosen)."""
    return AcsError(
        400, "ValidationError", "The request body is not valid JSON.", lists_versions=False
    )


def invalid_user_token() -> AcsError:
    """The Entra token of a user is malformed, has expired, or is not for ACS."""
    return AcsError(
        401, "InvalidAccessToken", "Provided access token is not valid.", lists_versions=False
    )


def not_owned() -> AcsError:
    """The id does not belong to this resource."""
    return AcsError(401, "IdentityNotOwned", "Provided identity doesn't belong to the resource.")


def not_found() -> AcsError:
    """The identity was deleted or never created (status and code chosen)."""
    return AcsError(404, "IdentityNotFound", "Provided identity doesn't exist.")


def no_assignment() -> AcsError:
    """There is no assignment for this object id (chosen)."""
    return AcsError(404, "AssignmentNotFound", "Provided assignment doesn't exist.")


def no_access() -> AcsError:
    """No assignment gives this user access to the resource (chosen)."""
    return AcsError(403, "Forbidden", "Provided user has no access to the resource.")


def unspecified_version() -> AcsError:
    """``api-version`` is missing (chosen: the default of ASP.NET API Versioning)."""
    message = "An API version is required, but was not specified."
    return AcsError(400, "ApiVersionUnspecified", message, lists_versions=False)


def unsupported_version(uri: str, version: str) -> AcsError:
    """The operation does not exist in this ``api-version`` (status and code chosen)."""
    return AcsError(
        400,
        "UnsupportedApiVersion",
        f"The HTTP resource that matches the request URI '{uri}' does not support"
        f" the API version '{version}'.",
    )
