"""Which identities ACS made and deleted, and who knows of them."""

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
    """What went over the wire to ACS, and what clients were told."""

    def __init__(self) -> None:
        self.made: set[str] = set()
        self.deleted: set[str] = set()
        self.told: set[str] = set()  # the clients
        self.answers: Counter[str] = Counter()
        self._lock = Lock()

    def see(self, request: HttpMessage, answer: HttpMessage) -> None:
        """Note what ACS did."""
        status = answer.head.split(b" ", 2)[1]
        if request.head.startswith(b"POST /identities?") and status == b"201":
            self.made.add(json.loads(answer.body)["identity"]["id"])
        found = re.match(rb"DELETE /identities/([^?/]+)\?", request.head)
        if found and status == b"204":
            self.deleted.add(unquote(found[1].decode()))

    def answered(self, words: str, user_id: str | None) -> None:
        """Note what a client was told."""
        with self._lock:
            self.answers[words] += 1
            if user_id:
                self.told.add(user_id)

    def lost(self, file: Path) -> set[str]:
        """The identities that there are and nobody knows of: no client, no identity map."""
        with sqlite3.connect(file) as connection:
            noted = connection.execute(
                "SELECT user_id FROM identities UNION SELECT user_id FROM orphans"
            ).fetchall()
        connection.close()
        return self.made - self.deleted - self.told - {user_id for (user_id,) in noted}


def lost_answers(proxy: Proxy) -> int:
    """How many creates may have been carried out without the app's knowing."""
    fates: list[list[Fault | None]] = list(proxy.creates.values())
    return sum(any(fate and not fate.unprocessed for fate in tried) for tried in fates)
