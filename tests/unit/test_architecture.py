"""What may import what, what is deployed, and what every start pays for."""

import ast
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from acs_emulator.defaults import connection_string
from tests.serving import ROOT, environment

SDK = {"azure.core", "azure.communication", "azure.identity"}

# Module → what of the project and of the restricted packages it may import.
ALLOWED = {
    "function_app": {"azure.functions", "endpoints", "health", "models", "process", "teams", "web"},
    "acs_tokens.process": {
        "entra_settings", "errors", "guests", "health", "limits", "members", "people", "service",
        "settings", "sign_in", "sqlite_map", "sweeper", "table_map", "tables", "teams_members",
    },
    "acs_tokens.endpoints": {
        "audit", "azure.functions", "errors", "invocation", "limits", "records", "settings",
        "trace_context", "web",
    },
    "acs_tokens.web": {"azure.functions", "bodies", "errors", "invocation", "models"},
    # what the log says
    "acs_tokens.audit": {"errors", "invocation", "records", "settings"},
    "acs_tokens.records": {"errors", "invocation"},
    "acs_tokens.trace_context": set(),
    # what callers may do
    "acs_tokens.guests": {
        "errors", "guest_settings", "handles", "invocation", "limits", "models", "service",
    },
    "acs_tokens.members": {"errors", "invocation", "limits", "models", "people", "service"},
    "acs_tokens.teams_members": {
        "entra_settings", "errors", "limits", "models", "on_behalf", "service", "sign_in", "teams",
    },
    "acs_tokens.sweeper": {"errors", "invocation", "people", "service"},
    "acs_tokens.health": {"answers", "errors", "people", "service"},
    # who they are
    "acs_tokens.sign_in": {
        "aiohttp", "bearer", "easyauth", "entra_settings", "errors", "invocation", "limits",
        "people", "sessions", "signing_keys",
    },
    "acs_tokens.bearer": {"entra_settings", "environ", "errors", "people", "signing_keys"},
    "acs_tokens.easyauth": {"environ", "errors", "people"},
    "acs_tokens.signing_keys": {"errors"},
    "acs_tokens.handles": {"errors", "guest_settings", "models"},
    # other services
    "acs_tokens.service": SDK - {"azure.identity"}
    | {
        "access_keys", "answers", "calls", "connection", "entra_proof", "errors", "models",
        "sdk_errors", "sent", "transport",
    },
    "acs_tokens.entra_proof": {"azure.core", "azure.identity", "errors"},
    "acs_tokens.calls": {"access_keys", "breaker", "errors", "invocation"},
    "acs_tokens.breaker": {"errors"},
    "acs_tokens.access_keys": set(),
    "acs_tokens.sent": {"access_keys", "azure.core", "invocation", "transport"},
    "acs_tokens.sdk_errors": {"aiohttp", "answers", "azure.core", "errors", "sent", "transport"},
    "acs_tokens.transport": {"aiohttp", "azure.core", "sessions"},
    "acs_tokens.on_behalf": {
        "azure.core", "azure.identity", "client_options", "entra_settings", "errors", "models",
        "people", "sessions", "teams",
    },
    "acs_tokens.table_map": {"azure.core", "people", "tables"},
    "acs_tokens.tables": {"azure.core", "azure.data", "azure.identity", "client_options", "errors"},
    "acs_tokens.client_options": {"aiohttp", "azure.core", "sessions"},
    "acs_tokens.sessions": {"aiohttp", "azure.core"},
    "acs_tokens.sqlite_map": {"errors", "people"},
    # what they are made of
    "acs_tokens.settings": {
        "azure_rules", "connection", "entra_settings", "environ", "errors", "guest_settings",
        "limit_settings", "log_settings", "os", "storage_settings",
    },
    "acs_tokens.azure_rules": {"connection", "environ", "errors"},
    "acs_tokens.connection": {"environ", "errors"},
    "acs_tokens.entra_settings": {"environ", "errors"},
    "acs_tokens.guest_settings": {"environ", "errors", "models"},
    "acs_tokens.limit_settings": {"environ"},
    "acs_tokens.log_settings": {"environ"},
    "acs_tokens.storage_settings": {"environ", "errors"},
    "acs_tokens.environ": {"errors"},
    "acs_tokens.limits": {"errors", "limit_settings"},
    "acs_tokens.teams": {"errors"},
    "acs_tokens.bodies": {"errors"},
    "acs_tokens.answers": {"errors"},
    "acs_tokens.people": set(),
    "acs_tokens.models": set(),
    "acs_tokens.invocation": set(),
    "acs_tokens.errors": set(),
    "acs_tokens": set(),
}  # fmt: skip


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names.add(node.module or "")
    return names


def restricted(name: str) -> str | None:
    """The short name under which ALLOWED lists an import; None for what anybody may import."""
    if name.startswith("acs_tokens."):
        return name.removeprefix("acs_tokens.")
    if name in ("os", "aiohttp", "azure.functions"):
        return name
    return ".".join(name.split(".")[:2]) if name.startswith("azure.") else None


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


APP = [ROOT / "function_app.py", *sorted((ROOT / "acs_tokens").rglob("*.py"))]


@pytest.mark.parametrize("path", APP, ids=module_name)
def test_imports_point_one_way(path: Path) -> None:
    found = {short for name in imported(path) if (short := restricted(name))}

    assert found == ALLOWED[module_name(path)]


@pytest.mark.parametrize("path", APP, ids=module_name)
def test_the_app_knows_nothing_of_what_is_for_development(path: Path) -> None:
    tops = {name.partition(".")[0] for name in imported(path)}

    assert not tops & {"acs_emulator", "local_host", "tests", "benchmarks"}


def test_the_emulator_shares_no_code_with_the_app() -> None:
    for path in (ROOT / "acs_emulator").rglob("*.py"):
        tops = {name.partition(".")[0] for name in imported(path)}
        assert not tops & {"acs_tokens", "local_host", "function_app", "azure"}


def test_triggers_only_parse_call_and_reply() -> None:
    tree = ast.parse((ROOT / "function_app.py").read_text())
    triggers = [node for node in tree.body if isinstance(node, ast.AsyncFunctionDef)]
    branching = (ast.If, ast.IfExp, ast.Try, ast.For, ast.While, ast.With, ast.BoolOp, ast.Match)

    assert len(triggers) == 18
    for trigger in triggers:
        assert ast.get_docstring(trigger)
        assert len(trigger.body) <= 4  # with the docstring
        assert not any(isinstance(node, branching) for node in ast.walk(trigger))


DEPLOYED = {"acs_tokens", "function_app.py", "host.json", "requirements.txt", "constraints.txt"}


def test_only_the_app_is_deployed() -> None:
    patterns = (ROOT / ".funcignore").read_text().split()
    there = {path.name for path in ROOT.iterdir()} - {"__pycache__"}

    deployed = {name for name in there if not any(fnmatch(name, each) for each in patterns)}
    assert deployed == DEPLOYED


# What every start pays for: with a connection string, and neither guests nor sign-ins.
MINIMAL = {
    "access_keys", "answers", "audit", "azure_rules", "bodies", "breaker", "calls", "connection",
    "endpoints", "entra_proof", "entra_settings", "environ", "errors", "guest_settings", "health", "invocation",
    "limit_settings", "limits", "log_settings", "models", "people", "process", "records",
    "sdk_errors", "sent", "service", "sessions", "settings", "storage_settings", "teams", "trace_context",
    "transport", "web",
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
    assert ours == MINIMAL
    assert azure == AZURE
    assert tops - PACKAGES == {"acs_tokens", "function_app"}
