"""Lines over time as SVG: one colour, that of the text around, so that they suit light and dark."""

import math
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 76, 110, 34, 34
STEPS = 4  # lines across
LETTERS = 15  # height of a line of text
DASHES = ("none", "6 4", "2 3")
STYLE = (
    "svg{color:#1f2328;font:13px system-ui,sans-serif}"
    "@media(prefers-color-scheme:dark){svg{color:#e6edf3}}"
    "text{fill:currentColor}line,polyline{stroke:currentColor;fill:none}"
    ".step{opacity:.2}polyline{stroke-width:1.6}"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its name, and a value for each time."""

    name: str
    values: list[float]


def plot(title: str, unit: str, minutes: list[float], lines: list[Line]) -> str:
    """Return an SVG document with the lines over the minutes, from zero up.

    Args:
        title: said above, and by screen readers.
        unit: of the values.
        minutes: when each value was taken, since the beginning.
        lines: three at most, as long as ``minutes``.
    """
    most = STEPS * _even(max(value for line in lines for value in line.values) / STEPS)
    last = minutes[-1] or 1.0
    across, up = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def point(minute: float, value: float) -> tuple[float, float]:
        return LEFT + across * minute / last, TOP + up * (1 - value / most)

    parts = [_step(most, step, unit) for step in range(STEPS + 1)]
    parts += [
        _text(LEFT + across * quarter / STEPS, HEIGHT - 12, f"{last * quarter / STEPS:.3g} min")
        for quarter in range(STEPS + 1)
    ]
    for line, dash in zip(lines, DASHES, strict=False):
        points = [point(*pair) for pair in zip(minutes, line.values, strict=True)]
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline stroke-dasharray="{dash}" points="{drawn}"/>')
    ends = _apart([point(last, line.values[-1])[1] for line in lines])
    for line, y in zip(lines, ends, strict=True):
        parts.append(f'<text x="{WIDTH - RIGHT + 8}" y="{y + 4:.1f}">{escape(line.name)}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}"><title>{escape(title)}</title><style>{STYLE}</style>'
        f'<text x="{LEFT}" y="18">{escape(title)}</text>{"".join(parts)}</svg>\n'
    )


def _even(least: float) -> float:
    """Return the first of 1, 2, 2.5, 5, 10, 20, 25 … that is not below the value."""
    if least <= 0:
        return 1.0
    power: float = 10 ** math.floor(math.log10(least))
    return next(times * power for times in (1, 2, 2.5, 5, 10) if times * power >= least)


def _apart(heights: list[float]) -> list[float]:
    """Return where names can stand without touching, each as near to its line as may be."""
    found: dict[int, float] = {}
    lowest = -math.inf
    for number in sorted(range(len(heights)), key=heights.__getitem__):
        lowest = found[number] = max(heights[number], lowest + LETTERS)
    return [found[number] for number in range(len(heights))]


def _step(most: float, step: int, unit: str) -> str:
    y = TOP + (HEIGHT - TOP - BOTTOM) * (1 - step / STEPS)
    line = f'<line class="step" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    value = f"{most * step / STEPS:,g} {unit}".rstrip()
    return f'{line}<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value}</text>'


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{words}</text>'
