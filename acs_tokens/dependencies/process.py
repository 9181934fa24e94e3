"""What is global to a worker process."""

import gc
import logging

from acs_tokens.http_client import shrink_tls_buffers
from acs_tokens.problems import MisconfiguredError
from acs_tokens.settings import settings
from acs_tokens.telemetry.sdk_logs import quiet_azure_sdks

# How many more objects there are before garbage is collected. With Python's 700 the collector runs
# during almost every request, and a request leaves it next to nothing.
NEW_OBJECTS = 10_000

log = logging.getLogger(__name__)


def prepare_process() -> None:
    """Set what is global to the process, and log wrong settings; call it once, at start."""
    quiet_azure_sdks()
    shrink_tls_buffers()
    gc.set_threshold(NEW_OBJECTS)
    try:
        settings()
    except MisconfiguredError as error:
        log.error(  # noqa: TRY400 no trace
            "Every route except health and health/ready will respond with 503: %s", error
        )
