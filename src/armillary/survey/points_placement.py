"""Placement of one cloud: what there is to it beyond its spectrum."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from armillary.inference import NullTest
from armillary.shape import haar_clouds, omnibus_scores, score, whiten

Scores = Float[np.ndarray, "point axis"]
Clouds = Float[np.ndarray, "draw point axis"]

N_REFERENCE = 200  # null draws that scale every statistic, never counted in p
BLOCK = 100  # null draws scored at once
OMNIBUS = 10  # whitened axes that a cloud is looked at in
CURVES = ("circle", "arc")
ARRANGED = ("circle", "arc", "ellipse", "clusters")


def curve_placement_test(scores: Scores, *, n_null: int, rng: np.random.Generator) -> NullTest:
    """Test points for a circle or an arc against clouds of their spectrum.

    A line is all spectrum: this null keeps it, and no p shows it.
    """
    return _test(scores, lambda clouds: score(clouds, families=CURVES), n_null=n_null, rng=rng)


def arranged_placement_test(scores: Scores, *, n_null: int, rng: np.random.Generator) -> NullTest:
    """Test points for a circle, an ellipse, an arc or clusters against clouds of their spectrum."""
    return _test(scores, lambda clouds: score(clouds, families=ARRANGED), n_null=n_null, rng=rng)


def any_placement_test(scores: Scores, *, n_null: int, rng: np.random.Generator) -> NullTest:
    """Test a cloud for any structure, by the statistics that the survey's level a uses."""
    return _test(scores, _any, n_null=n_null, rng=rng)


def _test(
    scores: Scores,
    statistics: Callable[[Clouds], dict[str, Float[np.ndarray, " draw"]]],
    *,
    n_null: int,
    rng: np.random.Generator,
) -> NullTest:
    """Compare the largest standardised statistic with its Haar draws."""

    def values(clouds: Clouds) -> Float[np.ndarray, "draw family"]:
        found = statistics(clouds)
        return np.column_stack([found[name] for name in sorted(found)])

    blocks = -(-(N_REFERENCE + n_null) // BLOCK)
    drawn = [values(haar_clouds(scores, n_draws=BLOCK, rng=rng)) for _ in range(blocks)]
    every = np.vstack(drawn)
    reference, null = every[:N_REFERENCE], every[N_REFERENCE : N_REFERENCE + n_null]
    middle = np.median(reference, axis=0)
    scale = np.maximum(np.quantile(reference, 0.95, axis=0) - middle, 0.5)
    own = ((values(scores[None]) - middle) / scale).max()
    return NullTest(float(own), ((null - middle) / scale).max(axis=1), "same spectrum (Haar)")


def _any(clouds: Clouds) -> dict[str, Float[np.ndarray, " draw"]]:
    axes = min(OMNIBUS, clouds.shape[1] - 2, clouds.shape[2])
    return omnibus_scores(whiten(clouds)[:, :, :axes])
