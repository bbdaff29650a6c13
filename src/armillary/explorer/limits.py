"""Limits: how much of an atlas a page holds."""

from dataclasses import dataclass

MAX_POINTS = 2_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be shown; None for all.

    Parameters
    ----------
    panels
        Findings with panels, strongest first. The others are listed only.
    nulls
        Findings whose panels are also drawn from their null, of those with panels.
    features
        Features on the map; members of findings first, then a fixed random choice.
    contexts
        Whether members of findings have the text that they fire on.
    points
        Points drawn of one finding; a fixed random choice beyond.
    """

    panels: int | None = None
    nulls: int | None = None
    features: int | None = None
    contexts: bool = True
    points: int = MAX_POINTS


EVER_LESS = (  # of a report: the first that fits into its megabytes
    Limits(300, 60, 100_000),
    Limits(300, 30, 100_000),
    Limits(240, 20, 70_000),
    Limits(180, 15, 50_000),
    Limits(140, 10, 40_000),
    Limits(100, 10, 30_000),
    Limits(100, 10, 30_000, contexts=False),
    Limits(70, 10, 20_000, contexts=False),
    Limits(50, 5, 14_000, contexts=False),
    Limits(35, 5, 10_000, contexts=False),
    Limits(20, 5, 7_000, contexts=False),
    Limits(20, 0, 5_000, contexts=False),
    Limits(10, 0, 2_000, contexts=False),
    Limits(0, 0, 0, contexts=False),
)
