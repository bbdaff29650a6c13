"""Semantic space: things that differ in several attributes, each with distances of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import NormalDist

import numpy as np
from jaxtyping import Float, Int
from scipy.stats import rankdata  # pyright: ignore[reportUnknownVariableType]

from armillary.worlds.drawn import Sample
from armillary.worlds.embedding import embedding
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.metric_attribute import KINDS, MetricAttribute
from armillary.worlds.threshold_sae import cross_polytope_sae
from armillary.worlds.truth import Factor, Gauge, Truth
from armillary.worlds.world import World

_PAIRS = 10_000

Values = Mapping[str, Float[np.ndarray, "token 1"]]


def build(*, seed: int, size: str, d_model: int, kinds: Sequence[str]) -> World:
    """Give every token a value of every attribute, ``x = sum_a E_a[z_a]``, in orthogonal subspaces.

    Each attribute has a metric (a line, a circle or a tree's nodes), a density with three modes and
    ``1 / number of attributes`` of the variance. ``Sample.cells`` are the modes that values were
    drawn from; the modes are all that clusters of this space are.
    """
    rng = np.random.default_rng([seed, 19])
    attributes = attributes_of(kinds, rng=rng)
    dims = [made.dim for made in attributes.values()]
    frame = embedding(d_model, sum(dims), rng=rng)
    spans = dict(zip(attributes, np.split(frame, np.cumsum(dims)[:-1]), strict=True))

    def draw(n: int, rng: np.random.Generator) -> Sample:
        drawn = {name: made.draw(n, rng) for name, made in attributes.items()}
        placed = [made.embed(drawn[name][0]) for name, made in attributes.items()]
        return Sample(
            (np.hstack(placed) @ frame).astype(np.float32),
            {name: value[:, None] for name, (value, _) in drawn.items()},
            {name: np.ones(n, dtype=bool) for name in drawn},
            {name: mode for name, (_, mode) in drawn.items()},
        )

    truth = Truth(
        kind="product",
        params={
            "attributes": list(attributes), "kinds": list(kinds), "seed": seed,
            "levels": [len(made.hubs) for made in attributes.values()], "d_model": d_model,
        },
        factors=tuple(
            _factor(name, spans[name], made) for name, made in attributes.items()
        ),
        gauge=Gauge(
            rotation=tuple(attributes),
            words="each attribute's own frame may turn; a constant may move from one to another",
        ),
        exact_sae=cross_polytope_sae(frame),
        nulls=("modes", "one attribute redrawn", "gaussian"),
    )  # fmt: skip
    return World("semantic_space", size, seed, d_model, draw, truth)


def attributes_of(kinds: Sequence[str], *, rng: np.random.Generator) -> dict[str, MetricAttribute]:
    """Return the attributes by name, in the order of their kinds, with equal shares of variance."""
    return {
        f"{kind} {number}": KINDS[kind](rng=rng).scaled(1 / len(kinds), rng=rng)
        for number, kind in enumerate(kinds)
    }


def known_distance(
    attributes: Mapping[str, MetricAttribute], first: Values, second: Values
) -> Float[np.ndarray, " token"]:
    """Return ``sqrt(sum_a d_a(z_a, z'_a) ** 2)`` of tokens that have these values, row by row."""
    parts = [made.distance(first[a][:, 0], second[a][:, 0]) for a, made in attributes.items()]
    return np.sqrt(np.sum(np.square(parts), axis=0))


def _factor(name: str, span: Float[np.ndarray, "axis d_model"], made: MetricAttribute) -> Factor:
    def embed(value: Float[np.ndarray, "token 1"]) -> Float[np.ndarray, "token d_model"]:
        return (made.embed(value[:, 0]) @ span).astype(np.float32)

    return Factor(name, made.kind, span, embed, ("value",), {"modes": made.hubs.tolist()})


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """Correlate distances in the space with known distances, attribute by attribute, inside modes.

    10,000 pairs of tokens; the sample's values and modes serve to score only. For an attribute,
    pairs are put into classes by the two modes that its values were drawn from; distances in the
    space and known distances in this attribute are ranked, and the ranks centred within each class.
    ``value`` is the smallest of the attributes' correlations of the two. If places inside modes
    mean nothing in one attribute, its correlation is 0 on average with standard error
    ``pairs ** -0.5``: within a class the distance in the space is then independent of the values.
    The bound is that standard error times the normal quantile at 1 - 0.001 / number of attributes.
    ``found`` has the plain Spearman correlation of distances in the space with
    ``known_distance``, the score of such a space, and what the modes alone reach.
    """
    params = world.truth.params
    made = attributes_of(params["kinds"], rng=np.random.default_rng([params["seed"], 19]))
    sample = world.draw(2 * _PAIRS, rng)
    x = sample.activations.astype(np.float64)
    seen = np.linalg.norm(x[:_PAIRS] - x[_PAIRS:], axis=1)
    values = {name: sample.coordinates[name] for name in made}
    hubs = {name: at.hubs[sample.cells[name]][:, None] for name, at in made.items()}
    known, modes = (
        known_distance(
            made, {a: v[:_PAIRS] for a, v in of.items()}, {a: v[_PAIRS:] for a, v in of.items()}
        )
        for of in (values, hubs)
    )
    inside = {
        name: rank_correlation(
            seen,
            at.distance(values[name][:_PAIRS, 0], values[name][_PAIRS:, 0]),
            within=sample.cells[name][:_PAIRS] * len(at.hubs) + sample.cells[name][_PAIRS:],
        )
        for name, at in made.items()
    }
    return Recovered(
        "smallest rank correlation with an attribute's distances inside modes",
        min(inside.values()),
        NormalDist().inv_cdf(1 - 0.001 / len(made)) / _PAIRS**0.5,
        {
            "Spearman with known distances": rank_correlation(seen, known),
            "Spearman of the modes alone": rank_correlation(modes, known),
            "inside modes": inside,
        },
    )


def rank_correlation(
    a: Float[np.ndarray, " pair"],
    b: Float[np.ndarray, " pair"],
    *,
    within: Int[np.ndarray, " pair"] | None = None,
) -> float:
    """Return Spearman's correlation; with classes, of ranks less their mean in each class."""
    ranks: np.ndarray = np.column_stack([rankdata(a), rankdata(b)])
    label = np.zeros(len(a), dtype=np.int64) if within is None else within
    count = np.maximum(np.bincount(label), 1)
    for column in ranks.T:
        column -= (np.bincount(label, column) / count)[label]
    gram = np.einsum("pi,pj->ij", ranks, ranks)
    size = float(gram[0, 0] * gram[1, 1]) ** 0.5
    return float(gram[0, 1]) / size if size > 0 else 0.0


def _moved(how: Callable[[World, Sample, np.random.Generator], np.ndarray]) -> Callable[..., World]:
    """Return a builder whose tokens keep their values but stand elsewhere."""

    def control(*, seed: int, size: str, **parameters: object) -> World:
        world = build(seed=seed, size=size, **parameters)  # pyright: ignore[reportArgumentType]

        def draw(n: int, rng: np.random.Generator) -> Sample:
            sample = world.draw(n, rng)
            return replace(sample, activations=how(world, sample, rng).astype(np.float32))

        return replace(world, draw=draw)

    return control


def _to_modes(world: World, sample: Sample, rng: np.random.Generator) -> np.ndarray:
    """Every attribute is a fresh draw from its mode: clusters stay, places inside mean nothing."""
    return np.sum([_fresh(world, sample, a, rng) for a in world.truth.params["attributes"]], axis=0)


def _first_redrawn(world: World, sample: Sample, rng: np.random.Generator) -> np.ndarray:
    first = world.truth.params["attributes"][0]
    own = world.contribution(first, sample)
    return sample.activations - own + _fresh(world, sample, first, rng)


def _fresh(world: World, sample: Sample, name: str, rng: np.random.Generator) -> np.ndarray:
    """Shuffle one attribute's values among the tokens of each mode, and embed them."""
    mode: Int[np.ndarray, " token"] = sample.cells[name]
    values = sample.coordinates[name].copy()
    for each in np.unique(mode):
        members = np.flatnonzero(mode == each)
        values[members] = values[rng.permutation(members)]
    return world.truth.factor(name).embed(values)


def _gaussian(world: World, sample: Sample, rng: np.random.Generator) -> np.ndarray:
    """Gaussian rows with the same mean and covariance; the values stay."""
    rows = sample.activations.astype(np.float64)
    mean = rows.mean(axis=0)
    _, singular, axes = np.linalg.svd(rows - mean, full_matrices=False)
    root = (singular / np.sqrt(max(len(rows) - 1, 1)))[:, None] * axes
    return mean + rng.standard_normal((len(rows), len(root))) @ root


_THREE = ("line", "circle", "graph")

ENTRY = Entry(
    name="semantic_space",
    family="products",
    title="sum of embedded values of metric attributes (lines, circles, trees), clumpy densities",
    motive="meaning as position in several attributes at once; clusters as modes of a density",
    sizes={
        "tiny": {"d_model": 24, "kinds": _THREE},
        "full": {"d_model": 64, "kinds": (*_THREE, *_THREE, "line", "circle")},
    },
    build=build,
    recover=recover,
    controls={
        "modes": _moved(_to_modes),
        "one attribute redrawn": _moved(_first_redrawn),
        "gaussian": _moved(_gaussian),
    },
    rates=(1.0, 0.0),
    sae={
        "tiny": SaePlan("relu", 32, l1=0.05),
        "full": SaePlan("topk", 128, k=8, steps=3000),
    },
    expected="latents become clusters, which are the density's modes and no more: a guess",
)
