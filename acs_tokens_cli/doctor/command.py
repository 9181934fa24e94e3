"""The command `doctor`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from acs_tokens_cli.deployment import Deployment
from acs_tokens_cli.doctor.check import Result
from acs_tokens_cli.failures import CommandError, ExitCode, reported
from acs_tokens_cli.options import KeyFile, OutputForm, Url
from acs_tokens_cli.output import Output

Origins = Annotated[
    list[str] | None,
    typer.Option("--origin", help="With --url: a page's origin, https://…; may be repeated."),
]
Package = Annotated[
    Path | None,
    typer.Option(help="Check also what is to be deployed: a zip file, or a folder."),
]
AsAzure = Annotated[
    bool, typer.Option("--as-azure", help="Check the settings also as if this were Azure.")
]


def doctor(
    url: Url = None, key_file: KeyFile = None, origin: Origins = None, package: Package = None,
    output: OutputForm = Output.TABLE, *, as_azure: AsAzure = False,
) -> None:  # fmt: skip
    """Check what the service needs, or with --url a running service, and say how to cure it."""
    with reported():
        if url and as_azure:
            raise CommandError(
                "--as-azure checks this machine's settings: no --url, and unset ACS_TOKENS_URL.",
                ExitCode.USAGE,
            )
        if origin and not url:
            raise CommandError("--origin needs --url: the deployment has the list.", ExitCode.USAGE)
        # Imported here, as in identities.py.
        from acs_tokens_cli.doctor.diagnosis import Subject, diagnose
        from acs_tokens_cli.doctor.report import print_results, progress

        deployment = Deployment.read(url, key_file) if url else None
        subject = Subject(deployment, origin or [], as_azure, package)

        async def results() -> list[Result]:
            with progress() as announce:
                return [result async for result in diagnose(subject, announce)]

        found = asyncio.run(results())
        print_results(found, output)
        if not all(result.ok for result in found):
            raise typer.Exit(ExitCode.FAILED)
