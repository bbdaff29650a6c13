"""Blue boats: every thing has a colour and a shape, and its vector is the sum of the two."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.core.space import FeatureSpace
from armillary.worlds.drawn import Sample
from armillary.worlds.embedding import embedding, gaussian_twin
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.gathering import gather
from armillary.worlds.threshold_sae import threshold_sae
from armillary.worlds.truth import Factor, Gauge, Readout, Symmetry, Truth
from armillary.worlds.world import World

_ATTRIBUTES: tuple[str, ...] = ("colour", "shape", "size", "fourth", "fifth")
_ROWS_A_CELL = 20
_FEW, _PAIRS = 1000, 60


def build(
    *, seed: int, size: str, d_model: int, levels: Sequence[int], noise: float, zipf: float
) -> World:
    """Give every value of every attribute its own direction, and every row one value of each.

    ``x = sum_a D_a[value_a] + noise``, with all the rows of all ``D_a`` orthogonal and of length
    ``1 / sqrt(number of attributes)``, so that ``|x| = 1``; the noise is Gaussian in d_model and
    has rms length ``noise``. Cells (combinations) are drawn with probability proportional to
    ``rank ** -zipf``, ranks in a random order: with ``zipf`` above 0 attributes are not independent
    and some combinations are much more frequent than others.
    """
    rng = np.random.default_rng([seed, 15])
    names, length = _ATTRIBUTES[: len(levels)], len(levels) ** -0.5
    rows = embedding(d_model, sum(levels), rng=rng)
    blocks = np.split(np.arange(sum(levels)), np.cumsum(levels)[:-1])
    weight = (1.0 + rng.permutation(math.prod(levels))) ** -zipf
    below = np.cumsum(weight / weight.sum())

    def draw(n: int, rng: np.random.Generator) -> Sample:
        cell = np.minimum(np.searchsorted(below, rng.random(n)), len(below) - 1)
        values = np.unravel_index(cell, tuple(levels))
        codes = np.zeros((n, len(rows)), dtype=np.float32)
        for block, value in zip(blocks, values, strict=True):
            codes[np.arange(n), block[value]] = 1
        x: np.ndarray = codes @ (length * rows).astype(np.float32)
        if noise:
            x = x + noise * d_model**-0.5 * rng.standard_normal(x.shape, dtype=np.float32)
        named = dict(zip(names, values, strict=True))
        return Sample(
            x,
            {a: v[:, None].astype(np.float64) for a, v in named.items()},
            {a: np.ones(n, dtype=bool) for a in names},
            named,
            codes,
        )

    truth = Truth(
        kind="product",
        params={
            "levels": list(levels), "attributes": list(names), "length": length,
            "noise": noise, "zipf": zipf, "d_model": d_model,
        },
        factors=tuple(
            _factor(a, rows[block], length) for a, block in zip(names, blocks, strict=True)
        ),
        gauge=Gauge(
            shifts=tuple(blocks),
            words="values have no order; a vector added to every colour and taken from every "
            "shape changes nothing; lengths trade against codes",
        ),
        symmetry=_symmetry(rows, blocks, names),
        exact_sae=threshold_sae(rows, top=length, below=0.0, writes=length * rows)
        if noise == 0
        else None,
        readout=_readout(rows, blocks, names),
        nulls=("clusters", "interaction", "gaussian"),
    )  # fmt: skip
    labels = [f"{a} {v}" for a, block in zip(names, blocks, strict=True) for v in range(block.size)]
    space = FeatureSpace(
        (length * rows).astype(np.float32), np.arange(len(rows)), {"label": np.array(labels)}
    )
    return World("blue_boats", size, seed, d_model, draw, truth, space)


def _factor(name: str, rows: Float[np.ndarray, "value d_model"], length: float) -> Factor:
    def embed(value: Float[np.ndarray, "token 1"]) -> Float[np.ndarray, "token d_model"]:
        return (length * rows[value[:, 0].astype(np.int64)]).astype(np.float32)

    return Factor(name, "attribute", rows, embed, ("value",), {"levels": len(rows)})


def _readout(
    rows: Float[np.ndarray, "feature d_model"],
    blocks: Sequence[Int[np.ndarray, " _"]],
    names: Sequence[str],
) -> Readout:
    """Read every attribute: of its values, the one whose direction the activation goes along."""

    def right(outputs: np.ndarray, sample: Sample) -> np.ndarray:
        said = [outputs[:, block].argmax(axis=1) for block in blocks]
        true = [sample.cells[name] for name in names]
        return np.column_stack([a == b for a, b in zip(said, true, strict=True)])

    return Readout(
        "the value of every attribute, along whose direction most lies",
        lambda activations, sample: activations @ rows.T,
        right,
        chance=float(np.mean([1 / block.size for block in blocks])),
    )


def _symmetry(
    rows: Float[np.ndarray, "feature d_model"],
    blocks: Sequence[Int[np.ndarray, " _"]],
    names: Sequence[str],
) -> Symmetry:
    """Permute the values of one attribute: linear on activations, the identity off the span."""

    def moved(order: Int[np.ndarray, " feature"]) -> Callable[[Sample], np.ndarray]:
        change = (rows.T @ (rows[order] - rows)).astype(np.float32)
        return lambda sample: sample.activations + sample.activations @ change

    elements: dict[str, Callable[[Sample], np.ndarray]] = {}
    for name, block in zip(names, blocks, strict=True):
        for words, turned in (
            (f"{name}: two values swapped", np.r_[block[1], block[0], block[2:]]),
            (f"{name}: all values moved on", np.roll(block, 1)),
        ):
            order = np.arange(len(rows))
            order[block] = turned
            elements[words] = moved(order)
    levels = [b.size for b in blocks]
    return Symmetry(
        " x ".join(f"S_{n}" for n in levels), math.prod(map(math.factorial, levels)), elements
    )


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """Find the points that rows gather on, and see which pairs of them are diagonals.

    Only activations, the declared numbers of values, length and noise are used. Rows (20 a cell)
    are gathered into points. Of pairs ``u, v`` of points all are taken where they are fewer than
    1,000, else 60 at random. In a product, a pair that differs in two attributes or more is one
    diagonal of a parallelogram: there are other points ``w, w'`` with ``w + w' = u + v`` (there is
    no interaction). A pair is *met* if such points exist within the sampling error ``4 noise``
    (four means of one row at least; 1e-4 without noise). ``value`` is the share of pairs that are
    met, over the share that differ in two attributes or more by the declared numbers of values. In
    points in general position it is 0. The bound is ``seen ** 2`` less three standard errors of
    ``value`` where pairs are drawn, ``seen`` being the share of all cells that rows were drawn of:
    a diagonal is met if its two partners were both drawn. More points than cells make the value 0.
    """
    params = world.truth.params
    levels, noise = params["levels"], params["noise"]
    cells = math.prod(levels)
    rows = world.activations(_ROWS_A_CELL * cells, rng)
    radius = params["length"] * 2**-0.5
    found = gather(rows, radius=radius, limit=cells + 1)
    if not found.complete or found.n_points > cells:
        return Recovered("parallelograms", 0.0, 1.0, {"points": found.n_points})
    points, n = found.centres, found.n_points
    pairs = np.column_stack(np.triu_indices(n, 1))
    every = len(pairs) < _FEW
    pairs = pairs if every else pairs[rng.choice(len(pairs), _PAIRS, replace=False)]
    met = _met(points, pairs, within=1e-4 + 4 * noise)
    single = sum(level - 1 for level in levels) / (cells - 1)
    value = float(met.mean()) / (1 - single)
    error = 1e-9 if every else math.sqrt(single / (1 - single) / len(pairs))
    spectrum = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    rank = int((spectrum > spectrum[0] * max(noise, 1e-4)).sum())
    return Recovered(
        "share of declared diagonals whose parallelogram closes",
        value,
        (n / cells) ** 2 - 3 * error,
        {"points": n, "cells": cells, "rank of the points": rank,
         "rank of the product": sum(levels) - len(levels)},
    )  # fmt: skip


def _met(
    points: Float[np.ndarray, "point d_model"], pairs: Int[np.ndarray, "pair 2"], *, within: float
) -> Bool[np.ndarray, " pair"]:
    """Whether two other points have the same sum as the points of each pair."""
    gram = points @ points.T
    squared = np.diag(gram)
    sums = squared[:, None] + squared + 2 * gram
    np.fill_diagonal(sums, np.inf)  # one point twice is no pair
    out = np.zeros(len(pairs), dtype=bool)
    for row, (u, v) in enumerate(pairs):
        along = 2 * (gram[u] + gram[v])
        along[[u, v]] = -np.inf
        gap = sums - along[:, None] - along + (squared[u] + squared[v] + 2 * gram[u, v])
        out[row] = gap.min() <= within**2
    return out


def gaussian(**parameters: Any) -> World:
    """Build the world's Gaussian twin; nothing reads it."""
    twin = gaussian_twin(build)(**parameters)
    return replace(twin, truth=replace(twin.truth, readout=None))


def _redrawn(share: float) -> Callable[..., World]:
    """Return a builder whose cells sit where no sum puts them.

    With ``share`` 1 each cell has a random place in the span, at the same mean distance; with less
    its place is the sum's, turned by so much towards the random one (an interaction).
    """

    def control(*, seed: int, size: str, **parameters: object) -> World:
        world = build(seed=seed, size=size, **parameters)  # pyright: ignore[reportArgumentType]
        levels = world.truth.params["levels"]
        axes = np.vstack([factor.span for factor in world.truth.factors])
        own = np.random.default_rng([seed, 16]).standard_normal((math.prod(levels), len(axes)))
        own /= np.linalg.norm(own, axis=1, keepdims=True)
        places = (own @ axes).astype(np.float32)

        def draw(n: int, rng: np.random.Generator) -> Sample:
            sample = world.draw(n, rng)
            cell = np.ravel_multi_index(tuple(sample.cells.values()), tuple(levels))
            moved = (1 - share) ** 0.5 * sample.activations + share**0.5 * places[cell]
            return Sample(moved, cells=sample.cells)

        return replace(world, draw=draw)

    return control


ENTRY = Entry(
    name="blue_boats",
    family="products",
    title="x = colour_i + shape_j (+ noise), all directions orthogonal",
    motive="things with attributes; composed features (blue boats) beside or instead of attributes",
    sizes={
        "tiny": {"d_model": 16, "levels": (6, 6), "noise": 0.0, "zipf": 0.0},
        "full": {"d_model": 128, "levels": (20, 20, 8), "noise": 0.05, "zipf": 0.5},
    },
    build=build,
    recover=recover,
    controls={
        "clusters": _redrawn(1.0),
        "interaction": _redrawn(0.2),
        "gaussian": gaussian,
    },
    rates=(1.0, 0.0),
    sae={
        "tiny": SaePlan("relu", 12, l1=0.02),
        "full": SaePlan("topk", 48, k=3, steps=3000),
    },
    expected="12 latents become the attributes, 40 become clusters of cells or a mixture: measured",
)
