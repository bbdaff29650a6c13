"""Distance beside effect: the real arrangement, the same elsewhere, and random directions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.affinity.unit_rows import unit_rows
from armillary.evaluate.elsewhere import Elsewhere
from armillary.evaluate.matched_nulls import Directions, null_dictionary
from armillary.inference.left_over import LeftOver, left_over
from armillary.inference.mantel import mantel, mantel_test

Table = Float[np.ndarray, "feature feature"]
Push = Callable[[np.ndarray], np.ndarray]  # (vector, d_model) to changes (text, vector, read)
Rows = Float[np.ndarray, "feature d_model"]
EACH = 3  # features of a family: one drawn, and its nearest two
STEPS = 8  # of the cosine of the nearest, from which first ones are drawn in turn
CANDIDATES = 4096  # first ones are drawn from so many features
BLOCK = 512  # rows whose cosines are held at once
DECODER = "decoder cosine"
ELSEWHERE = "the same arrangement elsewhere"
RANDOM = "random directions"


@dataclass(frozen=True, slots=True, eq=False)
class Effected:
    """Tables of distances between the effects of features, real and under the nulls.

    Parameters
    ----------
    real
        ``1 - cosine`` of the mean changes (over texts) that two features make.
    size
        Length of each feature's mean change.
    elsewhere, elsewhere_size
        The same for the arrangement put elsewhere, one table a draw.
    random, random_x
        Effect and decoder distances of random directions, sampled in families alike.
    halves
        Rank correlation of effect distances from every other text with those from the rest; 1 if
        texts did not matter.
    """

    real: Table
    size: Float[np.ndarray, " feature"]
    elsewhere: Sequence[Table]
    elsewhere_size: Float[np.ndarray, " draw"]
    random: Sequence[Table]
    random_x: Sequence[Table]
    halves: float


def families(directions: Rows, *, n: int, rng: np.random.Generator) -> Int[np.ndarray, " chosen"]:
    """Draw features in threes: a first one and the nearest two by cosine that are not taken.

    First ones are drawn evenly over the cosine of their nearest: ``STEPS`` equal steps from the
    least to the largest, one of each in turn. Drawn evenly over features, hardly a pair of most
    dictionaries would be near. What features do is not looked at.

    Parameters
    ----------
    directions
        Rows to draw from.
    n
        Features wanted; a multiple of three is used.
    rng
        Of the draw.

    Returns
    -------
    Int[np.ndarray, " chosen"]
        Rows, family by family, none twice.
    """
    unit = unit_rows(directions)
    free = np.ones(len(unit), dtype=np.bool_)
    chosen: list[int] = []
    for first in _by_turns(unit, rng=rng):
        if len(chosen) + EACH > min(n, len(unit)):
            break
        if not free[first]:
            continue
        free[first] = False
        near = np.where(free, unit @ unit[first], -2.0)
        both = np.argsort(-near, kind="stable")[: EACH - 1]
        free[both] = False
        chosen += [int(first), *both.tolist()]
    return np.array(chosen, dtype=np.int64)


def _by_turns(unit: Rows, *, rng: np.random.Generator) -> list[int]:
    """Order some rows so that every step of nearest cosines has its turn."""
    some = rng.permutation(len(unit))[:CANDIDATES]
    near = np.empty(some.size)
    for start in range(0, some.size, BLOCK):
        part = some[start : start + BLOCK]
        cosine = unit[part] @ unit.T
        cosine[np.arange(part.size), part] = -2.0
        near[start : start + BLOCK] = cosine.max(axis=1, initial=-2.0)
    low, high = float(near.min()), float(near.max())
    step = np.minimum((STEPS * (near - low) / max(high - low, 1e-12)).astype(np.int64), STEPS - 1)
    turn = np.empty(some.size, dtype=np.int64)
    for one in range(STEPS):
        turn[step == one] = np.arange(int((step == one).sum()))
    return [int(row) for row in some[np.lexsort((step, turn))]]


def distances(rows: Float[np.ndarray, "row _"]) -> Float[np.ndarray, "row row"]:
    """Return ``1 - cosine`` of all pairs of rows; 1 where a row has no length."""
    length = np.linalg.norm(rows, axis=1, keepdims=True).astype(np.float64)
    unit = rows / np.where(length > 0, length, 1.0)
    return 1.0 - unit @ unit.T


def effected(
    push: Push,
    directions: Directions,
    sample: Rows,
    *,
    strength: Float[np.ndarray, " feature"],
    n_elsewhere: int = 39,
    n_random: int = 39,
    rng: np.random.Generator,
    tick: Callable[[int], None] | None = None,
) -> Effected:
    """Measure the effects of features, of the same arrangement elsewhere, and of random directions.

    Parameters
    ----------
    push
        What a model makes of added vectors.
    directions
        The dictionary, whose mean and second moment the nulls keep.
    sample
        Directions of the features looked at.
    strength
        By how much each is added; null vectors get the same, in order.
    n_elsewhere, n_random
        Draws of either null.
    rng
        Of the nulls.
    tick
        Called with 1 after each set of vectors pushed.

    Returns
    -------
    Effected
        Tables of distances.
    """
    unit = unit_rows(sample)
    maps = Elsewhere(directions)

    def pushed(rows: np.ndarray) -> np.ndarray:
        change = push((rows * strength[:, None]).astype(np.float32))
        if tick is not None:
            tick(1)
        return change

    change = pushed(unit)
    halves = [distances(change[part::2].mean(axis=0)) for part in (0, 1)] if len(change) > 1 else []
    there = [pushed(maps.draw(unit, rng=rng)).mean(axis=0) for _ in range(n_elsewhere)]
    drawn = [_random_families(directions, len(unit), rng=rng) for _ in range(n_random)]
    return Effected(
        distances(change.mean(axis=0)),
        np.linalg.norm(change.mean(axis=0), axis=1),
        [distances(one) for one in there],
        np.array([np.linalg.norm(one, axis=1).mean() for one in there]),
        [distances(pushed(rows).mean(axis=0)) for rows in drawn],
        [distances(rows) for rows in drawn],
        mantel(*halves, method="spearman") if halves else float("nan"),
    )


def _random_families(directions: Directions, n: int, *, rng: np.random.Generator) -> Rows:
    null = null_dictionary(directions, rng=rng)
    return null[families(null, n=n, rng=rng)]


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """One distance beside effect distance: against permutation, and against one null map.

    Parameters
    ----------
    distance, given, method, null
        Which; ``given`` is the distance taken out, or empty.
    permuted
        p-value of the Mantel test.
    left
        What is left above the null map.
    """

    distance: str
    given: str
    method: str
    null: str
    permuted: float
    left: LeftOver


def relations(
    found: Effected,
    tables: Mapping[str, Table],
    *,
    n_draws: int = 999,
    n_resamples: int = 200,
    rng: np.random.Generator,
) -> list[Relation]:
    """Relate every distance to effect distance, alone and with decoder distance taken out.

    Parameters
    ----------
    found
        Effects.
    tables
        Distances between the features by name, ``"decoder cosine"`` first.
    n_draws, n_resamples
        Permutations of the Mantel test; resamples of the interval.
    rng
        Of both.

    Returns
    -------
    list[Relation]
        By distances as they are, then by ranks; the null of random directions, which have no
        codes and no place in the tree, beside the decoder's distance alone.
    """
    decoder = tables[DECODER]
    made: list[Relation] = []
    for method in ("pearson", "spearman"):
        for name, table in tables.items():
            for given in ("",) if name == DECODER else ("", DECODER):
                out = [decoder] if given else []
                permuted = mantel_test(
                    table, found.real, given=out, method=method, n_draws=n_draws, rng=rng
                ).pvalue
                left = left_over(
                    table, found.real, found.elsewhere, given=out, method=method,
                    name=ELSEWHERE, n_resamples=n_resamples, rng=rng,
                )  # fmt: skip
                made.append(Relation(name, given, method, ELSEWHERE, permuted, left))
                if name == DECODER and found.random:
                    left = left_over(
                        table, found.real, found.random, null_x=found.random_x, method=method,
                        name=RANDOM, n_resamples=n_resamples, rng=rng,
                    )  # fmt: skip
                    made.append(Relation(name, given, method, RANDOM, permuted, left))
    return made
