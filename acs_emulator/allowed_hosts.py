"""The option ``--allowed-host``, in a module that needs no aiohttp.

aiohttp reads the trusted authorities when it is imported, and the local host adds one before that.
"""

import argparse
import re

HOST_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\]")


def add_allowed_host(parser: argparse.ArgumentParser) -> None:
    """Add the option ``--allowed-host`` to a command line."""
    parser.add_argument(
        "--allowed-host", action="append", default=[], type=_host_name, metavar="NAME",
        help="serve requests to this host too, not only to localhost, 127.0.0.1 and [::1]: for a"
        " container or a proxy through which you use another name; may be repeated",
    )  # fmt: skip


def _host_name(text: str) -> str:
    if not HOST_NAME.fullmatch(text.lower()):
        raise argparse.ArgumentTypeError("must be a host name or address, without a port")
    return text.lower()
