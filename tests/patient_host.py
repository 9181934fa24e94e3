"""The local host, in a process that waits for ACS for as long as a busy machine needs.

For tests that send hundreds of requests at once: the app's own limits for a connection and for an
attempt are seconds, so how fast the machine is would decide who is served.
"""

import sys

from acs_tokens import http_client
from acs_tokens.acs import attempts
from local_host.__main__ import main
from tests.waiting import LIMIT_SECONDS

http_client.CONNECT_SECONDS = LIMIT_SECONDS  # before function_app.py is imported
attempts.ATTEMPT_SECONDS = LIMIT_SECONDS
attempts.LAST_ATTEMPT_SECONDS = LIMIT_SECONDS
sys.exit(main())
