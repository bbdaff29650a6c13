"""The table of an explanation: what was said, what it cost, and what survived of function."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from armillary.explain.measured import Measured, Row, Said
from armillary.explain.pooling import Drawn, pooled_units, pooled_values, spread_values

if TYPE_CHECKING:
    from armillary.explain.sentence import Verdict

RANDOM = "random"  # kind of the theory that is the zero line
FACES = {  # floors above, found by name when asked for
    "plot": "armillary.figures.explanation:plot_explanation",
    "html": "armillary.explorer.explanation:explanation_html",
    "show": "armillary.explorer.notebook:show_explanation",
    "verdict": "armillary.explain.verdict:verdict",
    "compatible": "armillary.explain.compatible:compatible",
    "write": "armillary.explain.disk:write_explanation",
}

Place = tuple[str, str, str, str]  # theory, gauge, reader, group


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """Theories of placement with what each costs and what each keeps.

    Parameters
    ----------
    said
        Every theory, as stated.
    scores
        Every score of every seed.
    manifest
        How it was made: version, source, seeds, settings, hashes, counts, timings, what was left
        out.
    """

    said: tuple[Said, ...]
    scores: tuple[Measured, ...]
    manifest: Mapping[str, Any]

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """One row a theory, gauge, reader and group."""
        return tuple(self._row(place, scores) for place, scores in self._by_place.items())

    @cached_property
    def _by_place(self) -> dict[Place, list[Measured]]:
        found: dict[Place, list[Measured]] = {}
        for one in self.scores:
            found.setdefault((one.theory, one.gauge, one.reader, one.group), []).append(one)
        return found

    @cached_property
    def _drawn(self) -> dict[Place, Drawn | None]:
        return {}

    @cached_property
    def _said_by(self) -> dict[str, Said]:
        return {one.label: one for one in self.said}

    def theory(self, label: str) -> Said:
        """Return a theory by its label."""
        return self._said_by[label]

    def of_kind(self, *kinds: str) -> list[Said]:
        """Return the theories of some kinds, cheapest first."""
        return sorted((one for one in self.said if one.kind in kinds), key=lambda one: one.bits)

    @property
    def n_features(self) -> int:
        """Number of features placed."""
        return int(self.manifest["counts"]["features"])

    @property
    def source(self) -> str:
        """What was explained, as the user wrote it."""
        return str(self.manifest["source"])

    @property
    def gauges(self) -> tuple[str, ...]:
        """Gauges, in the order of asking, ``any`` left out."""
        return tuple(self.manifest["settings"]["gauges"])

    @property
    def readers(self) -> tuple[str, ...]:
        """Names that scores stand under, in the order of asking."""
        return tuple(dict.fromkeys(one.reader for one in self.scores))

    def drawn(self, theory: str, *, gauge: str, reader: str, group: str = "") -> Drawn | None:
        """Return a pooled score with its draws; None where it was not measured.

        Parameters
        ----------
        theory
            Label.
        gauge, reader, group
            As in the table; a reader that no gauge can change is found under every gauge.
        """
        place = (theory, gauge, reader, group)
        if place not in self._by_place:
            place = (theory, "any", reader, group)
        if place not in self._drawn:
            scores = self._by_place.get(place)
            drawn = self._said_by[theory].drawn if theory in self._said_by else True
            self._drawn[place] = None if scores is None else _pooled(scores, drawn=drawn)
        return self._drawn[place]

    def zero(self, *, gauge: str, reader: str, group: str = "") -> Drawn | None:
        """Return the random theory's score: the zero line of a gauge and a reader."""
        of = self.of_kind(RANDOM)
        return self.drawn(of[0].label, gauge=gauge, reader=reader, group=group) if of else None

    def curve(self, *, reader: str, gauge: str, group: str = "") -> list[Row]:
        """Return the rows of one reader and gauge, cheapest theory first."""
        found = [r for r in self.rows if (r.reader, r.group) == (reader, group)]
        return sorted((r for r in found if r.gauge in (gauge, "any")), key=lambda r: r.bits)

    def verdict(self) -> "Verdict":
        """Return what the numbers say, in sentences."""
        return _face("verdict")(self)

    def compatible(self) -> list[dict[str, Any]]:
        """Return the pairs of theories that no reader tells apart, see ``compatible``."""
        return _face("compatible")(self)

    def plot(self, *, reader: str = "", gauge: str = "", ax: Any = None) -> Any:
        """Draw the explanation curve with matplotlib; raises MissingExtra without it."""
        return _face("plot")(self, reader=reader, gauge=gauge, ax=ax)

    def report(self) -> str:
        """Return the self-contained HTML page as text."""
        return _face("html")(self)

    def show(self, *, height: int = 900) -> Any:
        """Show the page in a notebook, in a frame of ``height`` pixels; else in the browser."""
        return _face("show")(self, height=height)

    def manifest_with(self, **more: Any) -> "Explanation":
        """Return the same with more in the manifest, such as ``command``."""
        return Explanation(self.said, self.scores, {**self.manifest, **more})

    def write(self, folder: str | Path) -> Path:
        """Write tables, manifest and page into a folder, see ``write_explanation``."""
        return _face("write")(self, Path(folder))

    def __repr__(self) -> str:
        """Say what was explained and how much was tried."""
        return (
            f"Explanation of {self.source}: {self.n_features:,} features, {len(self.said)} "
            f"theories, readers {', '.join(self.readers)}, gauges {', '.join(self.gauges)}"
        )

    def _row(self, place: Place, scores: Sequence[Measured]) -> Row:
        label, gauge, reader, group = place
        theory = self.theory(label)
        pooled = self.drawn(label, gauge=gauge, reader=reader, group=group)
        zero = self.zero(gauge=gauge, reader=reader, group=group)
        low, high = (np.nan, np.nan) if pooled is None else pooled.interval
        zero_low, zero_high = (np.nan, np.nan) if zero is None else zero.interval
        raw = {name: float(np.mean([s.raw.get(name, np.nan) for s in scores]))
               for name in dict.fromkeys(name for s in scores for name in s.raw)}  # fmt: skip
        return Row(
            label, theory.kind, theory.family, theory.keeps, theory.breaks, theory.bits,
            theory.bits / max(self.n_features, 1), theory.overhead_bits, gauge,
            float(np.mean([s.gauge_bits for s in scores])), reader, group,
            float("nan") if pooled is None else pooled.value, low, high, len(scores),
            float("nan") if zero is None else zero.value, zero_low, zero_high, raw,
        )  # fmt: skip


def _pooled(scores: Sequence[Measured], *, drawn: bool) -> Drawn:
    values = np.array([s.value for s in scores])
    value = float(values.mean())
    name = json.dumps([scores[0].theory, scores[0].reader, scores[0].group])
    if not np.isfinite(value):
        return Drawn(float("nan"), None)
    units = [s.units for s in scores if s.units is not None]
    same = len({one.shape for one in units}) == 1
    if len(units) == len(scores) and same and len(units[0]) > 1:
        return Drawn(value, pooled_units(units, name=name))
    if len(scores) > 1:
        return Drawn(value, pooled_values(values, name=name))
    low, high = scores[0].low, scores[0].high
    if np.isfinite(low) and np.isfinite(high):
        return Drawn(value, spread_values(value, low=low, high=high, name=name))
    return Drawn(value, None) if drawn else Drawn(value, np.full(1_000, value), exact=True)


def _face(name: str) -> Any:
    module, function = FACES[name].split(":")
    return getattr(import_module(module), function)
