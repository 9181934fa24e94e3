"""The local host, in a process that reads no authorities once function_app.py is imported."""

import ssl
import sys
from typing import Any, NoReturn

import function_app  # noqa: F401 before what follows
from local_host.__main__ import main


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise AssertionError("the authorities were read again")


ssl.create_default_context = _refuse
ssl.SSLContext.load_default_certs = _refuse  # type: ignore[method-assign]
sys.exit(main())
