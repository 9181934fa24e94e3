"""What the host prints when it is ready."""

import shlex
from collections.abc import Iterator, Sequence

from local_host.functions import HttpFunction, TimerFunction

PAGE_FUNCTION = "guest_token"
BACKEND_FUNCTION = "create_user_and_token"


def startup_message(
    functions: Sequence[HttpFunction],
    timers: Sequence[TimerFunction],
    address: str,
    *,
    function_key: str | None,
    guests: bool,
    notes: str,
) -> str:
    """Return the text to print.

    Args:
        address: Where the host listens, for example ``http://localhost:7071``.
        function_key: The key that functions need; None if they need none.
        guests: Whether a page may get tokens for visitors who are not signed in.
        notes: Lines about the settings and the emulator.
    """
    urls = {function.name: f"{address}/{function.template}" for function in functions}
    parts = [
        f"A page that gets tokens at a click:\n\n\t{address}/\n",
        *_page(urls, guests=guests),
        notes,
        "Functions:\n",
        *(f"\t{each.name}: [{','.join(each.methods)}] {urls[each.name]}\n" for each in functions),
        *_backend(urls, function_key),
        f"The description of the API, to read and to try:\n\n\t{address}/docs\n",
        *(
            f"{timer.name}, now:\n\n\tcurl -X POST {address}/admin/functions/{timer.name}\n"
            for timer in timers
        ),
        "Ctrl-C stops it.",
    ]
    return "\n".join(parts)


def _page(urls: dict[str, str], *, guests: bool) -> Iterator[str]:
    if guests and PAGE_FUNCTION in urls:
        yield f"Your page gets its tokens from:\n\n\t{urls[PAGE_FUNCTION]}\n"


def _backend(urls: dict[str, str], function_key: str | None) -> Iterator[str]:
    if BACKEND_FUNCTION in urls:
        header = f" -H {shlex.quote(f'x-functions-key: {function_key}')}" if function_key else ""
        yield f"A VoIP token:\n\n\tcurl -X POST {urls[BACKEND_FUNCTION]}{header}\n"
