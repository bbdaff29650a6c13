"""Verdict: one group judged: its shape, the runner-up, the impostor it beat by least, stability."""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.core import ShapeFit
from armillary.inference import NullTest
from armillary.shape import impostors
from armillary.shape.battery import FACTORED, score
from armillary.shape.classify import (
    Arranged,
    beyond_null,
    has_factor,
    is_flat,
    sharp_vertices,
    vertex_shapes,
    weigh,
)
from armillary.shape.fitting import fit_shape
from armillary.shape.haar import haar_clouds
from armillary.shape.views import Batch, principal

Cloud = Float[np.ndarray, "point axis"]
Impostor = Callable[..., Batch]

MIXTURE = ("mixture of clusters", impostors.mixture_clouds)
FLAT = ("mixture without nesting", impostors.flat_mixture_clouds)
LINE = ("line", impostors.line_clouds)
HEAVY = ("heavy tails", impostors.elliptical_clouds)
BALL = ("solid ball", impostors.ball_clouds)
PAIRED = ("same pairs, concepts at random", impostors.paired_clouds)

LEVEL = 0.05  # of a test against an impostor
FIRST_RIVALS = 19  # impostors drawn before a hopeless claim is dropped
HOPELESS = 5  # of them that must be as large as the cloud

CLAIMS: dict[str, tuple[str, tuple[tuple[str, Impostor], ...]]] = {
    "circle": ("circle", (MIXTURE, LINE)),
    "ellipse": ("ellipse", (MIXTURE, LINE)),
    "product:circle": ("product:circle", (PAIRED,)),
    "arc": ("arc", (MIXTURE, LINE)),
    "cone": ("cone", (HEAVY, MIXTURE)),
    "helix": ("helix", (MIXTURE, LINE)),
    "torus": ("torus", (MIXTURE, BALL)),
    "sphere": ("sphere", (MIXTURE, BALL)),
    "disk": ("disk", (HEAVY, MIXTURE)),
    "segment": ("segment", (HEAVY,)),
    "star": ("star", (HEAVY, MIXTURE)),
    "lattice": ("lattice", (HEAVY, MIXTURE)),
    "tree": ("tree", (HEAVY, FLAT)),
    "hypercube": ("hypercube", (HEAVY, MIXTURE)),
    "grid": ("grid", (HEAVY, MIXTURE)),
    "cross_polytope": ("cross_polytope", (HEAVY, MIXTURE)),
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

    @property
    def heavy_tails_suffice(self) -> bool:
        """Whether an elliptical cloud with these radii is reason enough for the claim."""
        return self.rival is not None and self.rival.name == HEAVY[0] and self.rival.pvalue > LEVEL


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
    observed = {name: float(value[0]) for name, value in score(scores[None]).items()}
    if not has_factor(observed, scores.shape[0]):
        observed = {name: value for name, value in observed.items() if name not in FACTORED}
    drawn = score(haar_clouds(scores, n_draws=n_null, rng=rng), families=observed)
    null = {name: float(value.mean()) for name, value in drawn.items()}
    excess = beyond_null(observed, null, scores)
    arranged = vertex_shapes(scores, sharp_vertices(excess, scores.shape[0]))
    ranked = weigh(observed, null, scores, arranged=arranged)
    if only is not None:
        ranked = [pair for pair in ranked if pair[0] in only or pair[0] == "none"]
    shape, nats = ranked[0]
    resampled = _resampled(scores, null, arranged, n_resample=n_resample, rng=rng)

    def verdict(
        shape: str, nats: float, rival: NullTest | None, *, beside: bool = False
    ) -> Verdict:
        others = (r for r in ranked if not _same_claim(r[0], shape))
        second, below = next(others, ("none", 0.0))
        fit = fit_shape(shape, nats, scores)
        seen = [again.beside | {again.first} if beside else {again.first} for again in resampled]
        return Verdict(fit, ShapeFit(second, below), rival, _share(seen, shape), excess)

    def rival(shape: str) -> NullTest | None:
        if not n_rival or shape not in CLAIMS:
            return None
        return rival_test(shape, scores, observed=observed, null=null, n_draws=n_rival, rng=rng)

    out = [verdict(shape, nats, rival(shape))]
    if only is not None:
        return out
    for beside, saved in _beside(excess, scores.shape[0], shape, factor="split" in observed):
        test = rival(beside)
        if test is not None and test.pvalue <= LEVEL:
            out.append(verdict(beside, saved, test, beside=True))
            break
    return out


def _beside(
    excess: dict[str, float], n: int, shape: str, *, factor: bool
) -> list[tuple[str, float]]:
    """Rings and arcs worth a second verdict, best first: half a nat a point, and 3 + log n."""
    if _round(shape):
        return []
    least = max(3 + math.log(n), 0.5 * n)
    options = [("circle", excess["circle"]), ("arc", excess["arc"])]
    if factor:
        options.append(("product:circle", excess["ringed"]))
    return sorted(  # where there are classes, a ring that crosses them is no ring
        (o for o in options if o[1] > least),
        key=lambda o: (o[0] == "product:circle", o[1]),
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
    flat = is_flat(scores)
    views = [
        name for name in observed if name.partition("@")[0] == family and not (flat and "@" in name)
    ]
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
        if tests[-1].pvalue > (LEVEL if name == HEAVY[0] else 0.2):
            break
    return max(tests, key=lambda test: (test.pvalue, -test.effect))


@dataclass(frozen=True, slots=True)
class Resampled:
    """What wins on some of the points, and the rings and arcs worth a second verdict there."""

    first: str
    beside: set[str]


def _resampled(
    scores: Cloud,
    null: dict[str, float],
    arranged: Arranged,
    *,
    n_resample: int,
    rng: np.random.Generator,
) -> list[Resampled]:
    """Repeat the verdict on random four fifths of the points, vertices arranged as in all.

    Every resample is weighed against Haar draws of resamples, one of each: what a shape saves by
    chance depends on the number of points. Ten points in nine axes always lie on a sphere once
    whitened, twelve in eleven need not in the ten that are looked at.
    """
    n = scores.shape[0]
    kept = max(5, round(0.8 * n))
    if n_resample == 0 or kept >= n:
        return []
    rows = np.stack([rng.choice(n, kept, replace=False) for _ in range(n_resample)])
    clouds = principal(scores[rows])[:, :, : kept - 1]
    parts = score(clouds, families=null)
    own = rng.spawn(1)[0]  # the impostors' draws stay what they are without resamples
    draws = [haar_clouds(cloud, n_draws=1, rng=own)[0] for cloud in clouds]
    chance = {
        name: float(value.mean()) for name, value in score(np.stack(draws), families=null).items()
    }
    out: list[Resampled] = []
    for draw in range(n_resample):
        observed = {name: float(value[draw]) for name, value in parts.items()}
        first = weigh(observed, chance, clouds[draw], arranged=arranged)[0][0]
        again = beyond_null(observed, chance, clouds[draw])
        options = _beside(again, kept, first, factor=has_factor(observed, kept))
        out.append(Resampled(first, {shape for shape, _ in options}))
    return out


def _share(seen: list[set[str]], shape: str) -> float:
    """Share of the repeats in which the claim, or one that is the same, was seen."""
    if not seen:
        return float("nan")
    return sum(any(_same_claim(name, shape) for name in names) for names in seen) / len(seen)


def _same_claim(one: str, other: str) -> bool:
    """Circle and ellipse, and a circle with or without its factor, are one claim."""
    rings = {"circle", "ellipse", "product:circle"}
    return one == other or (one in rings and other in rings)
