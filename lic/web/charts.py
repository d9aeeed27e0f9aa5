"""Charts drawn as SVG on the server: columns of a year, and a strip for each kind (interface.md, Pictures)."""

from dataclasses import dataclass

HEIGHT, BASE, TOP = 196, 168, 14  # px: all of it, the line bars stand on, the highest bar


@dataclass(frozen=True)
class Bar:
    x: float  # percent of the width
    width: float
    y: float
    height: float
    style: str


@dataclass(frozen=True)
class Chart:
    bars: list
    labels: list  # (x in percent, text, whether it is shown on a narrow place too)
    highest: float
    height: int = HEIGHT


def columns(rows, styles):
    """rows: [(text, (value, …))], each a column of its values upon each other."""
    highest = max((sum(values) for _, values in rows), default=0) or 1
    step, bars, labels = 100 / max(len(rows), 1), [], []
    for place, (text, values) in enumerate(rows):
        y = BASE
        for value, style in zip(values, styles, strict=True):
            height = (BASE - TOP) * value / highest
            y -= height
            if value:
                bars.append(Bar(place * step + step * 0.2, step * 0.6, round(y, 1), round(height, 1), style))
        labels.append((place * step + step / 2, text, place % 2 == 0))
    return Chart(bars, labels, highest)


def strips(rows, styles):
    """rows: [(text, (value, …))], each a strip of its values beside each other, its text above it."""
    highest = max((sum(values) for _, values in rows), default=0) or 1
    bars, labels = [], []
    for place, (text, values) in enumerate(rows):
        x = 0
        for value, style in zip(values, styles, strict=True):
            if value:
                bars.append(Bar(round(x, 2), round(100 * value / highest, 2), 20 + 46 * place, 12, style))
            x += 100 * value / highest
        labels.append((13 + 46 * place, text, sum(values)))
    return Chart(bars, labels, highest, 46 * len(rows))
