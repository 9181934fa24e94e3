"""The local host, with a log that shows all that is in a record: one line of JSON for each."""

import json
import logging
import sys

from local_host.__main__ import main

USUAL = set(vars(logging.makeLogRecord({}))) - {"name", "levelname"}


class WholeRecord(logging.Formatter):
    """What a handler may see: the message, and every attribute that is not on all records."""

    def format(self, record: logging.LogRecord) -> str:
        facts = {name: value for name, value in vars(record).items() if name not in USUAL}
        return f"record {json.dumps(facts | {'message': super().format(record)}, default=str)}"


if __name__ == "__main__":
    handler = logging.StreamHandler()
    handler.setFormatter(WholeRecord())
    logging.basicConfig(level=logging.DEBUG, handlers=[handler])  # the host's own adds none then
    sys.exit(main())
