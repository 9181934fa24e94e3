"""Every fault between the app and ACS, and what the app responds."""

from functools import partial
from typing import Any

from tests.faults.actions import (
    Action,
    close_without_response,
    cut_body_short,
    cut_head_short,
    hang_up,
    hang_up_in_handshake,
    leave_out_the_request_id,
    lose_response,
    never_greet,
    never_respond,
    response_with_header,
    response_with_status,
    send_byte_by_byte,
    skewed_date,
    speak_plain_http,
    success_with_body,
    two_megabytes,
    two_megabytes_in_chunks,
)
from tests.faults.fault import Fault, Stage

UNAVAILABLE = frozenset({"acs-unavailable"})
LATE = frozenset({"deadline-exceeded"})
NO_SENSE = frozenset({"acs-response"})
REFUSED = frozenset({"acs-auth"})
THROTTLED = frozenset({"acs-throttled"})

_broken = partial(Fault, retriable=True, problems=UNAVAILABLE)


def _at_request(name: str, action: Action, problems: frozenset[str], **more: Any) -> Fault:
    return Fault(name, Stage.REQUEST_READ, action, problems=problems, **more)


def _retry_after(value: str, *, fits: bool, sane: bool) -> list[Fault]:
    """Faults of 429 and 503 with a ``Retry-After``.

    Args:
        value: The header's value.
        fits: The app may wait for so long and try again: the deadline is later.
        sane: The value is a number of seconds, which the app obeys.
    """
    return [
        _at_request(f"429, Retry-After: {value}", response_with_status(429, carried_out=False, Retry_After=value), THROTTLED, unprocessed=fits, retriable=fits, retry_after=True),
        _at_request(f"503, Retry-After: {value}", response_with_status(503, Retry_After=value), UNAVAILABLE, retriable=fits, retry_after=sane),
    ]  # fmt: skip


def _bad_certificate(name: str) -> Fault:
    return Fault(
        f"certificate {name}", Stage.CONNECTED, None, name, unprocessed=True, retriable=True, problems=UNAVAILABLE
    )  # fmt: skip


# The port is closed for as long as the fault lasts: nobody counts the attempts to connect.
NOBODY_LISTENS = _broken("refused", Stage.NOT_LISTENING, None, unprocessed=True)


def faults(elsewhere: str) -> list[Fault]:
    """Every fault.

    Args:
        elsewhere: Where redirects lead: the URL of a server that must get no request.
    """
    return [
        NOBODY_LISTENS,
        Fault("TLS hangs", Stage.CONNECTED, never_greet, unprocessed=True, retriable=True, problems=UNAVAILABLE | LATE),
        _broken("reset in the handshake", Stage.CONNECTED, hang_up_in_handshake, unprocessed=True),
        _broken("no TLS", Stage.CONNECTED, speak_plain_http, unprocessed=True),
        _bad_certificate("of another authority"),
        _bad_certificate("for another name"),
        _bad_certificate("expired"),
        _broken("reset after the handshake", Stage.TLS_READY, hang_up),
        _broken("reset after the request", Stage.REQUEST_READ, lose_response),
        _broken("closed after the request", Stage.REQUEST_READ, close_without_response),
        _broken("kept connection breaks", Stage.REQUEST_READ, lose_response, reused_only=True),
        _at_request("silence", never_respond, LATE, retriable=True),
        _at_request("a byte at a time", send_byte_by_byte, LATE, retriable=True),
        _broken("head cut short", Stage.REQUEST_READ, cut_head_short),
        _broken("body cut short", Stage.REQUEST_READ, cut_body_short, body_only=True),
        _at_request("broken JSON", success_with_body(b'{"identity": {"id":'), NO_SENSE),
        _at_request("{}", success_with_body(b"{}"), NO_SENSE),
        _at_request("null", success_with_body(b"null"), NO_SENSE),
        _at_request("HTML", success_with_body(b"<html>so</html>", b"text/html"), NO_SENSE),
        _at_request("2 MB declared", two_megabytes, NO_SENSE),
        _at_request("2 MB in chunks", two_megabytes_in_chunks, NO_SENSE),
        *(_at_request(f"{status} elsewhere", response_with_status(status, Location=elsewhere), NO_SENSE) for status in (301, 302, 303, 307, 308)),
        _at_request("401", response_with_status(401, "Denied"), REFUSED),
        _at_request("401 and another Date", response_with_status(401, "Denied", Date=skewed_date().decode()), REFUSED),
        _at_request("403", response_with_status(403, "Denied"), REFUSED),
        _at_request("409", response_with_status(409), NO_SENSE),
        *(_broken(str(status), Stage.REQUEST_READ, response_with_status(status)) for status in (408, 500, 502, 503, 504)),
        _at_request("429", response_with_status(429, carried_out=False), THROTTLED, unprocessed=True, retriable=True, retry_after=True),
        *_retry_after("1", fits=True, sane=True),
        *_retry_after("86400", fits=False, sane=True),
        *(fault for value in ("-1", "inf", "nan", "soon", "1e1", "Wed, 21 Oct 2015 07:28:00 GMT") for fault in _retry_after(value, fits=True, sane=False)),
        Fault("another Date", Stage.REQUEST_READ, response_with_header(b"Date", skewed_date)),
        _at_request("another content type", response_with_header(b"Content-Type", lambda: b"text/html"), NO_SENSE, body_only=True),
        Fault("success without a request id", Stage.REQUEST_READ, leave_out_the_request_id),
        _at_request("401 without a request id", response_with_status(401, "Denied", with_request_id=False), REFUSED),
        _at_request("404 without a request id", response_with_status(404, "IdentityNotFound", with_request_id=False), NO_SENSE),
        _at_request("429 without a request id", response_with_status(429, with_request_id=False), THROTTLED, retriable=True, retry_after=True),
        _at_request("503 without a request id", response_with_status(503, with_request_id=False, Retry_After="1"), UNAVAILABLE, retriable=True, retry_after=True),
        _at_request("response to another request", response_with_header(b"x-ms-client-request-id", lambda: b"another"), NO_SENSE),
    ]  # fmt: skip
