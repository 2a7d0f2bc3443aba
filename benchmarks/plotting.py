"""Curves of cost: the straight line through them, and their plot."""

import io
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

COLOURS = ["#1f6feb", "#8a6d3b"]
SALT = "gql_server"


class Fit(NamedTuple):
    """A straight line."""

    start: float
    slope: float

    def __call__(self, place: float) -> float:
        return self.start + self.slope * place


@dataclass(frozen=True)
class Panel:
    """Lines over the same places."""

    label: str
    places: list[int]
    lines: list["Line"]


@dataclass(frozen=True)
class Line:
    """What was measured at each place of a panel."""

    label: str
    values: list[float]

    def fit(self, panel: Panel) -> Fit:
        slope, start = statistics.linear_regression(panel.places, self.values)
        return Fit(start, slope)

    def determination(self, panel: Panel) -> float:
        """R²: 1 when all values are on the straight line."""
        return statistics.correlation(panel.places, self.values) ** 2


def draw(panels: Sequence[Panel], path: Path) -> None:
    """Writes an SVG, the same for the same values."""
    try:
        import matplotlib as mpl  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError:
        raise SystemExit("The plot needs matplotlib: pip install --group bench, or pass --no-plot.") from None
    # Without a salt the ids in the file are random; with text as text it is a tenth as long.
    with mpl.rc_context({"svg.hashsalt": SALT, "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(9, 3.4), layout="constrained")
        for axes, panel in zip(figure.subplots(1, len(panels)), panels, strict=True):
            for line, colour in zip(panel.lines, COLOURS, strict=True):
                fit, ends = line.fit(panel), (0, panel.places[-1])
                axes.plot(ends, [fit(end) for end in ends], color=colour, linewidth=1, alpha=0.5)
                axes.plot(panel.places, line.values, "o", color=colour, markersize=4, label=line.label)
            axes.set_xlabel(panel.label)
            axes.set_ylabel("ms of CPU for a request")
            axes.set_xlim(left=0)
            axes.set_ylim(bottom=0)
            axes.grid(alpha=0.25)
            axes.legend(frameon=False)
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    path.write_text("".join(f"{line.rstrip()}\n" for line in drawn.getvalue().splitlines()))
