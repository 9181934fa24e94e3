"""ACS's error answers. Those marked *chosen* are on no record of the real service."""

from dataclasses import dataclass


@dataclass
class AcsError(Exception):
    """An error answer: ``{"error": {"code", "message", "target"?}}``.

    Attributes:
        versions_told: Whether ``api-supported-versions`` goes with it: ACS leaves it out when
            the request did not reach the operation.
    """

    status: int
    code: str
    message: str
    target: str | None = None
    versions_told: bool = True

    def body(self) -> dict[str, object]:
        error = {"code": self.code, "message": self.message}
        return {"error": error | ({"target": self.target} if self.target else {})}


def denied(message: str = "Denied by the resource provider.") -> AcsError:
    """The caller did not prove that it may use the resource."""
    return AcsError(401, "Denied", message, versions_told=False)


def required(member: str) -> AcsError:
    """A member of the body is missing, null or of the wrong type (the last chosen)."""
    return AcsError(
        400,
        "ValidationError",
        f"{member}: The {member} field is required.",
        member,
        versions_told=False,
    )


def invalid(message: str, target: str) -> AcsError:
    """A member of the body has a value that ACS does not take."""
    return AcsError(400, "ValidationError", message, target)


def not_json() -> AcsError:
    """The body is no JSON object (chosen)."""
    return AcsError(
        400, "ValidationError", "The request body is not valid JSON.", versions_told=False
    )


def invalid_user_token() -> AcsError:
    """The Entra token of a user is garbage, expired, or not meant for ACS."""
    return AcsError(
        401, "InvalidAccessToken", "Provided access token is not valid.", versions_told=False
    )


def not_owned() -> AcsError:
    """The id is not one of this resource's."""
    return AcsError(401, "IdentityNotOwned", "Provided identity doesn't belong to the resource.")


def not_found() -> AcsError:
    """The identity was deleted or never made (status and code chosen)."""
    return AcsError(404, "IdentityNotFound", "Provided identity doesn't exist.")


def no_assignment() -> AcsError:
    """Nothing is assigned to this object id (chosen)."""
    return AcsError(404, "AssignmentNotFound", "Provided assignment doesn't exist.")


def no_access() -> AcsError:
    """No assignment lets this user's token in (chosen)."""
    return AcsError(403, "Forbidden", "Provided user has no access to the resource.")


def unspecified_version() -> AcsError:
    """``api-version`` is missing (chosen: the default of ASP.NET API Versioning)."""
    message = "An API version is required, but was not specified."
    return AcsError(400, "ApiVersionUnspecified", message, versions_told=False)


def unsupported_version(uri: str, version: str) -> AcsError:
    """The operation does not exist in this ``api-version`` (status and code chosen)."""
    return AcsError(
        400,
        "UnsupportedApiVersion",
        f"The HTTP resource that matches the request URI '{uri}' does not support"
        f" the API version '{version}'.",
    )
