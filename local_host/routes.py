"""Matches paths with route templates, as the Functions host does."""

import re
from urllib.parse import unquote

from local_host.settings import StartupError

_PIECES = re.compile(r"\{(\*?)(\w+)(\??)\}|([^{}]+)")
_SLASH = re.compile("(%2f)", re.IGNORECASE)


class Route:
    """A route template such as ``users/{id}/token``.

    ``{id?}`` is optional and ``{*rest}`` matches slashes too. The literal parts match in any
    case, and one slash at the end of the path is ignored.

    Raises:
        StartupError: The template has a constraint, such as ``{id:int}``.
    """

    def __init__(self, template: str) -> None:
        pattern, end = "", 0
        for piece in _PIECES.finditer(template):
            if piece.start() != end:
                break
            end = piece.end()
            pattern += re.escape(piece[4]) if piece[4] else _parameter(piece)
        if end != len(template):
            raise StartupError(f"The route '{template}' is not supported: constraints are not.")
        # The slash before an optional parameter is optional too.
        self._pattern = re.compile("/" + pattern.replace("/(?:", "(?:/"), re.IGNORECASE | re.DOTALL)

    def match(self, path: str) -> dict[str, str] | None:
        """Return the parameters of a decoded path; None if the path does not match."""
        found = self._pattern.fullmatch(path.removesuffix("/"))
        return found and {name: text for name, text in found.groupdict().items() if text}


def decode(raw_path: str) -> str:
    """Percent-decode a path once, except %2F, as Kestrel does."""
    pieces = _SLASH.split(raw_path)
    return "".join(piece if _SLASH.fullmatch(piece) else unquote(piece) for piece in pieces)


def _parameter(piece: re.Match[str]) -> str:
    catch_all, name, optional = piece[1], piece[2], piece[3]
    value = f"(?P<{name}>{'.*' if catch_all else '[^/]+'})"
    return f"(?:{value})?" if catch_all or optional else value
