"""Verdict: one group judged: its shape, the runner-up, the impostor it beat by least, stability."""

import math
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.core import ShapeFit
from armillary.inference import NullTest
from armillary.shape import impostors
from armillary.shape.battery import score
from armillary.shape.classify import (
    SPLIT,
    VERTEX,
    Arranged,
    beyond_null,
    ring_of_product,
    vertex_shapes,
    weigh,
)
from armillary.shape.fitting import fit_shape
from armillary.shape.haar import haar_clouds
from armillary.shape.views import Batch, principal

Cloud = Float[np.ndarray, "point axis"]
Impostor = Callable[..., Batch]

MIXTURE = ("mixture of clusters", impostors.mixture_clouds)
LINE = ("line", impostors.line_clouds)
HEAVY = ("heavy tails", impostors.elliptical_clouds)
BALL = ("solid ball", impostors.ball_clouds)
PAIRED = ("same pairs, concepts at random", impostors.paired_clouds)

FIRST_RIVALS = 19  # impostors drawn before a hopeless claim is dropped
HOPELESS = 5  # of them that must be as large as the cloud

CLAIMS: dict[str, tuple[str, tuple[tuple[str, Impostor], ...]]] = {
    "circle": ("circle", (MIXTURE, LINE)),
    "ellipse": ("ellipse", (MIXTURE, LINE)),
    "product:circle": ("product:circle", (PAIRED,)),
    "arc": ("arc", (MIXTURE, LINE)),
    "cone": ("cone", (MIXTURE, HEAVY)),
    "helix": ("helix", (MIXTURE, LINE)),
    "torus": ("torus", (MIXTURE, BALL)),
    "sphere": ("sphere", (MIXTURE, BALL)),
    "disk": ("disk", (MIXTURE, HEAVY)),
    "segment": ("segment", (HEAVY,)),
    "star": ("star", (MIXTURE, HEAVY)),
    "lattice": ("lattice", (MIXTURE, HEAVY)),
    "tree": ("tree", (MIXTURE, HEAVY)),
    "hypercube": ("hypercube", (MIXTURE, HEAVY)),
    "grid": ("grid", (MIXTURE, HEAVY)),
    "cross_polytope": ("cross_polytope", (MIXTURE, HEAVY)),
    "k_clusters": ("clusters", (HEAVY,)),
    "simplex": ("clusters", (HEAVY,)),
    "ring_of_clusters": ("circle", (MIXTURE, LINE)),
}
"""For every shape, the score that carries the claim and its impostors."""


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What was found about one cloud."""

    fit: ShapeFit
    runner_up: ShapeFit
    rival: NullTest | None
    stability: float
    excess: dict[str, float]


def judge(
    scores: Cloud,
    *,
    n_null: int,
    n_rival: int,
    n_resample: int,
    rng: np.random.Generator,
    only: Collection[str] | None = None,
) -> list[Verdict]:
    """Name the shape of a cloud and test it against its best impostor.

    The first verdict is the shape that saves most. A ring or an arc that lives beside it, in
    another plane or after a factor is divided out, is a second verdict if it saves at least
    ``3 + log n`` nats beyond the null and holds against its own impostors.

    Parameters
    ----------
    scores
        The cloud in principal coordinates.
    n_null
        Haar draws that the mean null score of every shape is taken from.
    n_rival
        Draws from each impostor (level b); 0 skips the test.
    n_resample
        Random four fifths of the points on which the verdict is repeated.
    rng
        Source of randomness.
    only
        Shapes that the evidence so far allows; None for all.
    """
    drawn = score(haar_clouds(scores, n_draws=n_null, rng=rng))
    null = {name: float(value.mean()) for name, value in drawn.items()}
    observed = {name: float(value[0]) for name, value in score(scores[None]).items()}
    excess = beyond_null(observed, null)
    arranged = vertex_shapes(scores, {s: excess[s] for s in VERTEX if s in excess})
    ranked = weigh(observed, null, scores, arranged=arranged)
    if only is not None:
        ranked = [pair for pair in ranked if pair[0] in only or pair[0] == "none"]
    shape, nats = ranked[0]
    winners = _resampled_winners(scores, null, arranged, n_resample=n_resample, rng=rng)

    def verdict(shape: str, nats: float, rival: NullTest | None) -> Verdict:
        others = (r for r in ranked if not _same_claim(r[0], shape))
        second, below = next(others, ("none", 0.0))
        fit = fit_shape(shape, nats, scores)
        return Verdict(fit, ShapeFit(second, below), rival, _share(winners, shape), excess)

    def rival(shape: str) -> NullTest | None:
        if not n_rival or shape not in CLAIMS:
            return None
        return rival_test(shape, scores, observed=observed, null=null, n_draws=n_rival, rng=rng)

    out = [verdict(shape, nats, rival(shape))]
    if only is not None:
        return out
    for beside, saved in _beside(excess, scores.shape[0], shape):
        test = rival(beside)
        if test is not None and test.pvalue <= 0.05:
            out.append(verdict(beside, saved, test))
            break
    return out


def _beside(excess: dict[str, float], n: int, shape: str) -> list[tuple[str, float]]:
    """Rings and arcs worth a second verdict, best first: half a nat a point, and 3 + log n."""
    if _round(shape):
        return []
    least = max(3 + math.log(n), 0.5 * n)
    options = [("circle", excess["circle"]), ("product:circle", ring_of_product(excess))]
    options.append(("arc", excess["arc"]))
    two_classes = excess["split"] > SPLIT * n  # then a ring that crosses them is no ring
    return sorted(
        (o for o in options if o[1] > least),
        key=lambda o: (two_classes and o[0] == "product:circle", o[1]),
        reverse=True,
    )


def _round(shape: str) -> bool:
    return shape in ("circle", "ellipse", "product:circle", "arc", "cone", "ring_of_clusters")


def rival_test(
    shape: str,
    scores: Cloud,
    *,
    observed: dict[str, float],
    null: dict[str, float],
    n_draws: int,
    rng: np.random.Generator,
) -> NullTest:
    """Test a claim against each of its impostors; return the test it passes by least.

    The statistic is the score of the claim beyond its null mean, the best of its views. Drawing
    stops after the first draws when five of them are as large (Besag & Clifford 1991).
    """
    family, rivals = CLAIMS[shape]
    views = [name for name in observed if name.split("@")[0] == family]
    own = max(observed[name] - null[name] for name in views)
    tests: list[NullTest] = []
    for name, draw in rivals:
        beaten = np.empty(0)
        for batch in (FIRST_RIVALS, n_draws - FIRST_RIVALS):
            if batch <= 0 or (beaten >= own).sum() >= HOPELESS:
                break
            drawn = score(draw(scores, n_draws=batch, rng=rng), families=views)
            best = np.max([drawn[view] - null[view] for view in views], axis=0)
            beaten = np.concatenate([beaten, best])
        tests.append(NullTest(own, beaten, name))
        if tests[-1].pvalue > 0.2:
            break
    return max(tests, key=lambda test: (test.pvalue, -test.effect))


def _resampled_winners(
    scores: Cloud,
    null: dict[str, float],
    arranged: Arranged,
    *,
    n_resample: int,
    rng: np.random.Generator,
) -> Counter[str]:
    """Count which shape wins on random four fifths of the points, vertices arranged as in all."""
    n = scores.shape[0]
    kept = max(5, round(0.8 * n))
    winners: Counter[str] = Counter()
    if n_resample == 0 or kept >= n:
        return winners
    rows = np.stack([rng.choice(n, kept, replace=False) for _ in range(n_resample)])
    clouds = principal(scores[rows])[:, :, : kept - 1]
    parts = score(clouds)
    for draw in range(n_resample):
        observed = {name: float(value[draw]) for name, value in parts.items()}
        shared = {name: null.get(name, 0.0) for name in observed}
        winners[weigh(observed, shared, clouds[draw], arranged=arranged)[0][0]] += 1
    return winners


def _share(winners: Counter[str], shape: str) -> float:
    total = sum(winners.values())
    if not total:
        return float("nan")
    return sum(c for name, c in winners.items() if _same_claim(name, shape)) / total


def _same_claim(one: str, other: str) -> bool:
    """Circle and ellipse, and a circle with or without its factor, are one claim."""
    rings = {"circle", "ellipse", "product:circle"}
    return one == other or (one in rings and other in rings)
