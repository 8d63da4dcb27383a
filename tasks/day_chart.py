"""The chart of a day as an SVG picture: what happened by service, and who is waited for.

Drawn here, in a few rectangles: a plotting library would weigh more than the rest of the worker, and Prefect's UI shows
an SVG behind a `data:` address, sharp at any size, without a place that it would have to be fetched from.
"""

import base64
from collections.abc import Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape

from infra.day_summary import SUBMITTED, WHOM, DaySummary
from models.states import Party

_WIDTH, _HEIGHT, _TOP, _FLOOR = 960, 320, 70, 270
_SPLIT: Final = 640  # left of it the services, right of it the parties
_COLOURS: Final = {SUBMITTED: "#94a3b8", "released": "#60a5fa", "completed": "#16a34a", "refused": "#dc2626"}
_WAITING: Final = dict(zip(WHOM, ("#64748b", "#dc2626", "#f59e0b", "#60a5fa", "#94a3b8"), strict=True))
_FONT: Final = "font-family='system-ui, sans-serif'"


def day_chart(day: DaySummary) -> str:
    """An SVG document of a few kilobytes."""
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{_WIDTH}' height='{_HEIGHT}' {_FONT}>",
        f"<rect width='{_WIDTH}' height='{_HEIGHT}' fill='#ffffff'/>",
        *_services(day),
        *_parties(day),
        "</svg>",
    ]
    return "".join(parts)


def data_url(svg: str) -> str:
    """An address that holds the picture itself."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _services(day: DaySummary) -> Iterator[str]:
    yield _text(30, 28, f"{day.day:%d/%m/%Y}: cases by service", size=16, bold=True)
    for position, (word, colour) in enumerate(_COLOURS.items()):
        yield _box(30 + 110 * position, 40, width=12, height=12, colour=colour)
        yield _text(47 + 110 * position, 51, word)
    most = _most([counts[word] for counts in day.happened.values() for word in _COLOURS])
    wide = (_SPLIT - 50) / len(day.happened)
    for place, (service, counts) in enumerate(day.happened.items()):
        left = 30 + place * wide
        for position, (word, colour) in enumerate(_COLOURS.items()):
            yield from _column(left + 4 + position * 21, counts[word], most, colour=colour, wide=18)
        for line, word in enumerate(service.value.split("_")):
            yield _text(left + 4, _FLOOR + 18 + 14 * line, word)


def _parties(day: DaySummary) -> Iterator[str]:
    yield _text(_SPLIT + 20, 28, "Waiting now, and for whom", size=16, bold=True)
    totals = {whom: sum(counts[whom] for counts in day.waiting.values()) for whom in _WAITING}
    most = _most(list(totals.values()))
    for place, (whom, colour) in enumerate(_WAITING.items()):
        yield from _column(_SPLIT + 30 + place * 60, totals[whom], most, colour=colour, wide=40)
        yield _text(_SPLIT + 30 + place * 60, _FLOOR + 18, "service" if whom == Party.US else whom)


def _column(left: float, count: int, most: int, *, colour: str, wide: int) -> Iterator[str]:
    height = (_FLOOR - _TOP - 20) * count / most
    yield _box(left, _FLOOR - height, width=wide, height=max(height, 1), colour=colour)
    if count:
        yield _text(left, _FLOOR - height - 5, str(count))


def _most(counts: Sequence[int]) -> int:
    return max(1, *counts)


def _box(left: float, top: float, *, width: float, height: float, colour: str) -> str:
    return f"<rect x='{left:.1f}' y='{top:.1f}' width='{width:.1f}' height='{height:.1f}' fill='{colour}'/>"


def _text(left: float, base: float, words: str, *, size: int = 12, bold: bool = False) -> str:
    weight = " font-weight='600'" if bold else ""
    return f"<text x='{left:.1f}' y='{base:.1f}' font-size='{size}'{weight} fill='#1f2937'>{escape(words)}</text>"
