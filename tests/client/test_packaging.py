"""The client as others install it: packed, then checked and built with their tools.

These take a minute and 500 MB of packages, so `make test` leaves them out; `make client-test` runs them.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.serving import ROOT, environment
from tests.waiting import LIMIT_SECONDS

CLIENT = ROOT / "client"
PACKAGING = Path(__file__).parent / "packaging"
TOOLS = PACKAGING / "node_modules"

pytestmark = pytest.mark.skipif(
    "PACKAGING" not in os.environ or not (TOOLS / ".installed").is_file(),
    reason="only in make client-test, where npm can install the tools",
)

CODE = """
import { type AcsCredential, guestTokens } from "@acs-tokens/client";
import { withInvitation } from "@acs-tokens/client/invitation";
import { useAcsToken } from "@acs-tokens/client/react";

const tokens = guestTokens(withInvitation({ api: "http://localhost:7071/api", scopes: ["voip"] }));
export const credential: AcsCredential = tokens.credential;
export const useCall = () => useAcsToken(tokens).status;
"""
PAGE = """
import { guestTokens } from "@acs-tokens/client";
import { withInvitation } from "@acs-tokens/client/invitation";
import { useAcsToken } from "@acs-tokens/client/react";
import { createElement } from "react";
import { createRoot } from "react-dom/client";

const tokens = guestTokens(withInvitation({ api: "http://localhost:7071/api" }));
const Page = () => createElement("p", null, useAcsToken(tokens).status);
createRoot(document.body).render(createElement(Page));
"""
NEXT_PAGE = """
"use client";
import { guestTokens } from "@acs-tokens/client";
import { withInvitation } from "@acs-tokens/client/invitation";
import { useAcsToken } from "@acs-tokens/client/react";

const tokens = guestTokens(withInvitation({ api: "http://localhost:7071/api" }));
export default function Page() {
  return <p>it is {useAcsToken(tokens).status}</p>;
}
"""
NEXT_LAYOUT = """
export default function Layout({ children }) {
  return <html><body>{children}</body></html>;
}
"""
MARK = "/guest"  # of the client's code, in what a bundler wrote


def run(*command: str, cwd: Path) -> str:
    """Run a program; return what it printed."""
    ran = subprocess.run(
        command,
        cwd=cwd,
        env=environment(NEXT_TELEMETRY_DISABLED="1", CI="1"),
        capture_output=True,
        text=True,
        check=False,
        timeout=5 * LIMIT_SECONDS,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packed")
    packed = run(
        "npm", "pack", "--ignore-scripts", "--json", f"--pack-destination={folder}", cwd=CLIENT
    )
    details = json.loads(packed)
    (description,) = details if isinstance(details, list) else details.values()
    return folder / str(description["filename"])


@pytest.fixture
def project(tarball: Path, tmp_path: Path) -> Path:
    """A new project that installs the tarball, and finds its tools where they are installed."""
    (tmp_path / "package.json").write_text('{"private": true, "type": "module"}')
    install = ("npm", "install", "--offline", "--no-audit", "--no-fund", "--legacy-peer-deps")
    run(*install, str(tarball), cwd=tmp_path)
    return tmp_path


def with_react(project: Path) -> Path:
    for name in ("react", "react-dom", "scheduler", "next", "vite", "webpack"):
        (project / "node_modules" / name).symlink_to(TOOLS / name)
    return project


def bundled(folder: Path) -> str:
    """All JavaScript in a folder."""
    return "".join(path.read_text() for path in folder.rglob("*.js"))


def test_the_tarball_holds_what_it_should(tarball: Path) -> None:
    listed = run("tar", "-tzf", str(tarball), cwd=tarball.parent).split()
    files = {name.removeprefix("package/") for name in listed}

    assert {"package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.d.ts"} <= files
    assert {name.partition("/")[0] for name in files} == {"package.json", "README.md", "LICENSE", "dist"}  # fmt: skip


def test_publint_finds_nothing(tarball: Path) -> None:
    assert "All good" in run(str(TOOLS / ".bin" / "publint"), str(tarball), "--strict", cwd=CLIENT)


def test_the_types_are_not_wrong(tarball: Path) -> None:
    run(str(TOOLS / ".bin" / "attw"), str(tarball), "--profile", "esm-only", cwd=PACKAGING)


@pytest.mark.parametrize("version", ["5", "7"])
@pytest.mark.parametrize("resolution", ["bundler", "nodenext"])
def test_typescript_finds_the_types(project: Path, version: str, resolution: str) -> None:
    (project / "page.ts").write_text(CODE)
    tsc = TOOLS / f"typescript-{version}" / "bin" / "tsc"
    module = "nodenext" if resolution == "nodenext" else "esnext"

    run(
        "node", str(tsc), "--noEmit", "--strict", "--target", "es2022", "--module", module,
        "--moduleResolution", resolution, "page.ts", cwd=project,
    )  # fmt: skip


def test_vite_builds_a_page(project: Path) -> None:
    (with_react(project) / "page.js").write_text(PAGE)
    (project / "index.html").write_text('<script type="module" src="/page.js"></script>')

    run("node", str(TOOLS / "vite" / "bin" / "vite.js"), "build", cwd=project)

    assert MARK in bundled(project / "dist")


def test_webpack_builds_a_page(project: Path) -> None:
    (with_react(project) / "page.js").write_text(PAGE)
    build = """
        import webpack from "webpack";
        webpack({ mode: "production", entry: "./page.js" }, (error, stats) => {
          if (error || stats.hasErrors()) throw error ?? new Error(stats.toString());
        });
    """

    run("node", "--input-type=module", "--eval", build, cwd=project)

    assert MARK in bundled(project / "dist")


def test_next_builds_a_page_and_renders_it_on_the_server(project: Path) -> None:
    app = with_react(project) / "app"
    app.mkdir()
    (app / "page.jsx").write_text(NEXT_PAGE)
    (app / "layout.jsx").write_text(NEXT_LAYOUT)

    run("node", str(TOOLS / "next" / "dist" / "bin" / "next"), "build", "--webpack", cwd=project)

    assert MARK in bundled(project / ".next" / "static")
    (html,) = (project / ".next" / "server" / "app").glob("index.html")
    assert "idle" in html.read_text()
