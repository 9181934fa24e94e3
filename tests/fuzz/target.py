"""One target in this process: ``python -m tests.fuzz.target NAME [folder | file] [-option=value]``.

The options are libFuzzer's. A folder is filled with seeds; a file, such as an earlier run left in
``.fuzz``, is run once.
https://llvm.org/docs/LibFuzzer.html#options
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["acs_tokens", "jwt"]):
    from tests.keys import DEVELOPMENT
    from tests.properties import credentials, inputs, surfaces

SHARE_OF_RAW = 64  # of 256; the rest is nearly right


class Bytes:
    """The fuzzer's bytes as a source of choices; the first option when they are used up."""

    def __init__(self, data: bytes) -> None:
        self._data = atheris.FuzzedDataProvider(data)

    def number(self, low: int, high: int) -> int:
        number: int = self._data.ConsumeIntInRange(low, high)
        return number

    def text(self) -> str:
        text: str = self._data.ConsumeUnicode(self.number(0, 64))
        return text


def connection_string(data: bytes) -> None:
    """In one setting or in two, on a developer's machine or not."""
    source = Bytes(data[1:])
    place = {} if source.number(0, 3) == 1 else DEVELOPMENT
    if _is_raw(data):
        variables = {"ACS_CONNECTION_STRING": data[1:].decode("latin-1")}
    elif source.number(0, 1):
        variables = {"ACS_CONNECTION_STRING": inputs.connection_string(source)}
    else:
        key = inputs.KEY if source.number(0, 3) else source.text()
        variables = {"ACS_ENDPOINT": inputs.endpoint(source), "ACS_ACCESS_KEY": key}
    surfaces.check_settings(variables | place)


def bearer(data: bytes) -> None:
    """As it came, or after the word that has to come first."""
    make = partial(
        inputs.jwt,
        header=credentials.BEARER_HEADER,
        claims=credentials.BEARER_CLAIMS,
        sign=credentials.rs256,
    )
    text = _text(data, make)
    surfaces.check_bearer(text if data[:1] == b"\0" else f"Bearer {text}")


def handle(data: bytes) -> None:
    """A guest handle."""
    make = partial(
        inputs.jwt,
        header=credentials.HANDLE_HEADER,
        claims=credentials.HANDLE_CLAIMS,
        sign=credentials.hs256,
    )
    surfaces.check_handle(_text(data, make))


def easyauth(data: bytes) -> None:
    """App Service authentication's header."""
    surfaces.check_easyauth(_text(data, inputs.easyauth))


def retry_after(data: bytes) -> None:
    """ACS's ``Retry-After``."""
    surfaces.check_retry_after(_text(data, lambda source: inputs.changed_text(source, "120")))


def body(data: bytes) -> None:
    """A body of any route, for any of them."""
    source = Bytes(data[1:])
    model = inputs.pick(source, inputs.MODELS)
    content_type = source.text() if source.number(0, 15) == 1 else inputs.JSON
    content = data[1:] if _is_raw(data) else inputs.body(source)
    surfaces.check_body(content, content_type, model)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "bearer": bearer,
    "body": body,
    "easyauth": easyauth,
    "handle": handle,
    "connection-string": connection_string,
    "retry-after": retry_after,
}


def seeds(name: str) -> list[bytes]:
    """Valid input for a target, and choices for what is nearly valid."""
    raw = {
        "bearer": [
            credentials.token(
                credentials.BEARER_HEADER, credentials.BEARER_CLAIMS, credentials.rs256
            )
        ],
        "body": [credentials.as_json(dict(each)).decode() for each in inputs.BODIES],
        "easyauth": [credentials.easyauth(credentials.EASYAUTH)],
        "handle": [
            credentials.token(
                credentials.HANDLE_HEADER, credentials.HANDLE_CLAIMS, credentials.hs256
            )
        ],
        "connection-string": [f"endpoint={inputs.ENDPOINT}/;accesskey={inputs.KEY}"],
        "retry-after": ["1", "120", "Fri, 20 Nov 2026 08:20:09 GMT"],
    }
    choices = [bytes([128 + number]) * length for number in range(8) for length in (1, 16, 64)]
    return [b"\x01" + text.encode() for text in raw[name]] + choices


def _is_raw(data: bytes) -> bool:
    return not data or data[0] < SHARE_OF_RAW


def _text(data: bytes, nearly: Callable[[Any], str]) -> str:
    return data[1:].decode("latin-1") if _is_raw(data) else nearly(Bytes(data[1:]))


def main() -> None:
    """Fuzz until the options say that it is enough; ends the process."""
    name, *options = sys.argv[1:]
    for folder in filter(Path.is_dir, map(Path, options)):
        for number, seed in enumerate(seeds(name)):
            (folder / str(number)).write_bytes(seed)
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
