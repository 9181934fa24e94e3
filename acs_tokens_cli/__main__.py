"""Runs the command line as a program."""

import io
import logging
import sys
import traceback

from acs_tokens_cli.app import app
from acs_tokens_cli.failures import ExitCode


def main() -> None:
    """Run the command that the arguments name, and end the process with its exit code."""
    # It would report connections of Azure's SDK that are still open when the program ends.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # not every terminal knows the ticks of doctor
    try:
        app(prog_name="acs-tokens")
    except Exception as error:  # noqa: BLE001 a message may hold what was sent: the place is enough
        place = traceback.extract_tb(error.__traceback__)[-1]
        print(f"Unexpected {type(error).__name__} at {place.name}:{place.lineno}.", file=sys.stderr)
        sys.exit(ExitCode.FAILED)


if __name__ == "__main__":
    main()
