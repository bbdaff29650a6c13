"""Analogy: words that are a base and some relations, so that differences repeat."""

import itertools
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.worlds.background import unit_rows
from armillary.worlds.drawn import Sample
from armillary.worlds.embedding import embedding, gaussian_twin
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.gathering import gather, unsigned
from armillary.worlds.threshold_sae import threshold_sae
from armillary.worlds.truth import Factor, Gauge, Readout, Symmetry, Truth
from armillary.worlds.world import World

_ROWS_A_WORD = 20
_SHORT = 0.8  # length of a relation over that of a base


def build(*, seed: int, size: str, d_model: int, bases: int, relations: int) -> World:
    """Make every word of a base and a subset of relations, ``x = base_k + sum of its relations``.

    Relations are orthogonal to each other and to all bases, and 0.8 times as long; bases are
    orthogonal where d_model allows it, else random unit vectors off the relations. All is scaled
    to rms length 1. Words are drawn evenly: ``bases * 2 ** relations`` of them, listed base by base
    (``Sample.inputs`` is the word's number).
    """
    rng = np.random.default_rng([seed, 20])
    frame = embedding(d_model, d_model, rng=rng)
    room = d_model - relations
    if bases <= room:
        kinds = frame[relations : relations + bases]
    else:
        kinds = unit_rows(rng.standard_normal((bases, room))) @ frame[relations:]
    scale = (1 + relations * _SHORT**2 / 2) ** -0.5
    rows = scale * np.vstack([kinds, _SHORT * frame[:relations]])
    told = word_codes(bases, relations)
    words = (told @ rows).astype(np.float32)
    names = ["base", *(f"relation {r}" for r in range(relations))]

    def draw(n: int, rng: np.random.Generator) -> Sample:
        word = rng.integers(0, len(words), n)
        codes = told[word]
        values = [word >> relations, *(codes[:, bases:].T.astype(np.int64))]
        return Sample(
            words[word],
            {a: v[:, None].astype(np.float64) for a, v in zip(names, values, strict=True)},
            {"base": np.ones(n, dtype=bool)}
            | {a: v > 0 for a, v in zip(names[1:], values[1:], strict=True)},
            dict(zip(names, values, strict=True)),
            codes,
            inputs=word,
        )

    truth = Truth(
        kind="product",
        params={
            "bases": bases, "relations": relations, "levels": [bases] + [2] * relations,
            "attributes": names, "length": scale, "relation_length": scale * _SHORT,
            "words": len(words), "d_model": d_model,
        },
        factors=(
            _base(rows[:bases]),
            *(_relation(a, rows[[bases + r]]) for r, a in enumerate(names[1:])),
        ),
        gauge=Gauge(
            words="bases have no order; which word of a pair is the plain one is free (a relation "
            "may be turned round if it is added to every base first)"
        ),
        symmetry=_symmetry(words, bases, relations),
        exact_sae=vocabulary_sae(words, middle=rows[bases:].sum(axis=0) / 2),
        readout=_readout(bases, relations),
        nulls=("redrawn", "gaussian"),
    )  # fmt: skip
    label = [f"base {k}" for k in range(bases)] + names[1:]
    space = FeatureSpace(rows.astype(np.float32), np.arange(len(rows)), {"label": np.array(label)})
    return World("analogy", size, seed, d_model, draw, truth, space)


def word_codes(bases: int, relations: int) -> Float[np.ndarray, "word feature"]:
    """Return the codes of all words: one base and a subset of relations each, base by base."""
    subsets = np.array(list(itertools.product((0.0, 1.0), repeat=relations)))[:, ::-1]
    kinds = np.repeat(np.eye(bases), 2**relations, axis=0)
    return np.hstack([kinds, np.tile(subsets, (bases, 1))]).astype(np.float32)


def vocabulary_sae(
    words: Float[np.ndarray, "word d_model"], *, middle: Float[np.ndarray, " d_model"]
) -> SparseAutoencoder:
    """Return the exact autoencoder with one latent a word: FVU 0, L0 1, and no algebra left.

    Words at the same distance from ``middle`` are in convex position, and each is cut off by the
    plane across its own direction: ``(w - middle) . (w' - middle)`` is largest at ``w' = w``.

    Raises
    ------
    BadInput
        If some word is not cut off.
    """
    away = words.astype(np.float64) - middle
    gram = away @ away.T
    top = np.diag(gram).copy()
    np.fill_diagonal(gram, -np.inf)
    return threshold_sae(away, top=top, below=gram.max(axis=1), writes=away, centre=middle)


def _base(rows: Float[np.ndarray, "base d_model"]) -> Factor:
    def embed(value: Float[np.ndarray, "token 1"]) -> Float[np.ndarray, "token d_model"]:
        return rows[value[:, 0].astype(np.int64)].astype(np.float32)

    _, singular, axes = np.linalg.svd(rows, full_matrices=False)
    span = axes[singular > 1e-9 * singular[0]]
    return Factor("base", "attribute", span, embed, ("value",), {"levels": len(rows)})


def _relation(name: str, row: Float[np.ndarray, "1 d_model"]) -> Factor:
    def embed(value: Float[np.ndarray, "token 1"]) -> Float[np.ndarray, "token d_model"]:
        return (value * row).astype(np.float32)

    return Factor(name, "direction", row / np.linalg.norm(row), embed, ("value",))


def _symmetry(words: Float[np.ndarray, "word d_model"], bases: int, relations: int) -> Symmetry:
    """Turn a relation round in every word, or exchange two relations."""
    number = np.arange(len(words))

    def moved(order: Int[np.ndarray, " word"]) -> Callable[[Sample], np.ndarray]:
        def act(sample: Sample) -> np.ndarray:
            assert sample.inputs is not None
            return words[order[sample.inputs]]

        return act

    elements = {"relation 0 turned round": moved(number ^ 1)}
    if relations > 1:
        differ = (number ^ (number >> 1)) & 1
        elements["relations 0 and 1 exchanged"] = moved(number ^ (3 * differ))
    order = 2**relations * math.factorial(relations)
    return Symmetry(f"B_{relations} on relations", order, elements)


def _readout(bases: int, relations: int) -> Readout:
    """Complete ``a : b :: c : ?`` for every row c and every relation, from rows alone.

    ``a`` and ``b`` are the next base's words with the same other relations, without and with the
    relation (or the other way round, where c has it). Words stand at the means of their rows; the
    answer is the word nearest to ``c + b - a``, the three words of the question excluded.
    """
    n_words = bases * 2**relations

    def outputs(activations: np.ndarray, sample: Sample) -> np.ndarray:
        word = _word(sample)
        count = np.bincount(word, minlength=n_words)
        means = np.zeros((n_words, activations.shape[1]))
        np.add.at(means, word, activations)
        means /= np.maximum(count, 1)[:, None]
        squared = np.where(count > 0, (means**2).sum(axis=1), np.inf)
        out = np.full((len(word), relations), -1, dtype=np.int64)
        a = (word + 2**relations) % n_words
        for r in range(relations):
            b = a ^ (1 << r)
            place = activations + means[b] - means[a]
            gap = squared - 2 * place @ means.T
            gap[np.arange(len(word))[:, None], np.column_stack([word, a, b])] = np.inf
            known = (count[a] > 0) & (count[b] > 0)
            out[known, r] = gap[known].argmin(axis=1)
        return out

    def right(out: np.ndarray, sample: Sample) -> np.ndarray:
        return out == _word(sample)[:, None] ^ (1 << np.arange(relations))

    return Readout("analogies completed", outputs, right, 1 / (n_words - 3))


def _word(sample: Sample) -> Int[np.ndarray, " token"]:
    if sample.inputs is None:
        raise BadInput("analogies are asked of known words: this sample does not know its words")
    return sample.inputs


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """Find the words that rows gather on, and count the differences that repeat for every base.

    Only activations and the declared numbers and length of relations are used. Of all pairs of
    words, those as far apart as a relation is long are taken (within 1e-3 of the length). A
    relation makes one bundle of equal differences with ``bases * 2 ** (relations - 1)`` members, no
    more and no fewer. ``value`` is the number of bundles of just that size over the declared number
    of relations; 0 unless rows gather on the declared number of words. The bound is 1: an identity
    of algebra. Where relations are redrawn for every base no bundle has more than
    ``2 ** (relations - 1)``. Twenty rows a word: a word is missed with probability below
    ``words * exp(-20)``. ``found`` has the share of analogies that are completed rightly.
    """
    params = world.truth.params
    n_words, length = params["words"], params["relation_length"]
    sample = world.draw(_ROWS_A_WORD * n_words, rng)
    rows = sample.activations
    found = gather(rows, radius=0.4 * length, limit=n_words + 1)
    if not found.complete or found.n_points != n_words:
        return Recovered("bundles of equal differences", 0.0, 1.0, {"points": found.n_points})
    edges = _edges(found.centres, length)
    n_edges = len(edges)
    bundles = gather(unsigned(edges, rng), radius=1e-3, limit=n_edges + 1)
    wanted = params["bases"] * 2 ** (params["relations"] - 1)
    return Recovered(
        "share of relations seen as one difference in all bases",
        float((bundles.count == wanted).sum()) / params["relations"],
        1.0,
        {
            "words": n_words, "differences": n_edges, "members wanted": wanted,
            "largest bundle": int(max(bundles.count, default=0)),
            "analogies completed": _completed(world, sample),
        },
    )  # fmt: skip


def _completed(world: World, sample: Sample) -> float | None:
    """Return the accuracy of the readout on one row a word, None where words are not known."""
    if sample.inputs is None or world.truth.readout is None:
        return None
    word, row = np.unique(sample.inputs, return_index=True)
    rows = sample.activations[row]
    return world.truth.readout.accuracy(rows, Sample(rows, inputs=word))


def _edges(
    points: Float[np.ndarray, "word d_model"], length: float
) -> Float[np.ndarray, "edge d_model"]:
    squared = (points**2).sum(axis=1)
    gap = squared[:, None] + squared - 2 * points @ points.T
    near = np.abs(np.sqrt(np.maximum(gap, 0)) - length) < 1e-3 * length
    i, j = np.nonzero(np.triu(near, 1))
    return points[i] - points[j]


def redrawn(*, seed: int, size: str, **parameters: object) -> World:
    """Build the same words with relations of the same lengths drawn anew for every base."""
    world = build(seed=seed, size=size, **parameters)  # pyright: ignore[reportArgumentType]
    params = world.truth.params
    n_bases, n_relations = params["bases"], params["relations"]
    rng = np.random.default_rng([seed, 21])
    assert world.space is not None
    told = word_codes(n_bases, n_relations)
    own = np.stack([embedding(world.d_model, n_relations, rng=rng) for _ in range(n_bases)])
    shift = np.einsum("kwr,krd->kwd", told[:, n_bases:].reshape(n_bases, -1, n_relations), own)
    made = told[:, :n_bases] @ world.space.directions[:n_bases]
    words = (made + params["relation_length"] * shift.reshape(len(told), -1)).astype(np.float32)

    def draw(n: int, rng: np.random.Generator) -> Sample:
        word = rng.integers(0, len(words), n)
        return Sample(words[word], inputs=word)

    return replace(world, draw=draw)


ENTRY = Entry(
    name="analogy",
    family="products",
    title="word = base + a subset of relations (king, queen; kitten, puppy)",
    motive="parallelograms of words; what is lost when every word has a latent of its own",
    sizes={
        "tiny": {"d_model": 16, "bases": 6, "relations": 2},
        "full": {"d_model": 64, "bases": 125, "relations": 4},
    },
    build=build,
    recover=recover,
    controls={"redrawn": redrawn, "gaussian": gaussian_twin(build)},
    rates=(1.0, 0.0),
    sae={
        "tiny": SaePlan("relu", 8, l1=0.02),
        "full": SaePlan("topk", 129, k=3, steps=3000),
    },
    expected="with as many latents as words L0 1 at FVU 0, and the algebra is lost: exact by hand",
)
