"""Writes a request to the API as a developer would send it: with curl, fetch or the client."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

PREFIX = "/api/"
NO_CLIENT = "// For pages only, which must have no function key."


@dataclass(frozen=True)
class ExampleRequest:
    """A request to the API.

    Attributes:
        method: Such as ``POST``.
        url: Its whole address.
        headers: Those that it needs, credentials among them as the page wants to show them.
        body: A JSON object as text; None for no body.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: str | None

    def examples(self) -> dict[str, str]:
        """Return the same request by the way to send it: ``curl``, ``fetch`` and ``client``.

        Raises:
            ValueError: The address or the body is malformed.
            RecursionError: The body is nested too deeply.
        """
        return {"curl": self._curl(), "fetch": self._fetch(), "client": self._client()}

    def _curl(self) -> str:
        lines = [f"curl -X {self.method} {_quoted(self.url)}"]
        lines += [f"-H {_quoted(f'{name}: {text}')}" for name, text in self.headers.items()]
        lines += [f"-d {_quoted(self.body)}"] if self.body else []
        return " \\\n  ".join(lines)

    def _fetch(self) -> str:
        options = [f"  method: {json.dumps(self.method)},"]
        options += [f"  headers: {_json(dict(self.headers))},"] if self.headers else []
        options += [f"  body: JSON.stringify({self.body}),"] if self.body else []
        return "\n".join([f"const response = await fetch({_json(self.url)}, {{", *options, "});"])

    def _client(self) -> str:
        address = urlsplit(self.url)
        api = f"{address.scheme}://{address.netloc}{PREFIX.rstrip('/')}"
        family, _, rest = address.path.removeprefix(PREFIX).partition("/")
        if family == "users":
            return NO_CLIENT
        source, more = "guestTokens", ""
        if family == "me":
            teams = json.dumps(rest.startswith("teams/"))
            source, more = "signedInTokens", f", account, accessToken, teams: {teams}"
        fields = json.loads(self.body or "{}")
        if not isinstance(fields, dict):
            raise ValueError("The body is no JSON object.")  # noqa: TRY004 as json.loads
        values = {name: fields[name] for name in ("scopes", "invitation") if name in fields}
        constants = "".join(f", {name} = {_json(value)}" for name, value in values.items())
        options = ", ".join(["api", *values])
        return (
            f'import {{ {source} }} from "@acs-tokens/client";\n\n'
            f"const api = {_json(api)}{constants};\n"
            f"const tokens = {source}({{ {options}{more} }});"
        )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _quoted(text: str) -> str:
    """Quote a text for a shell, also where it would not need it."""
    quoted = shlex.quote(text)
    return quoted if quoted.startswith("'") else f"'{quoted}'"
