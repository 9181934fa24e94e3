"""Switches off the logs and traces of Azure's SDKs, which would hold user ids."""

import logging

from azure.core.settings import settings as azure_settings

SDK_LOGGERS = ("azure.core", "azure.communication", "azure.data", "azure.identity", "msal")


def quiet_azure_sdks() -> None:
    """Switch off the logs and traces of Azure's SDKs for this process.

    The Functions worker sets the root logger to INFO or DEBUG. At these levels the SDKs log URLs
    with user ids and, from Entra, user names. OpenTelemetry would record the URLs as well.
    """
    for name in SDK_LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    azure_settings.tracing_enabled = False
