"""The results as Markdown: who did how well, and what was aimed at."""

import re
from collections.abc import Sequence

from benchmarks import idle, memory, package, start
from benchmarks.about import OTHERS
from benchmarks.peers import BEST, FLOOR, OURS, TUTORIAL, Peer
from benchmarks.results import Results
from benchmarks.targets import TARGETS, number

# Column, figure, and whose numbers it is divided by; None for numbers as they are.
COLUMNS = (
    ("p50", "p50 ms, 50 ms, 16 at once", TUTORIAL),
    ("p50 after 21 s idle", idle.FIGURE.format(50), TUTORIAL),
    ("p99, 64 at once", "p99 ms, 50 ms, 64 at once", TUTORIAL),
    ("tokens/s, 64 at once", "tokens per second, 0 ms, 64 at once", TUTORIAL),
    ("CPU per token", "CPU µs per response, 0 ms, 32 at once", TUTORIAL),
    ("start to first token", start.FIRST, TUTORIAL),
    ("memory growth", memory.GROWTH, TUTORIAL),
    ("requests to ACS", "upstream requests per token, 50 ms, 16 at once", None),
    ("refused, 256 at once", "refused, 50 ms, 256 at once", None),
)
MARKED = re.compile(r"(?<=<!-- bench -->\n).*(?=<!-- /bench -->)", re.DOTALL)
PICTURE = "![Ratios to Microsoft's tutorial](../benchmarks/results/chart.svg)"
QUIET_CORES = 0.2
HEAD = """\
The numbers are ratios to Microsoft's tutorial in the same run.
Less is better, except for tokens per second.
ACS is a stand-in over TLS that takes 50 ms
(0 ms for tokens per second and CPU, 1.5 s for memory with 1,000 page loads at once).
Each server has one core."""


def table(results: Results, peers: Sequence[Peer]) -> str:
    """All that the document says of a run."""
    return (
        "\n\n".join(
            (HEAD, _compared(results, peers), *_notes(results), _targets(results), _about(results))
        )
        + "\n"
    )


def with_results(document: str, text: str) -> str:
    """Put the chart and the tables of a run into their place in a document.

    Args:
        document: The Markdown, with the marks ``<!-- bench -->`` and ``<!-- /bench -->``. It is in
            a folder beside ``benchmarks``, where the chart is.
        text: What `table` gives.

    Returns:
        The document with everything between the marks replaced.
    """
    return MARKED.sub(lambda _: f"\n{PICTURE}\n\n{text}\n", document)


def _compared(results: Results, peers: Sequence[Peer]) -> str:
    rows = []
    for peer in peers:
        if peer.missing:
            rows.append([peer.title, f"not measured: {peer.missing}", *[""] * (len(COLUMNS) - 1)])
            continue
        rows.append([peer.title, *(_cell(results, peer, figure, by) for _, figure, by in COLUMNS)])
    return _markdown(["", *(title for title, _, _ in COLUMNS)], rows)


def _cell(results: Results, peer: Peer, figure: str, against: str | None) -> str:
    if against:
        return number(results.ratio(figure, peer.key, against))
    value = results.value(figure, peer.key)
    if value is None or not figure.startswith("refused"):
        return number(value)
    return f"{value * 100:.1f} %"


def _notes(results: Results) -> list[str]:
    return [note for note in (_memory(results), _package(results)) if note]


def _package(results: Results) -> str:
    compiled, without, libraries = (
        results.value(package.CPU, key)
        for key in (package.PACKAGE, package.WITHOUT, package.LIBRARIES)
    )
    if compiled is None or without is None or libraries is None:
        return ""
    return (
        "A cold start of the deployed package, in a folder that is read-only as in Azure, until its"
        " functions are indexed:\n\n"
        f"- {compiled:.0f} ms of CPU with its bytecode, {without:.0f} ms without;\n"
        f"- {libraries:.0f} ms for importing azure.functions, aiohttp, the SDK's client and"
        " pydantic's BaseModel alone."
    )


def _memory(results: Results) -> str:
    served = {key: results.value(memory.SERVED, key) for key in (OURS, TUTORIAL)}
    growth = {key: results.value(memory.GROWTH, key) for key in (OURS, TUTORIAL, BEST, FLOOR)}
    if None in served.values() or None in growth.values():
        return ""
    return (
        "With 1,000 page loads at once and an ACS that takes 1.5 s:\n\n"
        f"- acs-tokens gave {served[OURS]:.0f} of them a token."
        f" It grew by {growth[OURS]:.0f} MiB.\n"
        f"- The tutorial gave {served[TUTORIAL]:.0f} of them a token."
        f" It grew by {growth[TUTORIAL]:.0f} MiB."
    )


def _targets(results: Results) -> str:
    rows = [target.row(results) for target in TARGETS]
    return _markdown(["what", "against", "target", "measured", "holds?"], rows)


def _about(results: Results) -> str:
    about = "\n".join(f"- {name}: {value}" for name, value in results.about.items())
    busy = float(results.about.get(OTHERS, 0))
    warning = f"\n\n**Others used {busy:g} cores meanwhile: the figures are worth less.**"
    return f"Made by `make bench`:\n\n{about}{warning if busy > QUIET_CORES else ''}"


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
