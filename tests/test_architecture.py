"""What may import what, what is deployed, and what every start pays for."""

import ast
import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from acs_emulator.defaults import connection_string
from tests.serving import ROOT, environment

# Parts of the app that import none of the others.
GROUND = ("problems", "models", "context", "http_client", "tasks")
# Any other part → the parts that it may import. Each row may use those above it, which keeps out
# circles.
PARTS: dict[str, set[str]] = {
    "settings": {"problems", "models"},
    "telemetry": {"problems", "context", "settings"},
    "acs": {"problems", "models", "context", "http_client", "settings"},
    "oidc": {"problems", "models", "settings"},
    "entra": {"problems", "models", "http_client", "tasks", "settings", "oidc"},
    "identities": {"problems", "models", "context", "http_client", "tasks", "acs", "oidc"},
    "meetings": {"problems", "http_client", "tasks", "settings", "entra", "identities"},
    "access": {"problems", "models", "context", "http_client", "settings", "acs", "oidc", "entra", "identities", "meetings"},
    "health": {"problems", "acs", "identities"},
    "web": {"problems", "models", "context", "settings", "telemetry", "oidc"},
    "dependencies": {"problems", "http_client", "settings", "telemetry", "acs", "identities", "meetings", "access"},
    "triggers": {"models", "web", "dependencies"},
    "function_app": {"models", "access", "health", "web", "dependencies", "triggers"},
}  # fmt: skip

# Foreign package → the parts that may use it.
FOREIGN = {
    "azure.functions": {"web", "triggers", "function_app"},
    "azure.communication": {"acs"},
    "azure.data": {"identities"},
    "azure.identity": {"acs", "entra"},
    "azure.core": {"http_client", "telemetry", "acs", "entra", "identities"},
    "aiohttp": {"http_client", "acs", "oidc", "entra", "meetings"},
    "jwt": {"oidc", "entra", "access"},
    "sqlite3": {"identities"},
    "os": {"settings"},
}


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names.add(node.module or "")
    return names


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def part_of(module: str) -> str | None:
    """The part that one of our modules belongs to; None for the package itself."""
    names = module.split(".")
    return names[0] if names[0] == "function_app" else names[1] if len(names) > 1 else None


TRIGGERS = [ROOT / "function_app.py", *sorted((ROOT / "acs_tokens" / "triggers").glob("*.py"))]
APP = [ROOT / "function_app.py", *sorted((ROOT / "acs_tokens").rglob("*.py"))]


def imports_by_part() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in APP:
        if part := part_of(module_name(path)):
            found.setdefault(part, set()).update(imported(path))
    return found


def test_parts_import_one_way() -> None:
    found = {
        part: {part_of(name) for name in names if name.startswith("acs_tokens.")} - {part}
        for part, names in imports_by_part().items()
    }

    assert found == {part: set() for part in GROUND} | PARTS
    order = [*GROUND, *PARTS]
    assert all(order.index(each) < order.index(part) for part in PARTS for each in PARTS[part])


def test_the_contributors_list_has_each_part_above_what_it_may_import() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    rows = re.findall(r"^      (\w+)(?:/|\.py) ", text, re.MULTILINE)
    listed = [row for row in rows if row in {"models", *PARTS}]

    assert sorted(listed) == sorted({"models", *PARTS} - {"function_app"})
    for part, may_import in PARTS.items():
        below = listed[listed.index(part) + 1 :] if part in listed else listed
        assert may_import - set(below) <= {"problems", "context", "http_client", "tasks"}


def test_each_foreign_package_is_used_in_its_parts() -> None:
    by_part = imports_by_part()
    found = {
        package: {
            part
            for part, names in by_part.items()
            if any(f"{name}.".startswith(f"{package}.") for name in names)
        }
        for package in FOREIGN
    }

    assert found == FOREIGN


@pytest.mark.parametrize("path", APP, ids=module_name)
def test_the_app_knows_nothing_of_what_is_for_development(path: Path) -> None:
    tops = {name.partition(".")[0] for name in imported(path)}

    development = {
        "acs_emulator",
        "acs_tokens_cli",
        "local_host",
        "api_description",
        "tests",
        "benchmarks",
    }
    assert not tops & {*development, "rich", "typer"}


def test_the_emulator_shares_no_code_with_the_app() -> None:
    for path in (ROOT / "acs_emulator").rglob("*.py"):
        tops = {name.partition(".")[0] for name in imported(path)}
        assert not tops & {"acs_tokens", "acs_tokens_cli", "local_host", "function_app", "azure"}


@pytest.mark.parametrize("part", ["acs", "entra"])
def test_the_parts_of_the_emulator_share_four_modules_alone(part: str) -> None:
    found = {
        part_of(name)
        for path in (ROOT / "acs_emulator" / part).rglob("*.py")
        for name in imported(path)
        if name.partition(".")[0] == "acs_emulator"
    }

    assert found == {part, "clock", "guid", "server", "signing"}


def test_triggers_only_parse_run_one_operation_and_reply() -> None:
    nodes = [node for path in TRIGGERS for node in ast.parse(path.read_text()).body]
    triggers = [node for node in nodes if isinstance(node, ast.AsyncFunctionDef)]
    branching = (ast.If, ast.IfExp, ast.Try, ast.For, ast.While, ast.With, ast.BoolOp, ast.Match)

    assert len(triggers) == 31
    for trigger in triggers:
        assert ast.get_docstring(trigger)
        assert len(trigger.body) <= 5  # with the docstring
        assert not any(isinstance(node, branching) for node in ast.walk(trigger))


DEPLOYED = {"acs_tokens", "function_app.py", "host.json", "requirements.txt", "constraints.txt"}


def test_only_the_app_is_deployed() -> None:
    patterns = (ROOT / ".funcignore").read_text().split()
    zipped = "package.zip"  # docs/deploy.md writes it here
    there = {path.name for path in ROOT.iterdir()} - {"__pycache__"} | {zipped}

    deployed = {name for name in there if not any(fnmatch(name, each) for each in patterns)}
    assert deployed == DEPLOYED


# Only deployments that need these load them: guests, sign-ins, Teams, an identity store.
ON_DEMAND = {
    "access.bans", "access.caller", "access.guest_admission", "access.guest_handles", "access.guests", "access.invitation_uses", "access.invitations",
    "access.look_ups", "access.meeting_guests", "access.moderation", "access.people", "access.sign_in", "access.statements", "access.signed_in_users", "access.teams_users",
    "entra.access_tokens", "entra.easyauth", "entra.managed_identity", "entra.on_behalf_of", "entra.signing_keys",
    "oidc.bearer_token", "oidc.claims", "oidc.discovery", "oidc.key_set", "oidc.provider_tokens", "meetings", "meetings.graph", "meetings.shared_meeting",
    "identities.bans", "identities.invitation_sweep", "identities.invitations", "identities.meetings", "identities.registry", "identities.sqlite", "identities.tables", "identities.steps",
    "identities.sqlite.bans", "identities.sqlite.file", "identities.sqlite.invitations", "identities.sqlite.meetings", "identities.sqlite.store",
    "identities.sweeper", "identities.tables.account", "identities.tables.bans", "identities.tables.invitations", "identities.tables.meetings",
    "identities.tables.owners", "identities.tables.reads", "identities.tables.store", "tasks",
}  # fmt: skip
PACKAGES = {
    "aiohappyeyeballs", "aiohttp", "aiosignal", "annotated_types", "attr", "attrs",
    "azure", "cython_runtime", "frozenlist", "idna", "isodate", "markupsafe", "msrest", "multidict", "propcache",
    "pydantic", "pydantic_core", "typing_extensions", "typing_inspection", "werkzeug", "yarl",
}  # fmt: skip
AZURE = {"azure.functions", "azure.core", "azure.communication"}


def test_a_minimal_deployment_loads_these_modules_and_no_others() -> None:
    script = "import sys; before = set(sys.modules); import function_app; print(*set(sys.modules) - before)"

    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment(ACS_CONNECTION_STRING=connection_string("https://localhost")),
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = result.stdout.split()
    ours = {name.partition(".")[2] for name in loaded if name.startswith("acs_tokens.")}
    azure = {".".join(name.split(".")[:2]) for name in loaded if name.startswith("azure.")}
    tops = {name.partition(".")[0] for name in loaded if name[0] != "_"} - sys.stdlib_module_names
    assert ours == {module_name(path).partition(".")[2] for path in APP[2:]} - ON_DEMAND
    assert azure == AZURE
    assert tops - PACKAGES == {"acs_tokens", "function_app"}
