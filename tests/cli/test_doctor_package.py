"""Doctor on a package that is to be deployed."""

import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, has_found
from tests.serving import ROOT

GOOD = ("function_app.py", "host.json", "requirements.txt", "constraints.txt", "acs_tokens/__init__.py")  # fmt: skip


def package(folder: Path, *names: str) -> str:
    """A package with these files."""
    path = folder / "package.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "")
    return str(path)


def test_the_zip_that_the_deploy_document_makes_is_good(cli: Cli, tmp_path: Path) -> None:
    names = (*GOOD, "acs_tokens/", ".funcignore", ".python_packages/", "__pycache__/x.pyc")

    ran = cli.doctor("--package", package(tmp_path, *names))

    check = ran.check("package: contents")
    assert check["ok"], check
    assert check["detail"] == f"{len(GOOD) + 2} files"


def test_a_package_with_an_empty_folder_for_the_service_lacks_it(cli: Cli, tmp_path: Path) -> None:
    names = [name for name in GOOD if name != "acs_tokens/__init__.py"]

    check = cli.doctor("--package", package(tmp_path, *names, "acs_tokens/")).check(
        "package: contents"
    )

    assert has_found(check, "Missing: acs_tokens.", ".funcignore")


def test_this_repository_makes_a_good_package(cli: Cli) -> None:
    ran = cli.doctor("--package", str(ROOT))

    assert ran.check("package: contents")["ok"]
    assert ran.check("package: compiled modules")["ok"]


def test_a_package_with_fitting_modules_is_good(cli: Cli, tmp_path: Path) -> None:
    site = ".python_packages/lib/site-packages"
    modules = (
        f"{site}/pydantic_core/_pydantic_core.cpython-313-x86_64-linux-gnu.so",
        f"{site}/cryptography/hazmat/bindings/_rust.abi3.so",
        f"{site}/cffi.libs/libffi-a1b2c3.so.8.1.2",
    )

    ran = cli.doctor("--package", package(tmp_path, *GOOD, *modules))

    assert ran.check("package: contents")["ok"]
    assert ran.check("package: compiled modules")["detail"] == "2 for Python 3.13 on Linux"


@pytest.mark.parametrize("missing", GOOD)
def test_a_package_that_lacks_something_is_found(cli: Cli, tmp_path: Path, missing: str) -> None:
    names = [name for name in GOOD if name != missing]

    check = cli.doctor("--package", package(tmp_path, *names)).check("package: contents")

    assert has_found(check, f"Missing: {missing.partition('/')[0]}.", ".funcignore")


@pytest.mark.parametrize("name", ["local.settings.json", ".env", "tests/keys.py", ".git/config"])
def test_a_package_that_holds_too_much_is_found(cli: Cli, tmp_path: Path, name: str) -> None:
    check = cli.doctor("--package", package(tmp_path, *GOOD, name)).check("package: contents")

    assert has_found(check, f"Not part of the app: {name.partition('/')[0]}", ".funcignore")


@pytest.mark.parametrize(
    "end",
    [
        "cpython-311-x86_64-linux-gnu.so",
        "cpython-313-aarch64-linux-gnu.so",
        "cpython-313-darwin.so",
        "cp313-win_amd64.pyd",
    ],
)
def test_modules_for_another_python_or_machine_are_found(
    cli: Cli, tmp_path: Path, end: str
) -> None:
    name = f".python_packages/lib/site-packages/aiohttp/_http_parser.{end}"

    ran = cli.doctor("--package", package(tmp_path, *GOOD, name))

    check = ran.check("package: compiled modules")
    assert has_found(check, f"_http_parser.{end}", "Python 3.13 on x86-64 Linux")


def test_what_is_no_package_is_found(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "package.zip").write_text("no zip")

    ran = cli.doctor("--package", str(tmp_path / "package.zip"))

    assert has_found(ran.check("package: contents"), "cannot be read: BadZipFile", "name a zip")
