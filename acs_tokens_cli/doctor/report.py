"""Shows what doctor does and finds: a table for people, JSON for programs."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from acs_tokens_cli.doctor.check import Result
from acs_tokens_cli.output import Output


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Show on stderr which check runs: in one line of a terminal, otherwise in a line for each.

    Yields:
        What is told the name of each check.
    """
    console = Console(stderr=True, highlight=False)
    with console.status("") as status:

        def announce(name: str) -> None:
            status.update(escape(name))
            if not console.is_terminal:
                console.print(escape(name), soft_wrap=True)

        yield announce


def print_results(results: list[Result], output: Output) -> None:
    """Print what the checks found, on stdout."""
    if output is Output.JSON:
        print(json.dumps({"checks": [asdict(result) for result in results]}))
        return
    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    for result in results:
        mark = "[green]✓[/green]" if result.ok else "[red]✗[/red]"
        text = escape(result.detail) + (f"\n→ {escape(result.cure)}" if result.cure else "")
        table.add_row(mark, escape(result.name), f"{result.milliseconds} ms", text)
    console.print(table)
    failed = sum(not result.ok for result in results)
    console.print(f"{len(results)} checks, {failed} failed.")
