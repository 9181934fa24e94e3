"""The results as a picture: bars, each a ratio to Microsoft's tutorial. Less is better.

In colours that can be read on white and on black.
"""

from collections.abc import Sequence
from html import escape

from benchmarks import idle, memory, start
from benchmarks.peers import BEST, FLOOR, NAIVE, OURS, PIPELINE, RUNTIME, TUTORIAL
from benchmarks.results import Results

GROUPS = (
    ("page load, median", "p50 ms, 50 ms, 16 at once"),
    ("page load after 21 s of idleness", idle.FIGURE.format(50)),
    ("page load, 99th percentile, 64 at once", "p99 ms, 50 ms, 64 at once"),
    ("CPU time per token, 32 at once", "CPU µs per response, 0 ms, 32 at once"),
    ("start to first token", start.FIRST),
    ("memory growth, 1,000 at once", memory.GROWTH),
)
LABELS = {
    TUTORIAL: "tutorial (Node)",
    BEST: "best Node",
    NAIVE: "naive Python",
    OURS: "acs-tokens",
    RUNTIME: "acs-tokens, Azure's runtime",
    PIPELINE: "azure.core alone",
    FLOOR: "floor: bare aiohttp",
}
TEXT, GRID, OURS_COLOUR, PEER_COLOUR, OTHER = (
    "#768390",
    "#76839066",
    "#2f81f7",
    "#db6d28",
    "#8b949e",
)
COLOURS = {OURS: OURS_COLOUR, RUNTIME: OURS_COLOUR, TUTORIAL: PEER_COLOUR}

COLUMNS, COLUMN_WIDTH = 2, 430
LABEL_WIDTH, VALUE_WIDTH = 165, 50
BAR, GAP, TITLE, MARGIN = 12, 5, 24, 18
MOST = 1.5  # times the tutorial; longer bars are cut, and their number says so
TOP = 30


def chart(results: Results) -> str:
    """The picture, as SVG."""
    measured = [
        (title, bars) for title, figure in GROUPS if len(bars := _bars(results, figure)) > 1
    ]
    parts, heights = [], [TOP] * COLUMNS
    for title, bars in measured:
        column = heights.index(min(heights))
        parts.append(_group(column * COLUMN_WIDTH, heights[column], title, bars))
        heights[column] += TITLE + len(bars) * (BAR + GAP) + MARGIN
    width, height = COLUMNS * COLUMN_WIDTH, max(heights)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" font-family="system-ui, sans-serif" font-size="11" fill="{TEXT}"'
        ' role="img">\n<title>Ratios to Microsoft\'s tutorial; less is better</title>\n'
        + _text(8, 14, "Ratios to Microsoft's tutorial in the same run (1.00); less is better", 12)
        + "".join(parts)
        + "</svg>\n"
    )


def _bars(results: Results, figure: str) -> list[tuple[str, float]]:
    ratios = ((key, results.ratio(figure, key, TUTORIAL)) for key in LABELS)
    return [(key, ratio) for key, ratio in ratios if ratio is not None]


def _group(x: int, y: int, title: str, bars: Sequence[tuple[str, float]]) -> str:
    scale = (COLUMN_WIDTH - LABEL_WIDTH - VALUE_WIDTH - MARGIN) / MOST
    left, one = x + LABEL_WIDTH, x + LABEL_WIDTH + scale
    bottom = y + TITLE + len(bars) * (BAR + GAP) - GAP
    parts = [_text(x + 8, y + 14, title, 12, bold=True)]
    parts.append(
        f'<path d="M{one:.1f} {y + TITLE - 3}V{bottom + 3}" stroke="{GRID}"'
        ' stroke-dasharray="3 2"/>\n'
    )
    for place, (key, ratio) in enumerate(bars):
        top = y + TITLE + place * (BAR + GAP)
        parts.append(_bar(left, top, key, ratio, scale))
    return "".join(parts)


def _bar(left: float, top: float, key: str, ratio: float, scale: float) -> str:
    length = max(1.0, min(ratio, MOST) * scale)
    middle, bold = top + BAR - 2, key == OURS
    value = f"{ratio:.2f}" if ratio <= MOST else f"→ {ratio:.1f}"
    label = _text(left - 6, middle, LABELS[key], 11, bold=bold, anchor="end")
    return (
        f'{label}<rect x="{left:.1f}" y="{top}" width="{length:.1f}" height="{BAR}" rx="2"'
        f' fill="{COLOURS.get(key, OTHER)}"{_fainter(key)}/>\n'
        + _text(left + length + 5, middle, value, 11, bold=bold)
    )


def _fainter(key: str) -> str:
    return ' fill-opacity="0.6"' if key == RUNTIME else ""


def _text(
    x: float, y: float, text: str, size: int, *, bold: bool = False, anchor: str = "start"
) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"{weight}>'
        f"{escape(text)}</text>\n"
    )
