"""Secrets from the environment, from files and from stdin. None is ever an argument.

Every user of a machine can read the arguments of its processes.
"""

import os
import re
import sys
from pathlib import Path

from acs_tokens_cli.failures import CommandError, ExitCode

STDIN = "-"


def read_secret(what: str, file: str | None, variable: str | None = None) -> str | None:
    """Read a secret.

    Args:
        what: Its name, for errors.
        file: The path of a file, or ``-`` for stdin; None to read the variable.
        variable: The environment variable to read if no file is named.

    Returns:
        The secret without blanks around it; None if no file is named and the variable is not set.

    Raises:
        CommandError: The file cannot be read, or holds something else. The path is not repeated,
            because it may be a secret that was meant to be in a file.
    """
    if file is None:
        text = os.environ.get(variable, "").strip() if variable else ""
        if not text:
            return None
    else:
        text = _content(what, file)
    if not re.fullmatch("[!-~]+", text):
        raise CommandError(f"{what}: must be printable ASCII without blanks.", ExitCode.USAGE)
    return text


def _content(what: str, file: str) -> str:
    if file == STDIN:
        if sys.stdin.isatty():
            print(f"{what}, then Ctrl-D:", file=sys.stderr)
        return sys.stdin.read().strip()
    try:
        return Path(file).read_text(encoding="utf-8-sig").strip()
    except (OSError, ValueError):
        raise CommandError(
            f"{what}: this file cannot be read. Name a file, or - for stdin; never the secret"
            " itself.",
            ExitCode.USAGE,
        ) from None
