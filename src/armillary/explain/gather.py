"""Gather: the cells on disk become one explanation."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, cast

import numpy as np

from armillary.experiments.kept_json import read_kept
from armillary.explain.cells import Bench
from armillary.explain.measured import Measured, Said
from armillary.explain.table import Explanation
from armillary.knockoffs import Theory

_NUMBERS = ("permuted", "gram")  # kinds that send the true numbers, dealt or turned


def gathered(
    bench: Bench,
    tasks: Sequence[tuple[Theory, int]],
    *,
    manifest: Mapping[str, Any],
    more: Sequence[tuple[list[Said], list[Measured]]] = (),
) -> Explanation:
    """Read every cell of some tasks.

    Parameters
    ----------
    bench
        Where the cells are.
    tasks
        Theories with seeds, all measured.
    manifest
        How they were made; counts, hashes and timings are added.
    more
        What was said and read besides: edits of single groups, descriptors; appended.

    Returns
    -------
    Explanation
        In the order of the tasks' first appearance.
    """
    theories = {theory.label: theory for theory, _ in tasks}
    said = tuple(_said(bench, theory) for theory in theories.values())
    order = {label: i for i, label in enumerate(theories)}
    scores: list[Measured] = []
    seconds: dict[str, float] = {}
    for theory, seed in sorted(tasks, key=lambda task: (order[task[0].label], task[1])):
        for (gauge, name), file in bench.files(theory, seed).items():
            cell: Any = read_kept(file)
            scores += _measured(cell, theory.label, seed, gauge=gauge)
            seconds[name] = seconds.get(name, 0.0) + cell["seconds"]["read"]
    subject = bench.subject
    record = {
        **manifest, "subject": dict(subject.record), "subject_hash": bench.store.subject,
        "counts": {"features": subject.space.n_features, "d_model": subject.space.d_model,
                   "calibration_tokens": subject.calibration.n_tokens,
                   "test_tokens": subject.test.n_tokens,
                   "test_units": int(np.unique(subject.test.unit).size)},
        "seconds_by_reader": {name: round(s, 2) for name, s in seconds.items()},
    }  # fmt: skip
    for besides, seen in more:
        said, scores = (*said, *besides), [*scores, *seen]
    return Explanation(said, tuple(scores), record)


def quotes(theory: Theory) -> bool:
    """Return whether a theory is, or holds, a codec or the exact numbers.

    Parameters
    ----------
    theory
        Any.
    """
    members = _members(theory)
    if theory.kind in _NUMBERS or (theory.family in ("codec", "exact") and not members):
        return True
    return any(quotes(one) for one in members)


def _members(theory: Theory) -> list[Theory]:
    found: list[Theory] = []
    for one in fields(cast(Any, theory)):
        value: Any = getattr(theory, one.name)
        several = cast("tuple[Any, ...]", value if isinstance(value, tuple) else (value,))
        found += [member for member in several if isinstance(member, Theory)]
    return found


def _settings(theory: Theory) -> dict[str, Any]:
    held = {one.name: getattr(theory, one.name) for one in fields(cast(Any, theory))}
    held = {k: v.label if isinstance(v, Theory) else v for k, v in held.items()}
    return {k: v for k, v in held.items() if isinstance(v, str | int | float)}


def _said(bench: Bench, theory: Theory) -> Said:
    message = bench.message(theory)
    return Said(
        theory.label, theory.kind, theory.family, theory.keeps, theory.breaks, theory.drawn,
        message.bits, message.overhead_bits, {k: 8 * len(v) for k, v in message.parts.items()},
        bench.fit_seconds(theory), _settings(theory), quotes(theory), generic=theory.generic,
    )  # fmt: skip


def _measured(cell: Any, theory: str, seed: int, *, gauge: str) -> list[Measured]:
    return [
        Measured(
            theory, seed, gauge, int(cell["gauge_bits"]), s["reader"], s["group"], s["value"],
            s["low"], s["high"], s["raw"], None if s["units"] is None else np.array(s["units"]),
        )
        for s in cell["scores"]
    ]  # fmt: skip
