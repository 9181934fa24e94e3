"""Which checks there are, in their order."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from acs_tokens.settings import Settings
from acs_tokens.telemetry.sdk_logs import quiet_azure_sdks
from acs_tokens_cli.deployment import Deployment
from acs_tokens_cli.doctor.acs import acs_checks
from acs_tokens_cli.doctor.check import Group, Result, run_groups
from acs_tokens_cli.doctor.deployed import deployed_checks
from acs_tokens_cli.doctor.entra import entra_checks
from acs_tokens_cli.doctor.package import package_checks
from acs_tokens_cli.doctor.providers import provider_checks
from acs_tokens_cli.doctor.settings import azure_settings_check, settings_check
from acs_tokens_cli.doctor.store import store_checks


@dataclass(frozen=True)
class Subject:
    """What to check.

    Attributes:
        deployment: A running service; None for what the settings of this machine name.
        origins: The origins of pages that use the running service.
        as_azure: Whether to check the settings also as if this were Azure.
        package: What is to be deployed; None if that is not to be checked.
    """

    deployment: Deployment | None
    origins: list[str]
    as_azure: bool
    package: Path | None


async def diagnose(subject: Subject, announce: Callable[[str], None]) -> AsyncIterator[Result]:
    """Run the checks.

    Args:
        subject: What to check.
        announce: Is told the name of each check before it runs.
    """
    quiet_azure_sdks()
    async for result in run_groups(_groups(subject), announce):
        yield result


def _groups(subject: Subject) -> Iterator[Group]:
    """Yield the checks; those after the settings depend on what these say."""
    if subject.package:
        yield package_checks(subject.package)
    if subject.deployment:
        yield deployed_checks(subject.deployment, subject.origins)
        return
    found: list[Settings] = []
    yield Group([settings_check(found)])
    if subject.as_azure:
        yield Group([azure_settings_check()])
    for settings in found:
        yield acs_checks(settings.acs)
        if settings.entra:
            yield entra_checks(settings.entra)
        yield from map(provider_checks, settings.providers)
        if settings.identity_store and settings.uses_identity_store:
            yield store_checks(settings.identity_store, settings.acs.endpoint)
