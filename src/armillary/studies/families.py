"""Families: how the features of narrow dictionaries go on in wider ones, and what chance gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np

from armillary.atlas.study import Study
from armillary.core import BadInput
from armillary.studies.families_charts import counted_bars, family_graph
from armillary.studies.families_export import export_of
from armillary.studies.families_told import sentences, tables
from armillary.studies.family_step import COSINE, MEASURES, Step, step_of
from armillary.studies.meta_dictionary import meta_rows, ready
from armillary.studies.series import Dictionary, checked_series
from armillary.survey.progress import Progress, Silent, Stopwatch


@dataclass(frozen=True, slots=True, eq=False)
class Families:
    """A series compared.

    Parameters
    ----------
    study
        Sentences, tables and charts.
    export
        The versioned record with every pair and edge (docs/families.md has its schema).
    steps
        Neighbours of the series, narrow to wide.
    """

    study: Study
    export: Mapping[str, Any]
    steps: tuple[Step, ...]


def families(
    series: Sequence[Dictionary], *, by: str = COSINE, seed: int = 0, meta: bool = False,
    command: str = "", progress: Progress | None = None,
) -> Families:  # fmt: skip
    """Compare every dictionary of a series with the next wider one.

    Parameters
    ----------
    series
        Two or more of one layer; ordered by width here.
    by
        ``"cosine"`` of decoder directions, ``"cofiring"`` on shared tokens, or ``"both"`` (their
        mean).
    seed
        Of nulls and bootstraps.
    meta
        Whether the widest one's rows are decomposed by a meta-dictionary (trains three; torch).
    command
        For the record.
    progress
        Told of stages.

    Returns
    -------
    Families
        The study, the export, and the steps they were made of.

    Raises
    ------
    BadInput
        If the series is too short or of several layers, the measure is not known, it needs codes
        that are not there, or there are too few rows for a meta-dictionary.
    """
    if by not in MEASURES:
        raise BadInput(f"measure {by!r} is not known: use one of {', '.join(MEASURES)}")
    ordered = checked_series(series)
    watch, told = Stopwatch(), progress or Silent()
    rng = np.random.default_rng(seed)
    awake = [_awake(one) for one in ordered]
    if meta:
        ready(awake[-1].space.n_features)  # a refusal should not wait for the steps
    steps: list[Step] = []
    for a, b in zip(awake, awake[1:], strict=False):
        with watch.stage(told, f"{a.name} to {b.name}"):
            steps.append(step_of(a, b, by=by, rng=rng))
    rows: list[dict[str, Any]] = []
    if meta:
        with watch.stage(told, "meta-dictionary"):
            rows = meta_rows(awake[-1].space.directions, seed=seed)
    asleep = {
        one.name: one.space.n_features - kept.space.n_features
        for one, kept in zip(ordered, awake, strict=True)
    }
    manifest = {
        "version": version("armillary"), "command": command, "seed": seed, "by": by,
        "quantile": steps[0].edges.quantile, "never fired": asleep,
        "sources": [dict(one.space.source) for one in ordered], "timings": watch.seconds,
    }  # fmt: skip
    study = Study(
        "families", "Families across " + ", ".join(one.name for one in ordered),
        sentences(steps, rows, by=by), {**tables(steps), "meta_dictionary": rows},
        [family_graph(steps), counted_bars(steps)], manifest,
    )  # fmt: skip
    return Families(study, export_of(steps, manifest), tuple(steps))


def _awake(one: Dictionary) -> Dictionary:
    """Return a dictionary without the features that never fire: they point where they began."""
    if one.codes is None:
        return one
    rows = np.flatnonzero(one.codes.firing_count() > 0)
    if rows.size == one.codes.n_features:
        return one
    if rows.size < 2:
        raise BadInput(f"{one.name}: {rows.size} features fire on these tokens, two are needed")
    return replace(
        one, space=one.space.take(rows), codes=one.codes.columns_for(one.codes.feature_id[rows])
    )
