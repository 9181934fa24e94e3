"""Which environment variables of the developer's shell the tests must not see."""

import re

from acs_tokens.settings.environ import PRODUCTION_MARKS

NAMES = re.compile(
    "ACS_|AZURE_|Azure|COMMUNICATION_|DEADLINE_|ENTRA_|FUNCTIONS_(?!HOST$)|GRAPH_|GUEST|IDENTITY_"
    "|INVITATION_(?!ROUNDS$)|LIMIT_|LOG_HASH_|MSI_|OIDC_|TEAMS_|TRUST_|WEBSITE_"
    "|PYTHON_ENABLE_DEBUG_LOGGING$"
    # How the command line prints.
    "|COLUMNS$|FORCE_COLOR$|GITHUB_ACTIONS$|NO_COLOR$|PY_COLORS$|TERMINAL_WIDTH$"
    # Not a setting: without bytecode, some hundred starts would each compile everything.
    "|PYTHONDONTWRITEBYTECODE$"
)


def is_developers_setting(name: str) -> bool:
    """Return whether a variable would change what the programs under test do."""
    return bool(NAMES.match(name)) or name in PRODUCTION_MARKS
