"""The documents: nothing is missing in them, their links lead somewhere, their lines are short."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.developers_settings import is_developers_setting
from tests.serving import ROOT
from tests.test_architecture import TRIGGERS

DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("acs_emulator/*.md"),
        *ROOT.glob("client/*.md"),
        *ROOT.glob("client/sample/*.md"),
    ]
)
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text() for path in DOCUMENTS}
CODE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
MAX_COLUMNS = 119
PLATFORM = {"WEBSITE_AUTH_ENABLED", "WEBSITE_SITE_NAME"}


def routes() -> list[str]:
    """The names of the functions that have a route."""
    return [
        function.name
        for path in TRIGGERS
        for function in ast.parse(path.read_text()).body
        if isinstance(function, ast.AsyncFunctionDef)
        and any("app.route(" in ast.unparse(decorator) for decorator in function.decorator_list)
    ]


def test_every_function_is_explained() -> None:
    explained = set(
        re.findall(r"\*\*(\w+)\*\*", TEXTS["docs/api.md"] + TEXTS["docs/operations.md"])
    )

    assert len(routes()) > 15
    assert set(routes()) - explained == set()


def test_every_setting_is_explained_and_no_other() -> None:
    folder, text = ROOT / "acs_tokens" / "settings", TEXTS["docs/settings.md"]
    modules = [path for path in folder.glob("*.py") if path.stem not in ("environ", "production")]
    source = "".join(path.read_text() for path in modules)
    names = set(re.findall(r'"([A-Z]+_[A-Z_0-9]+|GUESTS)"', source)) - PLATFORM
    rows = re.findall(r"^\| (.*?) \|", text, re.MULTILINE)

    assert len(names) > 25
    assert {name for name in names if f"`{name}`" not in text} == set()
    assert set(re.findall(r"`([A-Z_0-9]+)`", " ".join(rows))) - names == set()


def test_no_setting_of_the_developer_reaches_the_tests() -> None:
    rows = re.findall(r"^\| (.*?) \|", TEXTS["docs/settings.md"], re.MULTILINE)
    names = re.findall(r"`([A-Z_0-9]+)`", " ".join(rows))

    assert len(names) > 25
    assert [name for name in names if not is_developers_setting(name)] == []


def links() -> Iterator[tuple[str, str]]:
    """Each document with each link in it that leads to a file or a heading of this repository."""
    for name, text in TEXTS.items():
        found = re.findall(r"\]\(([^)\s]+)\)", CODE.sub("", text))
        yield from ((name, link) for link in dict.fromkeys(found) if "://" not in link)


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", path.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(("document", "link"), list(links()))
def test_a_link_leads_somewhere(document: str, link: str) -> None:
    file, _, anchor = link.partition("#")
    path = (ROOT / document).parent / file if file else ROOT / document

    assert path.exists()
    assert not anchor or anchor in anchors(path)


@pytest.mark.parametrize("document", list(TEXTS))
def test_lines_are_short(document: str) -> None:
    lines = CODE.sub("", TEXTS[document]).splitlines()

    assert [line for line in lines if len(line) > MAX_COLUMNS and not line.startswith("|")] == []


def test_the_readme_is_a_short_entry() -> None:
    assert len(TEXTS["README.md"].splitlines()) <= 150
