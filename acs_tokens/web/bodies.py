"""Request bodies: strict JSON into models. Errors say what to do and repeat nothing sent."""

import json
from typing import NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from acs_tokens.problems import BodyTooLargeError, InvalidRequestError, UnsupportedMediaTypeError

MAX_BODY_BYTES = 8 * 1024  # the host allows 100 MiB; our largest body holds one Entra token
JSON_WHITESPACE = b" \t\n\r"  # RFC 8259; bytes.strip() alone would also remove form feeds

Body = TypeVar("Body", bound=BaseModel)


def parse_body(content: bytes, content_type: str, model: type[Body]) -> Body:
    """Read a body. An empty one counts as an empty object, with or without a content type.

    Args:
        content: The body as received.
        content_type: The ``Content-Type`` header; "" if there is none.
        model: What the route takes.

    Raises:
        BodyTooLargeError: The body is larger than 8 KiB.
        UnsupportedMediaTypeError: It is not declared as ``application/json``.
        InvalidRequestError: It is not a JSON object, or not what the model takes.
    """
    if len(content) > MAX_BODY_BYTES:
        raise BodyTooLargeError(f"The body may have {MAX_BODY_BYTES} bytes at most.")
    is_empty = not content.strip(JSON_WHITESPACE)
    return validate({} if is_empty else _json_object(content, content_type), model)


def validate(fields: dict[str, object], model: type[Body]) -> Body:
    """Check fields against a model.

    Args:
        fields: The fields of a request, by their names in JSON.
        model: What the route takes.

    Raises:
        InvalidRequestError: A field is missing, unknown or wrong. The error names fields of the
            model, never a name or value that was sent.
    """
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        known = [field.alias or name for name, field in model.model_fields.items()]
        faults = {
            _fault(fault["type"], fault["loc"], fault["msg"], known) for fault in error.errors()
        }
        raise InvalidRequestError(" ".join(sorted(faults))) from None


def _json_object(content: bytes, content_type: str) -> dict[str, object]:
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaTypeError("Send the body with 'Content-Type: application/json'.")
    try:
        fields = json.loads(
            content.decode(), object_pairs_hook=_unique, parse_constant=_no_constant
        )
    except (ValueError, RecursionError):
        raise InvalidRequestError("The body is not valid JSON.") from None
    if not isinstance(fields, dict):
        raise InvalidRequestError("The body must be a JSON object.")
    return fields


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise InvalidRequestError("The body names a field twice.")
    return fields


def _no_constant(_: str) -> NoReturn:
    raise InvalidRequestError("NaN and Infinity are not JSON.")


def _fault(kind: str, path: tuple[int | str, ...], message: str, known: list[str]) -> str:
    # pydantic gives no path for a name that is not valid Unicode.
    if kind == "extra_forbidden" or not path:
        allowed = f"It takes {', '.join(known)}." if known else "It takes none."
        return f"The body has an unknown field. {allowed}"
    where = ".".join(str(step) for step in path)
    if kind == "string_pattern_mismatch":
        return f"{where}: Does not have the required form."
    return f"{where}: {message}."
