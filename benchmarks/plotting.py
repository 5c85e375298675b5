"""A plot is bars of bookings a second: ours beside pgbench, by how many call, as SVG that reads in light and dark.

``python benchmarks/plotting.py RUN.json PLOT.svg`` draws a run that ``databases.py`` wrote down. The same run gives
the same file.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from stored.found import HOT, LOAD, LOOP, PGBENCH, SPREAD
from stored.places import POSTGRESQL

TITLES = {HOT: "One window that everybody wants", SPREAD: "1,000 window-dates"}
WIDTH, HEIGHT = 760, 360
_LEFT, _TOP, _BASE, _PANEL, _GAP, _BAR = 52, 112, 312, 334, 12, 26
STYLE = """
  text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #57606a }
  .title { font-size: 17px; font-weight: 600; fill: #1f2328 }
  .panel { font-size: 13px; font-weight: 600; fill: #1f2328 }
  .value { font-size: 11px; text-anchor: middle; paint-order: stroke; stroke: #ffffff; stroke-width: 3px }
  .value.ours { font-weight: 600; fill: #0b6e5a }
  .callers { text-anchor: middle }
  .scale { text-anchor: end; font-size: 11px }
  .line { stroke: #d0d7de; stroke-width: 1 }
  .best { stroke: #8b949e; stroke-width: 1.5; stroke-dasharray: 4 3 }
  rect.ground { fill: #ffffff }
  rect.ours { fill: #12a085 }
  rect.pgbench { fill: #b6c0ca }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1 }
    .title, .panel { fill: #f0f6fc }
    .value { stroke: #0d1117 }
    .value.ours { fill: #4fd6b8 }
    .line { stroke: #30363d }
    rect.ground { fill: #0d1117 }
    rect.ours { fill: #2bb596 }
    rect.pgbench { fill: #545d68 }
  }
"""


class Bar(NamedTuple):
    """Bookings a second of so many callers."""

    callers: int
    pgbench: float
    ours: float


class Panel(NamedTuple):
    """One case; ``best`` is what pgbench books with the number of clients that suits it most."""

    title: str
    bars: tuple[Bar, ...]
    best: float


def panels_of(run: Mapping[str, Any]) -> list[Panel]:
    """What pgbench and ours did with the same number of callers, the fewest first."""
    rates: dict[tuple[str, str], dict[int, float]] = {}
    for each in run["bookings"]:
        if (each["part"], each["database"]) == (LOAD, POSTGRESQL):
            rates.setdefault((each["case"], each["how"]), {})[each["callers"]] = each["per_second"]
    panels = []
    for case, title in TITLES.items():
        pgbench, ours = rates.get((case, PGBENCH), {}), rates.get((case, LOOP), {})
        bars = tuple(Bar(number, pgbench[number], ours[number]) for number in sorted(pgbench.keys() & ours.keys()))
        if bars:
            panels.append(Panel(title, bars, max(pgbench.values())))
    return panels


def plot(panels: Sequence[Panel]) -> str:
    """The whole picture."""
    step, steps = _scale(max((max(panel.best, *(bar.ours for bar in panel.bars)) for panel in panels), default=1.0))
    said = "; ".join(
        f"{panel.title}, {bar.callers} callers: {bar.ours:,.0f} against {bar.pgbench:,.0f}"
        for panel in panels
        for bar in panel.bars
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="t d">',
        '<title id="t">Bookings a second on PostgreSQL</title>',
        f'<desc id="d">{escape(said)}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}" rx="10"/>',
        _text(24, 36, "title", "Bookings a second on PostgreSQL, every one durable"),
        *_legend(24, "ours", "booking-engine: every rule, one process"),
        *_legend(294, "pgbench", "pgbench: one prepared statement"),
        '<line class="best" x1="530" x2="552" y1="56" y2="56"/>',
        _text(558, 60, "", "pgbench at its best"),
    ]
    for number in range(steps + 1):
        y = _BASE - number * (_BASE - _TOP) / steps
        lines.append(f'<line class="line" x1="{_LEFT}" x2="{WIDTH - 20}" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(_text(_LEFT - 8, y + 4, "scale", _short(step * number)))
    for number, panel in enumerate(panels):
        lines += _panel(_LEFT + 8 + number * (_PANEL + _GAP), panel, step * steps)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _scale(most: float) -> tuple[float, int]:
    """How far the lines are apart, 1, 2 or 5 times a power of ten, and how many it takes: at most five."""
    power = 10.0 ** math.floor(math.log10(most / 5))
    step = next(power * times for times in (1, 2, 5, 10) if power * times * 5 >= most)
    return step, math.ceil(most / step)


def _legend(x: float, name: str, says: str) -> Iterator[str]:
    yield f'<rect class="{name}" x="{x}" y="50" width="12" height="12" rx="3"/>'
    yield _text(x + 18, 60, "", says)


def _panel(left: float, panel: Panel, top: float) -> Iterator[str]:
    scale = (_BASE - _TOP) / top
    yield _text(left, 90, "panel", panel.title)
    y = _BASE - panel.best * scale
    yield f'<line class="best" x1="{left}" x2="{left + _PANEL - 8}" y1="{y:.1f}" y2="{y:.1f}"/>'
    for number, bar in enumerate(panel.bars):
        middle = left + (number + 0.5) * _PANEL / len(panel.bars)
        for name, at, value in (("pgbench", middle - _BAR - 2, bar.pgbench), ("ours", middle + 2, bar.ours)):
            height = max(value * scale, 1)
            y = _BASE - height
            yield f'<rect class="{name}" x="{at:.1f}" y="{y:.1f}" width="{_BAR}" height="{height:.1f}" rx="3"/>'
            yield _text(at + _BAR / 2, y - 5, f"value {name}", _short(value))
        yield _text(middle, _BASE + 18, "callers", f"{bar.callers}")
    yield _text(left + _PANEL / 2, _BASE + 36, "callers", "callers at the same time")


def _short(value: float) -> str:
    """A number with at most three digits."""
    if value < 1_000:
        return f"{value:.0f}"
    thousands = value / 1_000
    return f"{thousands:.0f}k" if thousands >= 100 or thousands == int(thousands) else f"{thousands:.1f}k"


def _text(x: float, y: float, name: str, says: str) -> str:
    kind = f' class="{name}"' if name else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}">{escape(says)}</text>'


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("run", type=Path, help="what --json of databases.py wrote")
    options.add_argument("plot", type=Path)
    chosen = options.parse_args()
    run = json.loads(chosen.run.read_text(encoding="utf-8"))
    chosen.plot.write_text(plot(panels_of(run)), encoding="utf-8")


if __name__ == "__main__":
    main()
