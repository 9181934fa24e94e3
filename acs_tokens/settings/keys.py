"""Secret keys in base64: read strictly, not to be guessed, each for one purpose."""

import base64
import binascii
import hashlib
import itertools
import zlib
from collections.abc import Iterable

from acs_tokens.problems import MisconfiguredError

MIN_KEY_BYTES = 32  # the size of an HMAC-SHA256
HMAC_BLOCK_BYTES = 64  # of HMAC-SHA256
MIN_KEY_VARIETY = 12  # different bytes; 32 random ones have some 30
GENERATE = "Generate 32 random bytes: openssl rand -base64 32"


def decode_base64(text: str) -> bytes:
    """Return the decoded bytes; none if the text is not strict base64.

    Strict, because a lenient decoder reads "****" as an empty key.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def hmac_form(key: bytes) -> bytes:
    """Return the key in the form in which HMAC-SHA256 uses it; keys of one form sign the same.

    HMAC hashes a key of more than 64 bytes and fills a shorter one up with zeros.
    """
    return hashlib.sha256(key).digest() if len(key) > HMAC_BLOCK_BYTES else key.rstrip(b"\0")


def can_be_guessed(key: bytes) -> bool:
    """Return whether a key is text, or follows a pattern: a repetition, a count, few values.

    Random keys are not refused: of 32 random bytes, fewer than one in 10^10 are UTF-8 text of
    printable characters, and fewer than one in 10^16 have a pattern that is found here.

    Args:
        key: At least 32 bytes.
    """
    differences = _differences(key)
    contents = (key, differences, _differences(differences))
    return _is_text(key.rstrip(b"\0")) or any(map(_is_regular, contents))


def check_separate_keys(keys: Iterable[tuple[str, bytes]]) -> None:
    """Check that no key serves two purposes: whoever learns it for one would have it for the other.

    Args:
        keys: What holds a key, and the decoded key. The later one of two is named in the error.

    Raises:
        MisconfiguredError: Two keys are the same.
    """
    holders: dict[bytes, str] = {}
    for name, key in keys:
        form = hmac_form(key)
        if form in holders:
            raise MisconfiguredError(
                name, f"holds the same key as {holders[form]}. One key must have one purpose."
            )
        holders[form] = name


def _is_text(key: bytes) -> bool:
    try:
        text = key.decode()
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character.isspace() for character in text)


def _is_regular(content: bytes) -> bool:
    """Return whether content repeats itself so much that a compressor makes it shorter.

    zlib adds 6 bytes that the content determines, so it can shorten one in 256^7 contents.
    """
    few = len(set(content)) < MIN_KEY_VARIETY
    return few or len(zlib.compress(content, 9)) < len(content)


def _differences(content: bytes) -> bytes:
    """Return the differences between neighbours, which are all the same for a count."""
    return bytes((after - before) % 256 for before, after in itertools.pairwise(content))
