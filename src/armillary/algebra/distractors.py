"""Distractors: directions in which offsets differ for reasons that are none of the relation's.

Whatever is estimated here is to be estimated on other words than those that are tested.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.algebra.offsets import Measured, spanned
from armillary.algebra.pairings import DRAWS, pairings
from armillary.algebra.parallelograms import additive_share
from armillary.inference.monte_carlo import NullTest
from armillary.inference.order_tests import OrderTest

SHRINKAGE = 0.1


def spelling_axes(
    differences: Sequence[Float[np.ndarray, "pair d_model"]], *, n_axes: int = 4
) -> Float[np.ndarray, "axis d_model"]:
    """Span the directions in which two spellings of one word differ.

    Of every kind of difference (a leading space, a capital) the leading ``n_axes`` right singular
    vectors of its unit rows, not centred, so that the common step comes first.

    Parameters
    ----------
    differences
        One matrix a kind: a spelling less another of the same word, one row a word.
    n_axes
        Axes a kind, at least 1; fewer where a kind has fewer rows.

    Returns
    -------
    Float[np.ndarray, "axis d_model"]
        Orthonormal rows that span all of them; no rows where nothing is given.
    """
    held: list[np.ndarray] = []
    for rows in differences:
        length = np.linalg.norm(rows, axis=1, keepdims=True)
        unit = rows[length[:, 0] > 0] / length[length[:, 0] > 0]
        if len(unit):
            _, vectors = np.linalg.eigh(unit.T @ unit)
            held.append(vectors[:, ::-1].T[: min(n_axes, len(unit))])
    if not held:
        d = differences[0].shape[1] if differences else 0
        return np.zeros((0, d))
    _, singular, axes = np.linalg.svd(np.vstack(held), full_matrices=False)
    return axes[singular > 1e-6 * singular[0]]


def discriminant_map(
    offsets: Float[np.ndarray, "pair d_model"],
    relation: Int[np.ndarray, " pair"],
    *,
    shrinkage: float = SHRINKAGE,
) -> Float[np.ndarray, "d_model axis"]:
    """Find the map under which offsets of one relation agree and of different ones do not (LDA).

    ``W = S^(-1/2) V``: S is the covariance of offsets about the mean of their relation, shrunk to
    ``(1 - shrinkage) S + shrinkage trace(S) / d I``; V holds the leading axes of the relations'
    mean offsets after ``S^(-1/2)``, as many as there are relations. What varies inside relations,
    whatever it is, counts for little under ``x W``; what no relation moves along, for nothing.

    Parameters
    ----------
    offsets
        Of words that are not tested.
    relation
        Number of the relation of each; at least one with two pairs or more.
    shrinkage
        In (0, 1].

    Returns
    -------
    Float[np.ndarray, "d_model axis"]
        At most as many columns as relations.

    Raises
    ------
    ValueError
        If no relation has two pairs, or the shrinkage is outside (0, 1].

    References
    ----------
    Fisher 1936; for offsets of features: Li et al. 2024, arXiv 2410.19750.
    """
    kinds, place, count = np.unique(relation, return_inverse=True, return_counts=True)
    if not 0 < shrinkage <= 1 or count.size == 0 or count.max() < 2:
        raise ValueError(f"expected two pairs of a relation and a shrinkage in (0, 1]: {shrinkage}")
    d = offsets.shape[1]
    means = np.zeros((kinds.size, d))
    np.add.at(means, place, offsets)
    means /= count[:, None]
    inside = offsets - means[place]
    scatter = inside.T @ inside / max(len(offsets) - kinds.size, 1)
    scatter *= 1 - shrinkage
    scatter[np.diag_indices(d)] += shrinkage * np.square(inside).sum() / (len(offsets) * d)
    value, axes = np.linalg.eigh(scatter)
    whiten = axes / np.sqrt(np.maximum(value, 1e-12 * max(value[-1], 1e-300))) @ axes.T
    _, singular, leading = np.linalg.svd(
        np.sqrt(count)[:, None] * means @ whiten, full_matrices=False
    )
    return whiten @ leading[singular > 1e-9 * max(singular[0], 1e-300)].T


def without(
    vectors: Float[np.ndarray, "*point d_model"], axes: Float[np.ndarray, "axis d_model"]
) -> Float[np.ndarray, "*point d_model"]:
    """Remove what vectors have along orthonormal axes."""
    return vectors - (vectors @ axes.T) @ axes


@dataclass(frozen=True, slots=True, eq=False)
class Halves:
    """A family tested half by half, so that what is removed can be learned from the other half.

    Parameters
    ----------
    share
        The additive share, and its test by pairings inside each half.
    cosine
        Mean cosine of two offsets of one half.
    cosine_chance
        The same over the other pairings.
    """

    share: Measured
    cosine: float
    cosine_chance: float


def half_by_half(
    halves: Sequence[tuple[Float[np.ndarray, "pair d_model"], Float[np.ndarray, "pair d_model"]]],
    *,
    n_draws: int = DRAWS,
    rng: np.random.Generator,
) -> Halves:
    """Test parallelograms inside each half of a family and average over the halves.

    Parameters
    ----------
    halves
        Left and right vectors of each half, as they are after removal; at least 2 pairs each.
    n_draws
        Joint pairings drawn, however few there are; each half is dealt by itself.
    rng
        Source of the draws.

    Returns
    -------
    Halves
        The interval of the share is NaN: what was removed differs from half to half.
    """
    shares, cosines = np.zeros(n_draws), np.zeros(n_draws)
    share = cosine = 0.0
    reach = 1.0
    for left, right in halves:
        n = left.shape[0]
        both = spanned(np.vstack([left, right]))
        low_left, low_right = both[:n], both[n:]
        drawn = pairings(n, n_draws=n_draws, rng=rng)
        order, base = drawn.order, _in_order(n)
        if drawn.exact:
            listed = np.vstack([base, order])
            order = listed[rng.integers(0, len(listed), n_draws)]
        reach *= drawn.reach if drawn.exact else 0.0
        share += additive_share(np.stack([low_left, low_right], axis=1)) / len(halves)
        cosine += _cosine(low_left, low_right, base)[0] / len(halves)
        away_left, away_right = low_left - low_left.mean(axis=0), low_right - low_right.mean(axis=0)
        whole = float(np.square(away_left).sum() + np.square(away_right).sum())
        gram = away_left @ away_right.T
        crossed = gram[base, order].sum(axis=1)
        shares += (0.5 + crossed / max(whole, 1e-300)) / len(halves)
        cosines += _cosine(low_left, low_right, order) / len(halves)
    nan = float("nan")
    test = OrderTest(
        NullTest(share, shares, "right words re-paired inside halves"),
        max(reach, 1 / (1 + n_draws)),
        False,
    )
    return Halves(Measured(share, nan, nan, test), cosine, float(cosines.mean()))


def _in_order(n: int) -> Int[np.ndarray, "1 pair"]:
    return np.arange(n)[None]


def _cosine(
    left: Float[np.ndarray, "pair axis"],
    right: Float[np.ndarray, "pair axis"],
    order: Int[np.ndarray, "draw pair"],
) -> Float[np.ndarray, " draw"]:
    """Return the mean cosine of offsets under each pairing."""
    n = left.shape[0]
    out = np.empty(order.shape[0])
    for at in range(0, out.size, 512):
        offset = right[order[at : at + 512]] - left
        length = np.linalg.norm(offset, axis=2, keepdims=True)
        unit = offset / np.where(length > 0, length, 1.0)
        whole = np.square(unit.sum(axis=1)).sum(axis=1) - np.square(unit).sum(axis=(1, 2))
        out[at : at + 512] = whole / (n * (n - 1))
    return out
