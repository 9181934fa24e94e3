"""The local host, in a process that waits for connections for as long as a busy machine needs.

For tests that open hundreds of connections at once: there the app's own 2 s would depend on how
fast the machine is.
"""

import sys

from acs_tokens import http_client
from local_host.__main__ import main
from tests.waiting import LIMIT_SECONDS

http_client.CONNECT_SECONDS = LIMIT_SECONDS  # before function_app.py is imported
sys.exit(main())
