"""Change the code in many small ways, one at a time; say which changes no test notices.

The changed code stands in a folder of its own. mutmut makes the changes, and runs for each of them
the tests that call the changed function.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = ("acs/retries", "acs/attempts", "oidc/*", "entra/*", "access/*")
TESTS = (
    "tests/acs",
    "tests/entra",
    "tests/oidc",
    "tests/access",
    "tests/properties/test_credentials.py",
    "tests/properties/test_requests.py",
    "tests/trust/test_credentials.py",
    "tests/trust/test_guests.py",
    "tests/trust/test_leftovers.py",
    "tests/trust/test_one_wrong_404.py",
    "tests/trust/test_signed_in_users.py",
    "tests/trust/test_teams.py",
    "tests/e2e/test_audit.py",
)
# These tests run the app in another process, where mutmut does not see which functions they call.
TESTS_OVER_HTTP = {
    "access.guest_handles": ("tests/trust/test_credentials.py",),
    "access.guests": (
        "tests/trust/test_guests.py",
        "tests/e2e/test_audit.py",
    ),
    "access.signed_in_users": (
        "tests/trust/test_signed_in_users.py",
        "tests/trust/test_one_wrong_404.py",
        "tests/e2e/test_audit.py",
    ),
    "access.backends": ("tests/trust/test_teams.py", "tests/trust/test_bans.py"),
    "access.teams_users": ("tests/trust/test_teams.py",),
}
CONFIG = """
[tool.mutmut]
source_paths = ["acs_tokens"]
only_mutate = {modules}
also_copy = ["acs_emulator", "local_host", "function_app.py", "host.json", "local.settings.json.example"]
pytest_add_cli_args = ["-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist", "-x"]
pytest_add_cli_args_test_selection = {tests}
do_not_mutate_patterns = ["log=", "log\\\\.", '^ +f?"[^"]*"[,)]*$']  # texts for the log and the caller
"""
STATS = "mutants/mutmut-stats.json"
SURVIVED = ("survived", "no tests")
# The mutant, the function that it is of, and the module; what became of it.
MUTANT = re.compile(r"^ +((acs_tokens\.(\S+)\.x\S+)__mutmut_\d+): (.+)$", re.MULTILINE)


def main() -> int:
    """Run mutmut and print its results; return 1 if a module's score is below the wanted one."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", help="such as acs/retries; default: all")
    parser.add_argument("--least", type=int, default=90, help="the wanted score in per cent")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_tree(folder)
        modules = [f"acs_tokens/{module}.py" for module in MODULES]
        with (folder / "pyproject.toml").open("a") as file:
            file.write(CONFIG.format(modules=json.dumps(modules), tests=json.dumps(TESTS)))
        output = mutmut(folder, "run", "acs_tokens.no.such.function")
        if not (folder / STATS).exists():  # which tests call what
            print(output)
            return 1
        add_tests_over_http(folder)
        wanted = [module.replace("/", ".") for module in arguments.modules]
        names = [f"acs_tokens.{module}.x*" for module in wanted]
        mutmut(folder, "run", "--max-children", str(os.cpu_count()), *names)
        return report(folder, wanted, arguments.least)


def copy_tree(folder: Path) -> None:
    """Copy the files that belong to the repository, as they are now."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in names.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def mutmut(folder: Path, *arguments: str) -> str:
    """Run mutmut in the folder; return what it printed."""
    result = subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return result.stdout


def add_tests_over_http(folder: Path) -> None:
    """Add tests that call functions in another process to what mutmut found out."""
    file = folder / STATS
    stats = json.loads(file.read_text())
    known = stats["tests_by_mangled_function_name"]
    for _, name, module, _ in MUTANT.findall(mutmut(folder, "results", "--all", "true")):
        if paths := TESTS_OVER_HTTP.get(module):
            over_http = [test for test in stats["duration_by_test"] if test.startswith(paths)]
            known[name] = sorted({*known.get(name, ()), *over_http})
    file.write_text(json.dumps(stats))


def report(folder: Path, wanted: list[str], least: int) -> int:
    """Print the survivors and the score of the modules wanted; of all modules if none is named."""
    found = MUTANT.findall(mutmut(folder, "results", "--all", "true"))
    results = [result for result in found if not wanted or result[2] in wanted]
    scores = Counter((module, verdict in SURVIVED) for _, _, module, verdict in results)
    for name, _, _, verdict in results:
        if verdict in SURVIVED:
            print(f"\n{verdict}: {mutmut(folder, 'show', name)}")
    below = 0
    for module in sorted({module for module, _ in scores}):
        killed, survived = scores[module, False], scores[module, True]
        score = 100 * killed / (killed + survived)
        below += score < least
        print(f"{module}: {killed} of {killed + survived} killed, {score:.0f} %")
    killed = sum(count for (_, survived), count in scores.items() if not survived)
    print(f"in all: {killed} of {len(results)} killed, {100 * killed / max(len(results), 1):.0f} %")
    return 1 if below or not results else 0


if __name__ == "__main__":
    sys.exit(main())
