"""Azure's SDKs neither log nor trace what holds user ids."""

import logging

from azure.core.settings import settings
from azure.core.tracing import AbstractSpan

from acs_tokens.telemetry.sdk_logs import SDK_LOGGERS, quiet_azure_sdks


def test_no_logger_of_an_sdk_logs_what_a_worker_lets_through() -> None:
    quiet_azure_sdks()

    for name in (*SDK_LOGGERS, "azure.core.pipeline.policies.http_logging_policy"):
        assert not logging.getLogger(name).isEnabledFor(logging.ERROR)


def test_the_urls_of_requests_are_not_traced_where_tracing_is_switched_on() -> None:
    quiet_azure_sdks()
    settings.tracing_implementation = _Span
    try:
        assert settings.tracing_enabled() is False
    finally:
        settings.tracing_implementation = None


class _Span(AbstractSpan[object]):
    """Stands for OpenTelemetry's."""
