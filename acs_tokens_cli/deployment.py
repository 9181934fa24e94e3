"""A running service: its address and its function key."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from acs_tokens.settings.acs import is_loopback
from acs_tokens_cli.failures import CommandError, ExitCode
from acs_tokens_cli.secret_input import read_secret

KEY_VARIABLE = "ACS_TOKENS_KEY"
KEY_ADVICE = f"Set {KEY_VARIABLE} or --key-file to a function key of the app."


@dataclass(frozen=True)
class Deployment:
    """A service that is served over HTTP.

    Attributes:
        url: With the API's prefix, without a slash at the end: ``https://…/api``.
        key: The function key; None where none is needed.
    """

    url: str
    key: str | None = field(repr=False, default=None)

    @classmethod
    def read(cls, url: str, key_file: str | None) -> "Deployment":
        """Check the URL and read the key.

        Raises:
            CommandError: The URL is malformed, or would send the key unencrypted; or the key
                cannot be read.
        """
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port  # the port is checked by being read
        except ValueError:
            host, parts = "", urlsplit("")
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
        if not (is_safe and host) or "@" in parts.netloc or "?" in url or "#" in url:
            raise CommandError(
                "--url: must read https://<host>/api, or http:// for this machine.", ExitCode.USAGE
            )
        return cls(url.rstrip("/"), read_secret("The function key", key_file, KEY_VARIABLE))

    def headers(self) -> dict[str, str]:
        """Return the headers that authenticate a request."""
        return {"x-functions-key": self.key} if self.key else {}
