"""Parallel partners: of each seed's offset, the other offsets that point most nearly its way."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

BLOCK = 256  # seeds at a time
LOOKED_AT = 32  # most parallel offsets of each seed that are looked at one by one


@dataclass(frozen=True, slots=True, eq=False)
class Partners:
    """How parallel the partners of each seed are.

    Parameters
    ----------
    first, last
        Absolute cosine of its most parallel partner, and of the last one asked for; -1 where
        there are not so many among those looked at.
    """

    first: Float[np.ndarray, " seed"]
    last: Float[np.ndarray, " seed"]


def unit_offsets(offsets: Float[np.ndarray, "pair d_model"]) -> Float[np.ndarray, "pair d_model"]:
    """Scale offsets to length 1, as float32; one without length stays 0."""
    rows = np.asarray(offsets, dtype=np.float32)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(length > 0, length, np.float32(1))


def parallel_partners(
    points: Float[np.ndarray, "point d_model"],
    pairs: Int[np.ndarray, "pair 2"],
    seeds: Int[np.ndarray, " seed"],
    *,
    partners: int,
    offsets: Float[np.ndarray, "pair d_model"] | None = None,
) -> Partners:
    """Find for each seed its most parallel partners of other points, not copies of it.

    Parameters
    ----------
    points
        Where both ends of pairs are.
    pairs
        Two points each.
    seeds
        Pairs to ask.
    partners
        How many others; no two of them share a point, nor one with the seed, and the middle of
        each is at least as far from the seed's middle as the shorter of the two is long.
    offsets
        In place of the differences of points.

    Returns
    -------
    Partners
        One entry a seed.
    """
    moved = points[pairs[:, 1]] - points[pairs[:, 0]]
    unit = unit_offsets(moved if offsets is None else offsets)
    length = np.linalg.norm(moved, axis=1)
    looked = min(LOOKED_AT, len(pairs))
    first, last = np.full(seeds.size, -1.0), np.full(seeds.size, -1.0)
    for at in range(0, seeds.size, BLOCK):
        part = seeds[at : at + BLOCK]
        cosine = np.abs(unit[part] @ unit.T)
        cosine[np.arange(part.size), part] = -1.0
        near = np.argpartition(-cosine, looked - 1, axis=1)[:, :looked]
        value = np.take_along_axis(cosine, near, axis=1)
        order = np.argsort(-value, axis=1, kind="stable")
        near = np.take_along_axis(near, order, axis=1)
        value = np.take_along_axis(value, order, axis=1)
        for k, seed in enumerate(part.tolist()):
            found = _partners(points, pairs, length, seed, near[k], value[k], partners)
            if found:
                first[at + k] = found[0]
            if len(found) == partners:
                last[at + k] = found[-1]
    return Partners(first, last)


def _partners(
    points: Float[np.ndarray, "point d_model"],
    pairs: Int[np.ndarray, "pair 2"],
    length: Float[np.ndarray, " pair"],
    seed: int,
    near: Int[np.ndarray, " near"],
    value: Float[np.ndarray, " near"],
    partners: int,
) -> list[float]:
    used = set(pairs[seed].tolist())
    middle = points[pairs[seed]].mean(axis=0)
    apart = np.linalg.norm(points[pairs[near]].mean(axis=1) - middle, axis=1)
    kept: list[float] = []
    for k, other in enumerate(near.tolist()):
        a, b = pairs[other].tolist()
        if a in used or b in used:
            continue
        if apart[k] < min(length[seed], length[other]) * (1 - 1e-6):
            continue
        used |= {a, b}
        kept.append(float(value[k]))
        if len(kept) == partners:
            break
    return kept
