"""The trusted token service for Azure Communication Services (ACS) apps."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__version__ = "0.1.0"


@contextmanager
def fast_imports() -> Iterator[None]:
    """Import modules without garbage collection, which makes a cold start a quarter shorter.

    Modules are not garbage, and there are so many objects in them that the collector runs dozens
    of times. What is imported inside the block is also left out of later collections.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
