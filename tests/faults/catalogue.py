"""What may break between the app and ACS, and what the app makes of it."""

from functools import partial
from typing import Any

from tests.faults.actions import (
    Act,
    answering,
    be_silent,
    changing,
    close,
    cut_body,
    cut_head,
    drip,
    hang_up,
    hang_up_on_hello,
    hold,
    lose,
    name_no_request,
    saying,
    skewed_date,
    speak_no_tls,
    two_megabytes,
    two_megabytes_in_chunks,
)
from tests.faults.fault import Fault, Stage

UNAVAILABLE = frozenset({"acs-unavailable"})
LATE = frozenset({"deadline-exceeded"})
NO_SENSE = frozenset({"acs-response"})
REFUSED = frozenset({"acs-auth"})
THROTTLED = frozenset({"acs-throttled"})

_broken = partial(Fault, passing=True, slugs=UNAVAILABLE)


def _asked(name: str, does: Act, slugs: frozenset[str], **more: Any) -> Fault:
    return Fault(name, Stage.ASKED, does, slugs=slugs, **more)


def _retry_after(value: str, *, fits: bool, sane: bool) -> list[Fault]:
    """429 and 503 with that header: obeyed if it makes sense, and waited for if there is time."""
    return [
        _asked(f"429, Retry-After: {value}", answering(429, done=False, Retry_After=value), THROTTLED, unprocessed=fits, passing=fits, retry_after=True),
        _asked(f"503, Retry-After: {value}", answering(503, done=not sane, Retry_After=value), UNAVAILABLE, unprocessed=fits and sane, passing=fits, retry_after=sane),
    ]  # fmt: skip


def _bad_certificate(name: str) -> Fault:
    return Fault(
        f"certificate {name}", Stage.CONNECTED, None, name, unprocessed=True, passing=True, slugs=UNAVAILABLE
    )  # fmt: skip


# Nobody listens for as long as the fault lasts: that it is over after one time cannot be told.
NOBODY_LISTENS = _broken("refused", Stage.PORT, None, unprocessed=True)


def faults(elsewhere: str) -> list[Fault]:
    """Every fault.

    Args:
        elsewhere: Where redirects lead: a server that must never be asked.
    """
    return [
        NOBODY_LISTENS,
        Fault("TLS hangs", Stage.CONNECTED, hold, unprocessed=True, passing=True, slugs=UNAVAILABLE | LATE),
        _broken("reset in the handshake", Stage.CONNECTED, hang_up_on_hello, unprocessed=True),
        _broken("no TLS", Stage.CONNECTED, speak_no_tls, unprocessed=True),
        _bad_certificate("of another authority"),
        _bad_certificate("for another name"),
        _bad_certificate("expired"),
        _broken("reset after the handshake", Stage.GREETED, hang_up),
        _broken("reset after the request", Stage.ASKED, lose),
        _broken("closed after the request", Stage.ASKED, close),
        _broken("kept connection breaks", Stage.ASKED, lose, reused=True),
        _asked("silence", be_silent, LATE, passing=True),
        _asked("a byte at a time", drip, LATE, passing=True),
        _broken("head cut short", Stage.ASKED, cut_head),
        _broken("body cut short", Stage.ASKED, cut_body, bodies=True),
        _asked("broken JSON", saying(b'{"identity": {"id":'), NO_SENSE),
        _asked("{}", saying(b"{}"), NO_SENSE),
        _asked("null", saying(b"null"), NO_SENSE),
        _asked("HTML", saying(b"<html>so</html>", b"text/html"), NO_SENSE),
        _asked("2 MB declared", two_megabytes, NO_SENSE),
        _asked("2 MB in chunks", two_megabytes_in_chunks, NO_SENSE),
        *(_asked(f"{status} elsewhere", answering(status, Location=elsewhere), NO_SENSE) for status in (301, 302, 303, 307, 308)),
        _asked("401", answering(401, "Denied"), REFUSED),
        _asked("401 and another Date", answering(401, "Denied", Date=skewed_date().decode()), REFUSED),
        _asked("403", answering(403, "Forbidden"), REFUSED),
        _asked("409", answering(409), NO_SENSE),
        *(_broken(str(status), Stage.ASKED, answering(status)) for status in (408, 500, 502, 503, 504)),
        _asked("429", answering(429, done=False), THROTTLED, unprocessed=True, passing=True, retry_after=True),
        *_retry_after("1", fits=True, sane=True),
        *_retry_after("86400", fits=False, sane=True),
        *(fault for value in ("-1", "inf", "nan", "soon", "1e1", "Wed, 21 Oct 2015 07:28:00 GMT") for fault in _retry_after(value, fits=True, sane=False)),
        Fault("another Date", Stage.ASKED, changing(b"Date", skewed_date)),
        _asked("another content type", changing(b"Content-Type", lambda: b"text/html"), NO_SENSE, bodies=True),
        _asked("success to nobody knows whom", name_no_request, NO_SENSE),
        _asked("401 to nobody knows whom", answering(401, "Denied", named=False), REFUSED),
        _asked("404 to nobody knows whom", answering(404, "IdentityNotFound", named=False), NO_SENSE),
        _asked("429 to nobody knows whom", answering(429, named=False), THROTTLED, passing=True, retry_after=True),
        _asked("503 to nobody knows whom", answering(503, named=False, Retry_After="1"), UNAVAILABLE, passing=True, retry_after=True),
        _asked("answer to another request", changing(b"x-ms-client-request-id", lambda: b"another"), NO_SENSE),
    ]  # fmt: skip
