"""Checks of what is to be deployed: a zip file, or a folder with its .funcignore."""

import re
import zipfile
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from acs_tokens_cli.doctor.check import Check, FindingError, Group

NEEDED = {"function_app.py", "host.json", "requirements.txt", "constraints.txt", "acs_tokens"}
VENDORED = ".python_packages"  # packages that were installed before the deployment
IGNORED = ".funcignore"  # the prepackage hook writes one
ALLOWED = NEEDED | {VENDORED, IGNORED}
COMPILED = re.compile(r"\.(?:so|pyd|dylib)$")
# Modules for the deployed Python on the deployed machine; the second form is for any Python.
FITTING = re.compile(r"\.(?:cpython-313-x86_64-linux-gnu|abi3)\.so$|(?:^|/)lib[^/]*\.so[.0-9]*$")


def package_checks(path: Path) -> Group:
    """Return the checks of a package.

    Args:
        path: A zip file, or the folder that would be deployed.
    """

    async def contents() -> str:
        return check_contents(names_in(path))

    async def modules() -> str:
        return check_modules(names_in(path))

    return Group(
        then=[Check("package: contents", contents), Check("package: compiled modules", modules)]
    )


def names_in(path: Path) -> list[str]:
    """Return the names of the files in a package, with slashes.

    Raises:
        FindingError: It cannot be read.
    """
    try:
        if not path.is_file():
            return list(_deployed(path))
        with zipfile.ZipFile(path) as archive:
            return [name for name in archive.namelist() if not name.endswith("/")]  # folders
    except (OSError, zipfile.BadZipFile) as error:
        raise FindingError(
            f"The package cannot be read: {type(error).__name__}.",
            "--package: name a zip file, or a folder with .funcignore.",
        ) from None


def check_contents(names: list[str]) -> str:
    """Check that everything is there that the app needs, and nothing else.

    Raises:
        FindingError: Something is missing or too much.
    """
    tops = {name.partition("/")[0] for name in names}
    if missing := NEEDED - tops:
        raise FindingError(
            f"Missing: {', '.join(sorted(missing))}.",
            "Deploy from the repository's own folder, and look at .funcignore.",
        )
    if surplus := tops - ALLOWED - {"__pycache__"}:
        raise FindingError(
            f"Not part of the app: {', '.join(sorted(surplus))}.",
            "Add these names to .funcignore: they may hold secrets.",
        )
    return f"{len(names)} files"


def check_modules(names: list[str]) -> str:
    """Check that compiled modules are for the Python and the machine of Azure Functions.

    Raises:
        FindingError: One is for another.
    """
    compiled = [name for name in names if COMPILED.search(name)]
    if unfit := [name for name in compiled if not FITTING.search(name)]:
        raise FindingError(
            f"For another Python or machine: {unfit[0].rpartition('/')[2]} and"
            f" {len(unfit) - 1} more.",
            "Install the packages for Python 3.13 on x86-64 Linux (manylinux), or let Azure build.",
        )
    return f"{len(compiled)} for Python 3.13 on Linux" if compiled else "none: Azure installs them"


def _deployed(folder: Path) -> Iterator[str]:
    patterns = (folder / IGNORED).read_text().split()
    for top in sorted(folder.iterdir()):
        if any(fnmatch(top.name, pattern.rstrip("/")) for pattern in patterns):
            continue
        files = [top] if top.is_file() else (each for each in top.rglob("*") if each.is_file())
        yield from (each.relative_to(folder).as_posix() for each in files)
