"""The table: verdicts counted by truth, and the confusions that occur most."""

from collections import Counter
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from armillary.atlas.columnar import table_of_rows, write_table
from armillary.core.errors import MissingExtra
from armillary.experiments.confusion.expected import expected_of

MISSED = "none"
COLUMNS = {
    "world": "string", "source": "string", "seed": "int64", "judge": "string", "n": "int64",
    "verdict": "string", "runner_up": "string", "p": "float64", "right": "bool", "kind": "string",
}  # fmt: skip
FIGURE = "armillary.figures.confusion"  # a floor above, so found by name when asked for


@dataclass(frozen=True, slots=True)
class Called:
    """One verdict.

    Parameters
    ----------
    world, source, seed
        What was judged.
    judge
        ``"battery"`` (the points alone) or ``"survey"`` (the points among the rows of a large
        dictionary, without a word about which they are).
    n
        Points.
    verdict
        Name of the shape; ``"none"`` where nothing is claimed.
    runner_up
        The best of the others.
    p
        Of the placement test (battery) or q over all groups (survey); NaN without a claim.
    right
        Whether the verdict is among those written down beforehand.
    """

    world: str
    source: str
    seed: int
    judge: str
    n: int
    verdict: str
    runner_up: str
    p: float
    right: bool

    @property
    def kind(self) -> str:
        """``"right"``, ``"missed"`` (nothing claimed of something) or ``"wrong"``."""
        if self.right:
            return "right"
        return "missed" if self.verdict == MISSED else "wrong"


@dataclass(frozen=True, slots=True)
class Confusion:
    """Every verdict, and how it was made.

    Parameters
    ----------
    called
        One entry a world, source, judge and seed.
    record
        Version, seeds, size, settings, CPU seconds.
    """

    called: tuple[Called, ...]
    record: dict[str, Any]

    def counts(self, judge: str, source: str) -> dict[str, Counter[str]]:
        """Return, by world, how often each verdict was given."""
        out: dict[str, Counter[str]] = {}
        for one in self.called:
            if one.judge == judge and one.source == source:
                out.setdefault(one.world, Counter())[one.verdict] += 1
        return out

    def false_alarms(self) -> tuple[int, int]:
        """Return claims on Gaussian clouds, and how many such clouds were judged."""
        nothing = [one for one in self.called if one.source == "gaussian"]
        return sum(one.verdict != MISSED for one in nothing), len(nothing)

    def worst(self, n: int = 3) -> list[tuple[str, str, int, int]]:
        """Return the ``n`` most frequent wrong names: ``(truth, verdict, times, of)``.

        Misses are not confusions and are not counted; Gaussian clouds count under ``nothing``.
        Judges are taken together, sources apart.
        """
        times: Counter[tuple[str, str]] = Counter()
        of: Counter[str] = Counter()
        for one in self.called:
            truth = f"{one.world}, {one.source}"
            of[truth] += 1
            if one.kind == "wrong":
                times[truth, one.verdict] += 1
        most = sorted(times.items(), key=lambda item: (-item[1] / of[item[0][0]], item[0]))
        return [(truth, verdict, count, of[truth]) for (truth, verdict), count in most[:n]]

    def rows(self) -> list[dict[str, Any]]:
        """Return one plain record a verdict."""
        return [{**asdict(one), "kind": one.kind} for one in self.called]

    def lines(self) -> list[str]:
        """Return the table as text, Gaussian clouds first."""
        judges = [j for j in ("battery", "survey") if any(c.judge == j for c in self.called)]
        claims, judged = self.false_alarms()
        out = [
            f"Gaussian clouds of every world's covariance: {claims} of {judged} called something"
        ]
        for judge in judges:
            for source in ("activations", "features", "latents"):
                found = self.counts(judge, source)
                if not found:
                    continue
                out.append("")
                out.append(f"{judge}, {source}")
                for world, verdicts in found.items():
                    told = ", ".join(f"{name} {k}" for name, k in verdicts.most_common())
                    right = " or ".join(sorted(expected_of(world, source)))
                    out.append(f"  {world:<15} expected {right:<28} called {told}")
        return out

    def write(self, folder: Path) -> list[Path]:
        """Write the verdicts, the text and, with matplotlib, a figure; return the paths.

        Parameters
        ----------
        folder
            Made if need be; files of an earlier run are replaced.

        Returns
        -------
        list of Path
            ``confusion.parquet``, ``confusion.txt`` and perhaps ``worlds_confusion.png``.
        """
        folder.mkdir(parents=True, exist_ok=True)
        parquet, text = folder / "confusion.parquet", folder / "confusion.txt"
        write_table(table_of_rows(self.rows(), COLUMNS), parquet)
        text.write_text("\n".join(self.lines()) + "\n")
        written = [parquet, text]
        figure = folder / "worlds_confusion.png"
        try:
            import_module(FIGURE).plot_confusion(self).savefig(figure, dpi=85)
        except MissingExtra:
            return written  # the table is there; a figure is an extra
        return [*written, figure]
