"""Small instances of every theory, and a small space that has something for each of them to say."""

import numpy as np

from armillary.core.codes import Codes
from armillary.core.space import FeatureSpace
from armillary.core.tokens import Tokens
from armillary.knockoffs import (
    Attributes,
    Clusters,
    Dealt,
    Exact,
    FiringGram,
    Foreign,
    Gram,
    GroupEdit,
    KMeans,
    LowRank,
    MinimumCoherence,
    Permuted,
    Product,
    RandomUnit,
    Residual,
    Scalar,
    ShapedGroup,
    Shapes,
    Shared,
    SignFlip,
    SpectrumMatched,
    Stacked,
    Stretched,
    Theory,
    Told,
    TotalInterference,
    Transform,
    Tree,
)

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August"]
MONTHS += ["September", "October", "November", "December"]
OTHERS = [" river", "river", " lake", "lake", " one", " two", " three", " four"]

ELSEWHERE = FeatureSpace(
    np.random.default_rng(9).standard_normal((60, 12)).astype(np.float32), np.arange(60)
)

CIRCLES = (
    ShapedGroup.of(
        np.arange(28), "circle", position=np.repeat(range(7), 4), part=np.tile(range(4), 7)
    ),
    ShapedGroup.of(np.arange(28, 52, 2), "circle", name="months"),
    ShapedGroup.of(np.arange(50, 58), "sphere"),
)

# Every theory of the registry stands here at least once. Add yours; keep it small.
EXAMPLES: list[Theory] = [
    RandomUnit(),
    MinimumCoherence(steps=20),
    Permuted(),
    Permuted(within=np.arange(60) // 12),
    SpectrumMatched(),
    SpectrumMatched(axes=False),
    SignFlip(),
    SignFlip(steps=None, kept=0, axes=False),
    TotalInterference(),
    TotalInterference(axes=False),
    FiringGram("phi"),
    FiringGram("company", norms="kept"),
    Exact(32),
    Exact(8),
    Stacked((RandomUnit(), Exact(8))),
    Gram(),
    GroupEdit("weekdays", tuple(range(28)), tuple(np.repeat(range(7), 4).tolist())),
    Clusters(6),
    Clusters(6, arranged="random", spread=True, weighted=True),
    Tree(8),
    Tree(8, arranged="sent", step=2.0),
    Tree(0, arranged="sent", step=0.5),
    Dealt(Clusters(6)),
    Dealt(Tree(0)),
    Foreign(Clusters(6), ELSEWHERE),
    Told(0.5),
    Stretched(Product(3, nbits=3)),
    Told(0.1, by=()),
    Told(0.3, minds=1.0 + np.arange(12.0)),
    Stacked((Exact(8), Told(0.2))),
    KMeans(5),
    KMeans(5, by_energy=True),
    Product(3, nbits=3),
    Residual(3, nbits=2),
    Scalar(60),
    LowRank(2),
    Transform(60),
    Transform(60, by_energy=True),
    Stacked((KMeans(4), Transform(40))),
    Shapes(CIRCLES, base=Clusters(6)),
    Shapes(CIRCLES, mode="scrambled", axes="random", centre="base", base=Clusters(6)),
    Shapes(CIRCLES, mode="fitted", bits=16, centre="random"),
    Shapes(CIRCLES, mode="simplex"),
    Shapes((), base=Stacked((RandomUnit(), Exact(8)))),
    Attributes((7, 4)),
]


def a_space(*, seed: int = 0) -> tuple[FeatureSpace, Shared]:
    """Return 60 features in 12 dimensions, and what a receiver knows of them.

    Weekdays (four spellings each) and months (two) lie on circles, a spelling moves every word the
    same way, a last handful is noise. Two or three features fire on each of 500 tokens, mostly of
    one group; every token's first feature is its own token id. Ids are not row numbers.
    """
    rng = np.random.default_rng(seed)
    labels = [spelled for day in WEEKDAYS for spelled in _spellings(day)]
    labels += [spelled for month in MONTHS for spelled in (f" {month}", month)]
    labels += OTHERS
    axis = np.linalg.qr(rng.standard_normal((12, 12)))[0]
    rows = [_word(7, i // 4, axis[0:3]) + 0.5 * axis[6 + i % 4] for i in range(28)]
    rows += [_word(12, i // 2, axis[3:6]) + 0.5 * axis[6 + i % 2] for i in range(24)]
    rows += [axis[10] + rng.standard_normal(12) / 3 for _ in range(8)]
    directions = np.array(rows) + 0.1 * rng.standard_normal((60, 12))
    directions -= directions.mean(axis=0)
    feature_id = 5 + 3 * np.arange(60, dtype=np.int64)
    columns = {"label": np.array(labels)}
    space = FeatureSpace(directions.astype(np.float32), feature_id, columns, {"uri": "an example"})
    return space, Shared(feature_id, 12, columns, _codes(labels, feature_id, rng))


def _spellings(word: str) -> list[str]:
    return [f" {word}", word, f" {word.lower()}", word.lower()]


def _word(n: int, step: int, plane: np.ndarray) -> np.ndarray:
    angle = 2 * np.pi * step / n
    return plane[0] + np.cos(angle) * plane[1] + np.sin(angle) * plane[2]


def _codes(labels: list[str], feature_id: np.ndarray, rng: np.random.Generator) -> Codes:
    group = np.repeat([0, 1, 2], [28, 24, 8])
    share = 1 / (1 + rng.permutation(60))
    token, feature = [], []
    first = rng.choice(60, p=share / share.sum(), size=500)
    for t, own in enumerate(first):
        partner = rng.choice(np.flatnonzero(group == group[own]))
        fired = {int(own), int(partner)} | ({int(rng.integers(60))} if t % 3 == 0 else set())
        token += [t] * len(fired)
        feature += sorted(fired)
    text = Tokens(first, np.arange(500) // 50, np.arange(500) % 50, np.array(labels))
    return Codes.from_triples(
        np.array(token), np.array(feature), rng.uniform(0.5, 2, len(token)),
        n_tokens=500, n_features=60, feature_id=feature_id, tokens=text,
    )  # fmt: skip
