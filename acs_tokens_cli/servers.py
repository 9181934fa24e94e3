"""The commands that serve on this machine until Ctrl-C. They have the options of the programs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from acs_tokens_cli.failures import CommandError, ExitCode, reported
from acs_tokens_cli.files import app_folder

LIBRARIES = {"joserfc", "trustme"}  # of the extra `emulator`
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def serve(context: typer.Context) -> None:
    """Serve the API on this machine, with the emulator beside it; --help lists the options."""
    with reported(), _emulator_needed():
        from local_host.__main__ import main

        _end(main(context.args, prog="acs-tokens serve", app=app_folder()))


def emulator(context: typer.Context) -> None:
    """Serve the emulator of ACS and Entra; --help lists the options."""
    with reported(), _emulator_needed():
        from acs_emulator.__main__ import main

        _end(main(context.args, prog="acs-tokens emulator"))


@contextmanager
def _emulator_needed() -> Iterator[None]:
    """Say what to install when the emulator's packages are missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in LIBRARIES:
            raise  # a function_app.py may lack modules of its own
        raise CommandError(
            f"The emulator needs {error.name}: install acs-tokens[emulator].",
            ExitCode.MISCONFIGURED,
        ) from None


def _end(status: int) -> None:
    sys.stdout.flush()
    raise typer.Exit(ExitCode.MISCONFIGURED if status else ExitCode.DONE)
