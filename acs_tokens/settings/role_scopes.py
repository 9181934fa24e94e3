"""Which scopes each role of signed-in users may ask for."""

from typing import get_args

from acs_tokens.models.values import Scope
from acs_tokens.problems import MisconfiguredError
from acs_tokens.settings.environ import Environ

RoleScopes = dict[str, frozenset[Scope]]
EXAMPLE = "Agent=voip,chat;Viewer=chat.join.limited"


def read_role_scopes(environ: Environ, name: str) -> RoleScopes | None:
    """Read the scopes of each role; None when the setting is not set, which allows all scopes.

    Args:
        environ: The environment.
        name: The setting. Its value reads ``<role>=<scope>,<scope>;<role>=<scope>``.

    Raises:
        MisconfiguredError: It does not read so, names a role twice, or a scope that does not exist.
    """
    text = environ.text(name)
    if not text:
        return None
    found: RoleScopes = {}
    for part in text.split(";"):
        role, _, scopes = (each.strip() for each in part.partition("="))
        wanted = {scope.strip() for scope in scopes.split(",")}
        if not role or role in found or not wanted <= set(get_args(Scope)):
            raise MisconfiguredError(
                name,
                f"must read like {EXAMPLE}: each role once, with scopes among"
                f" {', '.join(get_args(Scope))}.",
            )
        found[role] = frozenset(wanted)  # type: ignore[arg-type] # checked above
    return found
