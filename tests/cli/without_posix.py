"""Runs the command line without what Windows does not have."""

import asyncio
import sys
from typing import NoReturn

from acs_tokens_cli.__main__ import main


def _missing(*_: object) -> NoReturn:
    raise NotImplementedError  # as on Windows


asyncio.SelectorEventLoop.add_signal_handler = _missing  # type: ignore[method-assign, assignment]
sys.modules["fcntl"] = None  # type: ignore[assignment] # an import of it fails from now on

if __name__ == "__main__":
    main()
