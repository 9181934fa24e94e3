"""Imported by a Python whose path has this folder: it collects garbage all the time."""

import gc
import threading
import time

PAUSE_SECONDS = 0.25


def _collect() -> None:
    while True:
        gc.collect()
        time.sleep(PAUSE_SECONDS)


threading.Thread(target=_collect, daemon=True).start()
