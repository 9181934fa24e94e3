"""The option that sets how long Entra's tokens live."""

import argparse

TOKEN_SECONDS = 3600  # Entra takes 60 to 90 minutes, at random
MAX_SECONDS = 24 * 3600


def add_entra_token_seconds(parser: argparse.ArgumentParser) -> None:
    """Add the option ``--entra-token-seconds`` to a command line."""
    parser.add_argument(
        "--entra-token-seconds", type=_seconds, default=TOKEN_SECONDS, metavar="SECONDS",
        help="how long the tokens of Entra's users and clients live, so that a page has to renew"
        f" them soon: 1 to {MAX_SECONDS} (default: {TOKEN_SECONDS})",
    )  # fmt: skip


def _seconds(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= MAX_SECONDS:
        raise argparse.ArgumentTypeError(f"must be 1 to {MAX_SECONDS}")
    return number
