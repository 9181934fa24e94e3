"""What the host prints when it is ready."""

import shlex
from typing import Any

import pytest

from local_host.functions import HttpFunction
from local_host.routes import Route
from local_host.startup_message import BACKEND_FUNCTION, startup_message

PATH = "api/users/token"


async def never(request: Any) -> Any:
    raise AssertionError


@pytest.mark.parametrize("key", ["sesame", "it's", '$(a)"\\'])
def test_a_shell_reads_the_function_key_as_it_is(key: str) -> None:
    function = HttpFunction(
        BACKEND_FUNCTION,
        PATH,
        Route(PATH),
        ("POST",),
        needs_key=True,
        takes_context=False,
        handler=never,
    )

    text = startup_message([function], [], "http://x", function_key=key, guests=False, notes="")

    (line,) = (line for line in text.splitlines() if "curl" in line)
    assert shlex.split(line)[-2:] == ["-H", f"x-functions-key: {key}"]
