"""Plots as SVG, in colours that read on white and on black."""

from collections.abc import Mapping, Sequence
from html import escape

from bench.book import written

WIDTH = 720
ROW = 30
LABELS = 250
INK = "#7a7f87"
OURS = "#2f81f7"
THEIRS = "#9aa4af"
LINES = (OURS, "#e5803c", "#4aa564", "#a371c9")
STYLE = f'font-family="system-ui, sans-serif" font-size="13" fill="{INK}"'

PLOT_HEIGHT = 260
LEFT, RIGHT, TOP, BOTTOM = 60, 170, 44, 40


def bars(title: str, values: Mapping[str, float], ours: str) -> str:
    """A bar for each value, one of them in colour."""
    most = max(values.values())
    drawn = [_text(0, 20, title, bold=True)]
    for number, (label, value) in enumerate(values.items()):
        y = 40 + number * ROW
        width = (WIDTH - LABELS - 80) * value / most
        colour = OURS if label == ours else THEIRS
        drawn.append(_text(LABELS - 10, y + 15, label, anchor="end"))
        drawn.append(
            f'<rect x="{LABELS}" y="{y}" width="{width:.1f}" height="20" rx="3" '
            f'fill="{colour}"/>'
        )
        drawn.append(_text(round(LABELS + width + 8), y + 15, written(value)))
    return _svg(50 + ROW * len(values), drawn)


def lines(
    title: str, ticks: Sequence[str], series: Mapping[str, Sequence[float]], unit: str
) -> str:
    """A line for each series over the same ticks, from zero."""
    most = max(max(values) for values in series.values()) * 1.05
    bottom = TOP + PLOT_HEIGHT
    step = (WIDTH - LEFT - RIGHT) / max(1, len(ticks) - 1)
    drawn = [_text(0, 20, f"{title}, {unit}", bold=True)]
    for part in range(5):
        y = bottom - PLOT_HEIGHT * part / 4
        drawn.append(
            f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{INK}" stroke-opacity="0.25"/>'
        )
        drawn.append(_text(LEFT - 8, round(y + 4), written(most * part / 4), anchor="end"))
    for number, tick in enumerate(ticks):
        drawn.append(_text(round(LEFT + number * step), bottom + 22, tick, anchor="middle"))
    for colour, (label, values) in zip(LINES, series.items(), strict=False):
        points = [
            (LEFT + number * step, bottom - PLOT_HEIGHT * value / most)
            for number, value in enumerate(values)
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        drawn.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>'
        )
        drawn.append(
            _text(round(points[-1][0] + 10), round(points[-1][1] + 4), label, colour=colour)
        )
    return _svg(bottom + BOTTOM, drawn)


def _text(  # noqa: PLR0913  # each is given by name
    x: int, y: int, text: str, *, anchor: str = "start", bold: bool = False, colour: str = ""
) -> str:
    weight = ' font-weight="600"' if bold else ""
    fill = f' fill="{colour}"' if colour else ""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{weight}{fill}>{escape(text)}</text>'


def _svg(height: int, drawn: Sequence[str]) -> str:
    inside = "\n".join(drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {STYLE}>\n'
        f"{inside}\n</svg>\n"
    )
