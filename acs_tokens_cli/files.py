"""The files of the service that are no modules: in a checkout, or in the installed package."""

import sys
from pathlib import Path

INSTALLED = Path(__file__).parent / "app"  # pyproject.toml puts them there
CHECKOUT = Path(__file__).parent.parent


def app_folder() -> Path:
    """Return the folder with function_app.py: the current one, if it is there."""
    for folder in (Path.cwd(), INSTALLED):
        if (folder / "function_app.py").is_file():
            return folder
    return CHECKOUT


def openapi() -> None:
    """Print the description of the HTTP API, openapi.json."""
    sys.stdout.write((app_folder() / "openapi.json").read_text(encoding="utf-8"))
