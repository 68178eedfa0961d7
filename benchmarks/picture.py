"""The table as a picture: one bar a row, on a scale of how far it is from its aim. SVG, written by us."""

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from benchmarks.row import Claim

WIDTH: Final = 960
LINE: Final = 26
LEFT: Final = 400
"""Where the scale begins."""
RIGHT: Final = 820
REACH: Final = 16.0
"""The scale goes from a sixteenth of the aim to sixteen times as good."""
INK, MUTED, GOOD, BAD = "#1f2933", "#7b8794", "#2f7d5b", "#b8432f"


def draw(rows: Sequence[Claim], notes: Sequence[str]) -> str:
    """An SVG document. A bar to the right of the line is better than its aim, one to the left is short of it."""
    aimed = [row for row in rows if row.aim is not None]
    height = 70 + LINE * (len(aimed) + len(notes))
    lines = "\n".join(_lines(aimed, notes))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="Measured against its aims">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{lines}\n</svg>\n'
    )


def _lines(rows: Sequence[Claim], notes: Sequence[str]) -> Iterator[str]:
    aim = _x(1.0)
    yield _text(20, 28, "Rumbo beside what people would use instead", INK, size=17, bold=True)
    yield _text(aim, 50, "the aim", MUTED, anchor="middle")
    bottom = 58 + LINE * len(rows)
    yield f'<line x1="{aim:.1f}" y1="56" x2="{aim:.1f}" y2="{bottom}" stroke="{MUTED}" stroke-dasharray="3 3"/>'
    for number, row in enumerate(rows):
        y = 62 + LINE * number
        end, colour = _x(better(row)), GOOD if row.met else BAD
        yield _text(LEFT - 12, y + 13, row.row, INK, anchor="end")
        yield (
            f'<rect x="{min(aim, end):.1f}" y="{y}" width="{max(abs(end - aim), 1):.1f}" height="16" rx="2" '
            f'fill="{colour}"/>'
        )
        yield _text(RIGHT + 12, y + 13, f"{row.figure()} ({row.aim_text()})", colour)
    for number, line in enumerate(notes):
        yield _text(20, bottom + 24 + 18 * number, line, MUTED, size=11)


def better(row: Claim) -> float:
    """How many times as good as its aim: 1 is the aim itself."""
    assert row.aim is not None
    ratio = max(row.ratio, 1e-9)
    return ratio / row.aim if row.bound == "at least" else row.aim / ratio


def _x(times: float) -> float:
    share = (math.log(min(max(times, 1 / REACH), REACH)) / math.log(REACH) + 1) / 2
    return LEFT + share * (RIGHT - LEFT)


def _text(
    x: float, y: float, content: str, fill: str, *, anchor: str = "start", size: int = 13, bold: bool = False
) -> str:
    weight = ' font-weight="600"' if bold else ""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} fill="{fill}" font-size="{size}"{weight}>{escape(content)}</text>'
