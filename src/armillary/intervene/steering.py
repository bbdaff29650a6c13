"""Steering: every turn that was made, its summary beside its controls, and its folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet

from armillary.core.errors import BadInput
from armillary.intervene.asking import TemplateScore
from armillary.intervene.edits import CONTROLS
from armillary.intervene.prompts import Task
from armillary.intervene.turn import Estimate, Turn, estimate

FIGURE = "armillary.figures:plot_steering"  # a floor above, so found by name when asked for
Row = dict[str, Any]
pa: Any = pyarrow  # its stubs are incomplete
pq: Any = pyarrow.parquet


@dataclass(frozen=True, slots=True, eq=False)
class Steering:
    """What turning did, layer by layer and edit by edit.

    Parameters
    ----------
    model
        Name of the model.
    task
        Words, templates and contexts.
    scores
        Every template that the model could be asked, best first.
    chosen
        Templates that were steered.
    turns
        One for each layer and edit.
    planes
        How the blind plane was found, by layer.
    source
        Seed and settings.
    """

    model: str
    task: Task
    scores: tuple[TemplateScore, ...]
    chosen: tuple[str, ...]
    turns: tuple[Turn, ...]
    planes: Mapping[int, str]
    source: Mapping[str, object]

    def turn(self, edit: str, layer: int) -> Turn:
        """Return the turn of one edit at one layer.

        Parameters
        ----------
        edit
            Name of the edit.
        layer
            The layer.

        Returns
        -------
        Turn
            The turn.

        Raises
        ------
        BadInput
            If it was not made.
        """
        for found in self.turns:
            if (found.edit, found.layer) == (edit, layer):
                return found
        raise BadInput(f"no turn {edit!r} at layer {layer} was made")

    def summary(self) -> list[Row]:
        """Return one row a layer and edit: slopes, hits and the difference from its best control.

        The best control is the one with the largest slope of the circular mean; the difference is
        bootstrapped in pairs, over the same templates and words.

        Returns
        -------
        list of dict
            Numbers, and ``Estimate`` values with intervals.
        """
        seed = self.source["seed"]
        rng = np.random.default_rng(seed if isinstance(seed, int) else 0)
        return [self._row(turn, rng) for turn in self.turns]

    def _row(self, turn: Turn, rng: np.random.Generator) -> Row:
        row: Row = {
            "layer": turn.layer,
            "edit": turn.edit,
            "where": turn.where,
            "slope": estimate(turn.slopes(), rng=rng),
            "soft_slope": estimate(turn.slopes(soft=True), rng=rng),
            "hits": estimate(turn.hits(), rng=rng),
            "stays": float(turn.stays().mean()),
            "tracking": estimate(turn.tracking(), rng=rng),
            "mass": float(turn.mass.mean()),
            "base_mass": float(turn.base_mass.mean()),
            "kl": float(turn.kl.mean()),
            "size": turn.size,
            "best_control": None,
            "over_control": None,
        }
        made = [t for t in self.turns if t.layer == turn.layer]
        rivals = [t for t in made if t.edit in CONTROLS.get(turn.edit, ())]
        if rivals:
            best = max(rivals, key=lambda t: float(t.slopes(soft=True).mean()))
            gap = turn.slopes(soft=True) - best.slopes(soft=True)
            row |= {"best_control": best.edit, "over_control": estimate(gap, rng=rng)}
        return row

    def record(self) -> Row:
        """Return everything but the single answers, ready for JSON.

        Returns
        -------
        dict
            Settings, templates with their right answers, and the summary.
        """
        return {
            "format": "armillary-steering",
            "schema": 1,
            "armillary": version("armillary"),
            "model": self.model,
            "task": self.task.name,
            "words": list(self.task.words),
            "contexts": list(self.task.contexts),
            "templates": [
                {
                    "text": s.prompts.text,
                    "right": s.right,
                    "right_of_all": s.right_of_all,
                    "mass": s.mass,
                    "steered": s.prompts.text in self.chosen,
                }
                for s in self.scores
            ],
            "source": dict(self.source),
            "planes": {str(layer): how for layer, how in self.planes.items()},
            "summary": [{k: _plain(v) for k, v in row.items()} for row in self.summary()],
        }

    def table(self) -> Any:
        """Return one row a layer, edit, template, step and word: what was answered.

        Returns
        -------
        pyarrow.Table
            ``probability`` is a list over the words; ``answer`` and ``target`` are indices of
            words, ``target`` the untouched answer moved by the step.
        """
        return pa.concat_tables([_answers(turn, self.chosen, self.task) for turn in self.turns])

    def plot(self, **options: Any) -> Any:
        """Draw slopes by layer, see ``armillary.figures.plot_steering``.

        Parameters
        ----------
        **options
            Handed on.

        Returns
        -------
        matplotlib.axes.Axes
            The axes drawn on.

        Raises
        ------
        MissingExtra
            If matplotlib is not installed.
        """
        module, function = FIGURE.split(":")
        return getattr(import_module(module), function)(self.record(), **options)

    def write(self, folder: str | Path) -> Path:
        """Write ``results.json`` and ``turns.parquet``; files of those names are replaced.

        Parameters
        ----------
        folder
            Made if it is not there.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        BadInput
            If it is a file.
        """
        target = Path(folder)
        if target.exists() and not target.is_dir():
            raise BadInput(f"{target} is a file: name a folder for the results")
        target.mkdir(parents=True, exist_ok=True)
        fresh = target / ".turns.partial"
        pq.write_table(self.table(), fresh, compression="zstd")
        fresh.replace(target / "turns.parquet")
        fresh = target / ".results.partial"
        fresh.write_text(json.dumps(self.record(), indent=2) + "\n", encoding="utf-8")
        fresh.replace(target / "results.json")
        return target


def _plain(value: Any) -> Any:
    if isinstance(value, Estimate):
        return {
            "value": _finite(value.value),
            "low": _finite(value.low),
            "high": _finite(value.high),
        }
    return _finite(value) if isinstance(value, float) else value


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _answers(turn: Turn, templates: tuple[str, ...], task: Task) -> Any:
    t, s, w, n = turn.probability.shape
    at = np.indices((t, s, w)).reshape(3, -1)
    base = turn.base.argmax(axis=-1)[at[0], at[2]]
    steps = np.array(turn.steps)[at[1]]
    columns: dict[str, Any] = {
        "layer": np.full(at.shape[1], turn.layer, dtype=np.int32),
        "edit": np.full(at.shape[1], turn.edit),
        "where": np.full(at.shape[1], turn.where),
        "template": np.array(templates)[at[0]],
        "step": steps.astype(np.int32),
        "word": np.array(task.words)[at[2]],
        "base": base.astype(np.int32),
        "target": ((base + steps) % n).astype(np.int32),
        "answer": turn.probability.argmax(axis=-1).ravel().astype(np.int32),
        "shift": turn.shift.ravel().astype(np.int32),
        "soft_shift": turn.soft_shift.ravel(),
        "mass": turn.mass.ravel(),
        "kl": turn.kl.ravel(),
        "probability": pa.FixedSizeListArray.from_arrays(
            pa.array(turn.probability.astype(np.float32).ravel()), n
        ),
    }
    return pa.table(columns)
