"""The access keys of the ACS resource, and the signature of requests with one of them."""

import base64
import functools
import hashlib
import hmac
import time
from collections.abc import Sequence
from email.utils import formatdate
from urllib.parse import unquote

from pydantic import SecretStr

SIGNED = "x-ms-date;host;x-ms-content-sha256"


class AccessKeys:
    """Signs requests with one access key, and with the other one after ACS refused it.

    A resource has two keys, so that either can be regenerated at any time.

    Args:
        endpoint: The resource's URL, without a slash at the end.
        keys: Base64; one or two. The first signs until ACS refuses it.

    Attributes:
        current: The index of the key that signs.
    """

    def __init__(self, endpoint: str, keys: Sequence[SecretStr]) -> None:
        self._endpoint = endpoint
        self._host = endpoint.partition("://")[2]
        # Copied for each signature: to begin one with a key takes longer than to copy it.
        self._macs = [
            hmac.new(base64.b64decode(key.get_secret_value()), digestmod="sha256") for key in keys
        ]
        self.current = 0

    def __len__(self) -> int:
        return len(self._macs)

    def switch_from(self, refused: int) -> bool:
        """Sign with the other key from now on, unless another request has switched already.

        Args:
            refused: The index of the key that ACS refused.

        Returns:
            Whether this changed the key that signs.
        """
        if self.current != refused:
            return False
        self.current = (refused + 1) % len(self._macs)
        return True

    def sign(self, method: str, url: str, content: bytes) -> dict[str, str]:
        """Return the headers ``x-ms-date``, ``x-ms-content-sha256`` and ``Authorization``.

        https://learn.microsoft.com/azure/communication-services/tutorials/hmac-header-tutorial

        Args:
            method: The HTTP method.
            url: Of the request, below the endpoint. The colons of a user id are signed unescaped,
                as they are sent.
            content: The body, empty when there is none.
        """
        date = _http_date(int(time.time()))
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        target = unquote(url.removeprefix(self._endpoint))
        text = f"{method}\n{target}\n{date};{self._host};{digest}"
        mac = self._macs[self.current].copy()
        mac.update(text.encode())
        return {
            "x-ms-date": date,
            "x-ms-content-sha256": digest,
            "Authorization": f"HMAC-SHA256 SignedHeaders={SIGNED}"
            f"&Signature={base64.b64encode(mac.digest()).decode()}",
        }


@functools.lru_cache(maxsize=1)
def _http_date(second: int) -> str:
    return formatdate(second, usegmt=True)
