"""Cells: one theory, one seed, one gauge, one reader; kept on disk, so that a run can go on."""

import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from armillary.core.errors import BadInput
from armillary.experiments.kept_json import keep, read_kept
from armillary.explain.fingerprint import hashed, subject_hash, theory_hash
from armillary.explain.gauges import Gauge, Refit
from armillary.explain.knockoff import Knockoff
from armillary.explain.reading import Reading
from armillary.explain.scores import Reader, Score
from armillary.explain.subject import Subject
from armillary.knockoffs import Message, Theory, place

ANY_GAUGE = "any"  # of readers that no re-fit can change


@dataclass(frozen=True, slots=True, eq=False)
class Store:
    """Where messages and cells of a subject are kept.

    Parameters
    ----------
    folder
        Holds ``messages/`` and ``cells/``.
    subject
        Hash of what is explained.
    """

    folder: Path
    subject: str

    def message(self, theory: Theory) -> Path:
        """Return the file of a theory's message."""
        return self.folder / "messages" / f"{hashed([self.subject, theory_hash(theory)])}.bin"

    def cell(self, theory: Theory, seed: int, *, gauge: str, reading: Reading) -> Path:
        """Return the file of one cell."""
        depends = [self.subject, theory_hash(theory), seed, gauge, reading.key]
        return self.folder / "cells" / f"{hashed(depends)}.json"


class Bench:
    """A subject with its readers, each made once, and the true activations that gauges aim at.

    Parameters
    ----------
    subject
        What is explained.
    folder
        Where messages and cells are kept.
    gauges
        Re-fits to allow.
    readings
        Readers to ask.
    """

    def __init__(
        self,
        subject: Subject,
        folder: Path,
        *,
        gauges: Sequence[Gauge],
        readings: Sequence[Reading],
    ) -> None:
        self.subject = subject
        self.store = Store(folder, subject_hash(subject))
        self.gauges, self.readings = tuple(gauges), tuple(readings)
        self._readers: dict[str, Reader] = {}
        self._aim: np.ndarray | None = None

    def fit(self, theory: Theory) -> None:
        """Write a theory's message, unless it is there.

        Raises
        ------
        BadInput
            If the theory has nothing to say of this subject.
        """
        file = self.store.message(theory)
        if file.exists():
            return
        refused: Any = read_kept(file.with_suffix(".json"))
        if refused and "refused" in refused:
            raise BadInput(refused["refused"])
        began = time.perf_counter()
        rng = np.random.default_rng([zlib.crc32(theory.label.encode()), 0])
        try:
            data = theory.fit(self.subject.space, self.subject.shared, rng=rng).to_bytes()
        except BadInput as error:
            keep(file.with_suffix(".json"), {"refused": str(error)})
            raise
        keep(file.with_suffix(".json"), {"seconds": time.perf_counter() - began})
        partial = file.with_suffix(".partial")
        partial.write_bytes(data)
        partial.replace(file)

    def fitted(self, theory: Theory) -> bool:
        """Return whether a theory's message is kept, or that it has nothing to say."""
        file = self.store.message(theory)
        refused: Any = read_kept(file.with_suffix(".json"))
        return file.exists() or bool(refused and "refused" in refused)

    def message(self, theory: Theory) -> Message:
        """Read a theory's message back from its bytes."""
        return Message.from_bytes(self.store.message(theory).read_bytes())

    def fit_seconds(self, theory: Theory) -> float:
        """Return how long the fit took."""
        kept: Any = read_kept(self.store.message(theory).with_suffix(".json"))
        return float(kept["seconds"]) if kept else float("nan")

    def files(self, theory: Theory, seed: int) -> dict[tuple[str, str], Path]:
        """Return the file of every gauge and reader of a theory and a seed."""
        readings = [r for r in self.readings if r.reads(theory)]
        asked = [(gauge, r) for gauge in self.gauge_names(gauged=True) for r in readings]
        asked = [(gauge, r) for gauge, r in asked if r.by_gauge]
        asked += [(ANY_GAUGE, r) for r in readings if not r.by_gauge]
        return {
            (gauge, r.name): self.store.cell(theory, seed, gauge=gauge, reading=r)
            for gauge, r in asked
        }

    def gauge_names(self, *, gauged: bool = False) -> tuple[str, ...]:
        """Return names of gauges; with the one of readers without a gauge, unless ``gauged``."""
        names = tuple(gauge.name for gauge in self.gauges)
        return names if gauged or all(r.by_gauge for r in self.readings) else (*names, ANY_GAUGE)

    def missing(self, theory: Theory, seed: int) -> dict[tuple[str, str], Path]:
        """Return the files that are not there yet, or torn."""
        files = self.files(theory, seed)
        return {key: file for key, file in files.items() if read_kept(file) is None}

    def read(self, theory: Theory, seed: int) -> None:
        """Place a theory once and write every cell of it that is missing."""
        missing = self.missing(theory, seed)
        if not missing:
            return
        began = time.perf_counter()
        placed = self._placed(theory, seed)
        took = {"place": time.perf_counter() - began}
        refits: dict[str, Refit] = {}
        for (gauge, name), file in missing.items():
            if gauge not in refits:
                refits[gauge] = self._refit(gauge, placed)
            began = time.perf_counter()
            scores = self.reader(name).score(Knockoff(placed, refits[gauge]))
            cell = {"gauge_bits": refits[gauge].bits, "scores": [written(s) for s in scores],
                    "seconds": took | {"read": time.perf_counter() - began}}  # fmt: skip
            keep(file, cell)

    def _placed(self, theory: Theory, seed: int) -> np.ndarray:
        rng = np.random.default_rng([zlib.crc32(theory.label.encode()), seed + 1])
        space = place(self.store.message(theory).read_bytes(), self.subject.shared, rng=rng)
        if not np.isfinite(space.directions).all():
            raise BadInput(f"{theory.label} placed features at no finite point")
        return space.directions

    def _refit(self, name: str, placed: np.ndarray) -> Refit:
        gauge = next((g for g in self.gauges if g.name == name), None)
        if gauge is None or name == "none":
            return Refit(name, None, None, None, 0)
        subject = self.subject
        if self._aim is None:
            self._aim = subject.made(subject.space.directions, subject.calibration)
        return gauge.fit(subject.made(placed, subject.calibration), self._aim)

    def reader(self, name: str) -> Reader:
        """Return a reader of this subject, made when first asked for.

        Parameters
        ----------
        name
            Of one of the readings.
        """
        if name not in self._readers:
            reading = next(r for r in self.readings if r.name == name)
            self._readers[name] = reading.make(self.subject)
        return self._readers[name]


def written(score: Score) -> dict[str, Any]:
    """Return a score in a form that JSON holds.

    Parameters
    ----------
    score
        Of any reader.
    """
    return {
        "reader": score.reader, "group": score.group, "value": float(score.value),
        "low": float(score.low), "high": float(score.high),
        "raw": {name: float(value) for name, value in score.raw.items()},
        "units": None if score.units is None else np.asarray(score.units, np.float64).tolist(),
    }  # fmt: skip
