"""Families tested: every relation of a lexicon on labelled vectors, against shuffled pairs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.affinity.unit_rows import unit_rows
from armillary.algebra.distractors import (
    Halves,
    discriminant_map,
    half_by_half,
    without,
)
from armillary.algebra.offsets import Measured, offset_consistency
from armillary.algebra.parallelograms import parallelogram_test
from armillary.algebra.retrieval import (
    Score,
    accuracy_test,
    analogy_answers,
    answered,
    cos_add,
    cos_mul,
)
from armillary.inference import benjamini_hochberg
from armillary.lexicon.analogies import Family, Spellings
from armillary.studies.analogy_words import Words

LEAST = 4  # pairs of a relation
LEAST_HALVED = 8  # pairs of a relation that is tested half by half
SAME = 1e-6  # apart, two rows of unit length that float32 holds are one vector

Map = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """Two columns of a family, found among labels.

    Parameters
    ----------
    name
        Family and column.
    spelling
        In which the words were found.
    left, right
        Rows of the words of each pair.
    """

    name: str
    spelling: str
    left: Int[np.ndarray, " pair"]
    right: Int[np.ndarray, " pair"]


def relations_of(
    words: Words, families: Sequence[Family]
) -> tuple[list[Relation], list[Mapping[str, Any]]]:
    """Find every relation from a family's first column to another one.

    Returns
    -------
    list of Relation, list of mapping
        Those with pairs enough, and what was left out: of every relation with too few pairs, or
        with pairs whose two words share one vector (untrained tokens, quantised tables: no step
        leads from one to the other), its name, the pairs that are left, how many share a vector,
        and whether it is tested.
    """
    spelled = Spellings(words.labels)
    found: list[Relation] = []
    left_out: list[Mapping[str, Any]] = []
    for family in families:
        for column in range(1, len(family.columns)):
            at = spelled.find(family, (0, column))
            name = family.name if len(family.columns) == 2 else (
                f"{family.name}: {family.columns[column]}"
            )  # fmt: skip
            left, right = at.place.T
            apart = np.linalg.norm(words.unit[right] - words.unit[left], axis=1) > SAME
            pairs, same = int(apart.sum()), int((~apart).sum())
            tested = pairs >= LEAST
            if tested:
                found.append(Relation(name, at.spelling, left[apart], right[apart]))
            if same or not tested:
                left_out.append({"reading": words.name, "relation": name, "pairs": pairs,
                                 "same_vector": same, "tested": tested})  # fmt: skip
    return found, left_out


def offsets_table(
    words: Words, relations: Sequence[Relation], *, n_draws: int, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Measure how parallel the offsets of each relation are."""
    rows: list[dict[str, Any]] = []
    for one in relations:
        made = offset_consistency(
            words.unit[one.left], words.unit[one.right], n_draws=n_draws, rng=rng
        )
        rows.append({"relation": one.name, "pairs": one.left.size, "spelling": one.spelling,
                     **_told(made, "cosine"), "least_p": made.test.reach})  # fmt: skip
    return _with_q(words, rows)


def retrieval_table(
    words: Words,
    relations: Sequence[Relation],
    axes: Float[np.ndarray, "axis d_model"],
    *,
    n_draws: int,
    rng: np.random.Generator,
    step: Callable[[], None],
) -> list[dict[str, Any]]:
    """Count answered analogies, as they are and with the spelling axes removed."""
    bare = unit_rows(without(words.unit, axes)) if len(axes) else None
    rows: list[dict[str, Any]] = []
    for one in relations:
        added = analogy_answers(words.unit, words.word, left=one.left, right=one.right)
        found = accuracy_test(added.open, n_draws=n_draws, rng=rng)
        own = accuracy_test(added.closed, n_draws=n_draws, rng=rng)
        rows.append(
            {
                "relation": one.name, "pairs": one.left.size, **_told(found, "accuracy"),
                "product": _accuracy(words.unit, words, one, cos_mul),
                "spelling_out": None if bare is None else _accuracy(bare, words, one, cos_add),
                "nearest": float(added.nearest.mean()),
                "own_words": own.value, "own_shuffled": own.chance, "own_p": own.pvalue,
            }
        )  # fmt: skip
        step()
    return _with_q(words, rows)


def removed_table(
    words: Words,
    relations: Sequence[Relation],
    axes: Float[np.ndarray, "axis d_model"],
    *,
    n_draws: int,
    rng: np.random.Generator,
) -> list[dict[str, Any]]:
    """Test parallelograms before and after distractors are removed, half by half.

    Spelling axes are of words in no family. The discriminant map is fitted to the offsets of all
    relations, without any pair that holds a word of the half that is tested.
    """
    names = ("as_it_is", "spelling_out", "discriminant")
    rows: list[dict[str, Any]] = []
    for one in (r for r in relations if r.left.size >= LEAST_HALVED):
        order = rng.permutation(one.left.size)
        parts = (order[: order.size // 2], order[order.size // 2 :])
        maps: dict[str, list[Map]] = {"as_it_is": [_same, _same]}
        if len(axes):
            maps["spelling_out"] = [lambda v: without(v, axes)] * 2
        fitted = [_discriminant(words, relations, one, part) for part in parts]
        maps["discriminant"] = [_times(w) for w in fitted]
        made = {
            name: _halves(words, one, parts, turned, n_draws=n_draws, rng=rng)
            for name, turned in maps.items()
        }
        row: dict[str, Any] = {"relation": one.name, "pairs": one.left.size}
        for name in names:
            held = made.get(name)
            row |= {name: held and held.share.value, f"{name}_p": held and held.share.pvalue}
        for name in names:
            held = made.get(name)
            row |= {f"{name}_cosine": held and held.cosine,
                    f"{name}_shuffled": held and held.cosine_chance}  # fmt: skip
        rows.append(row)
    return [{"reading": words.name, **row} for row in rows]


def grids_table(
    words: Words, families: Sequence[Family], *, n_draws: int, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Test whole families: whether every word is its row plus its column."""
    spelled = Spellings(words.labels)
    rows: list[dict[str, Any]] = []
    for family in families:
        at = spelled.find(family, range(len(family.columns)))
        if at.kept.size < LEAST:
            continue
        made = parallelogram_test(words.unit[at.place], n_draws=n_draws, rng=rng)
        rows.append({"family": family.name, "rows": at.kept.size, "columns": len(family.columns),
                     **_told(made, "additive")})  # fmt: skip
    return _with_q(words, rows)


def _accuracy(unit: np.ndarray, words: Words, one: Relation, score: Score) -> float:
    n = one.left.size
    right = answered(unit, words.word, left=one.left, right=one.right, score=score)
    return float(right.sum()) / (n * (n - 1))


def _discriminant(
    words: Words, relations: Sequence[Relation], one: Relation, part: Int[np.ndarray, " pair"]
) -> Float[np.ndarray, "d_model axis"]:
    """Fit LDA to offsets of pairs that hold no word of the tested ones, in any spelling."""
    tested = words.word[np.r_[one.left[part], one.right[part]]]
    offsets: list[np.ndarray] = []
    number: list[np.ndarray] = []
    for k, other in enumerate(relations):
        held = np.isin(words.word[other.left], tested) | np.isin(words.word[other.right], tested)
        kept = np.flatnonzero(~held)
        offsets.append(words.unit[other.right[kept]] - words.unit[other.left[kept]])
        number.append(np.full(kept.size, k))
    return discriminant_map(np.vstack(offsets).astype(np.float64), np.concatenate(number))


def _halves(
    words: Words,
    one: Relation,
    parts: Sequence[Int[np.ndarray, " pair"]],
    maps: Sequence[Map],
    *,
    n_draws: int,
    rng: np.random.Generator,
) -> Halves:
    made = [
        (turn(words.unit[one.left[part]]), turn(words.unit[one.right[part]]))
        for part, turn in zip(parts, maps, strict=True)
    ]
    return half_by_half(made, n_draws=n_draws, rng=rng)


def _same(vectors: np.ndarray) -> np.ndarray:
    return vectors


def _times(matrix: np.ndarray) -> Map:
    return lambda vectors: vectors @ matrix


def _told(made: Measured, name: str) -> dict[str, Any]:
    return {name: made.value, "low": made.low, "high": made.high, "shuffled": made.chance,
            "p": made.pvalue}  # fmt: skip


def _with_q(words: Words, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not rows:
        return []
    q = benjamini_hochberg(np.array([row["p"] for row in rows]))
    return [
        {"reading": words.name, **row, "q": float(one)} for row, one in zip(rows, q, strict=True)
    ]
