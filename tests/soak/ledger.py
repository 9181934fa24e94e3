"""Which identities ACS created and deleted, and who knows of them."""

import json
import re
import sqlite3
from collections import Counter
from pathlib import Path
from threading import Lock
from urllib.parse import unquote

from tests.faults.fault import Fault
from tests.faults.http_link import HttpMessage
from tests.faults.proxy import Proxy


class Ledger:
    """Notes the requests to ACS that changed something, and the responses that clients got."""

    def __init__(self) -> None:
        self.created: set[str] = set()
        self.deleted: set[str] = set()
        self.known: set[str] = set()  # to clients
        self.responses: Counter[str] = Counter()
        self._lock = Lock()

    def see(self, request: HttpMessage, response: HttpMessage) -> None:
        """Note what ACS did."""
        status = response.head.split(b" ", 2)[1]
        if request.head.startswith(b"POST /identities?") and status == b"201":
            self.created.add(json.loads(response.body)["identity"]["id"])
        found = re.match(rb"DELETE /identities/([^?/]+)\?", request.head)
        if found and status == b"204":
            self.deleted.add(unquote(found[1].decode()))

    def note_response(self, response: str, user_id: str | None) -> None:
        """Note what a client got: the status with the problem, and the identity."""
        with self._lock:
            self.responses[response] += 1
            if user_id:
                self.known.add(user_id)

    def lost(self, file: Path) -> set[str]:
        """Return the identities that exist and that no client and no identity store knows."""
        with sqlite3.connect(file) as connection:
            noted = connection.execute(
                "SELECT user_id FROM identities UNION SELECT user_id FROM orphans"
            ).fetchall()
        connection.close()
        return self.created - self.deleted - self.known - {user_id for (user_id,) in noted}


def lost_responses(proxy: Proxy) -> int:
    """Count the creates that ACS may have carried out without the app's knowledge."""
    fates: list[list[Fault | None]] = list(proxy.creates.values())
    return sum(any(fate and not fate.unprocessed for fate in tried) for tried in fates)
