"""What the app responds is what openapi.json says, for requests that schemathesis makes up.

`make test` sends 1,500 requests, the same in every run. `make contract` sends 20,000, others in
every run.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from acs_emulator.entra.users import USERS
from tests.entra_stand_in import CLIENT_ID
from tests.serving import READY, ROOT, Emulator, running_program
from tests.trust.test_teams import bearer, variables

EXAMPLES = os.environ.get("CONTRACT_EXAMPLES", "18")  # for each operation; `make contract` sets it
SEED = os.environ.get("CONTRACT_SEED", "1")  # the same requests in each run; "" for others
ARGUMENTS = ("--max-examples", EXAMPLES, *(("--seed", SEED) if SEED else ()))
# Operations without parameters have few different requests, so it is not 31 for each example.
MIN_REQUESTS = max(1500, 22 * int(EXAMPLES))
FUNCTION_KEY = "sesame"
# Not Alice, whose ids are the examples in openapi.json: a request bans them.
BOB = next(user for user in USERS if user.first_name == "Bob")


@pytest.fixture(scope="module")
def credentials(
    emulator: Emulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """An app behind a function key, with everything switched on: what the hooks need for it."""
    settings = variables(
        emulator,
        tmp_path_factory.mktemp("contract"),
        GUESTS="on",
        GUEST_SCOPES="voip,voip.join,chat,chat.join,chat.join.limited",
        GUEST_MAX_MINUTES="1440",
        GUEST_RETENTION_DAYS="30",
        TEAMS_MEETING_URL="https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0",
        PYTHON_ENABLE_DEBUG_LOGGING="",
    )
    arguments = ("--port", "0", "--no-emulator", "--function-key", FUNCTION_KEY)
    with running_program("local_host", *arguments, variables=settings) as program:
        address = program.read_until(READY)[1]
        yield {
            "CONTRACT_API": f"{address}/api",
            "CONTRACT_EMULATOR": emulator.url,
            "CONTRACT_FUNCTION_KEY": FUNCTION_KEY,
            "CONTRACT_BEARER": bearer(emulator, "bob"),
            "CONTRACT_CLIENT_ID": CLIENT_ID,
            "CONTRACT_USER": BOB.object_id,
            "CONTRACT_TENANT": BOB.tenant.id,
        }


def test_every_response_is_as_described(credentials: dict[str, str], tmp_path: Path) -> None:
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", str(ROOT / "openapi.json"),
        "--url", credentials["CONTRACT_API"],
        # The Functions host responds with 404 to a method that a route does not have.
        "--exclude-checks", "unsupported_method",
        "--generation-database", "none", "--no-color", *ARGUMENTS,
    ]  # fmt: skip
    # No other variables: requests looks for a proxy in all of them, for each request.
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "SCHEMATHESIS_HOOKS": "tests.api_description.schemathesis_hooks",
        # Here are the tables of characters that take a second to make.
        "HYPOTHESIS_STORAGE_DIRECTORY": str(ROOT / ".hypothesis"),
        **credentials,
    }

    ran = subprocess.run(
        command,
        cwd=tmp_path,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Tested: 31" in ran.stdout
    assert "WARNINGS" not in ran.stdout, ran.stdout  # such as: only 401 for an operation
    (requests,) = re.findall(r"^ +\d+ generated, (\d+) passed", ran.stdout, re.MULTILINE)
    assert int(requests) >= MIN_REQUESTS, ran.stdout
