"""The door to rsatoolbox: comparators of RDMs, noise ceilings, bootstrap over folds and words."""

import contextlib
import io
import warnings
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.special import stdtr

from armillary.core import BadInput
from armillary.inference import holm
from armillary.load.require import require

COMPARATORS = ("cosine_cov", "corr_cov", "cosine", "corr", "spearman", "rho-a", "tau-a")
FLAT_UNDEFINED = ("corr_cov", "corr", "spearman")  # a model of equal distances has no score there


@dataclass(frozen=True, slots=True, eq=False)
class Competition:
    """Models of an RDM, scored against folds beside the noise ceiling, and against each other.

    Parameters
    ----------
    method
        Comparator, as rsatoolbox names it.
    score
        Mean over folds, by model, best first.
    error
        Standard error of each, by the dual bootstrap over folds and conditions.
    p_zero
        One-sided p that the score is above 0, Holm-adjusted over models.
    low, high
        Noise ceiling: what the best possible model would score, between these.
    pairs
        For every two models: their names, the difference, its error, p, and p adjusted (Holm).
    n_boot
        Draws that could be used, of those asked for.
    """

    method: str
    score: Mapping[str, float]
    error: Mapping[str, float]
    p_zero: Mapping[str, float]
    low: float
    high: float
    pairs: Sequence[Mapping[str, Any]]
    n_boot: int


def scores(
    rdms: Float[np.ndarray, "fold pair"],
    models: Mapping[str, Float[np.ndarray, " pair"]],
    method: str,
) -> dict[str, float]:
    """Score models against the RDM of every fold, and average over folds.

    Parameters
    ----------
    rdms
        One RDM a fold.
    models
        Their squared distances, by name; equal distances are left out where a comparator cannot
        score them.
    method
        One of ``COMPARATORS``.

    Returns
    -------
    dict
        In [-1, 1], 1: the RDM of every fold up to what the comparator does not see.

    Raises
    ------
    BadInput
        If the comparator is not known.
    MissingExtra
        If rsatoolbox is not installed.
    """
    kept = _usable(models, method)
    rdm: Any = require("rsatoolbox.rdm", extra="studies")
    with _quiet():
        found = rdm.compare(rdm.RDMs(np.array([*kept.values()])), rdm.RDMs(rdms), method)
    return {name: float(each.mean()) for name, each in zip(kept, found, strict=True)}


def noise_ceiling(rdms: Float[np.ndarray, "fold pair"], method: str) -> tuple[float, float]:
    """Bound what the best possible model could score.

    Parameters
    ----------
    rdms
        One RDM a fold.
    method
        One of ``COMPARATORS``.

    Returns
    -------
    tuple
        The mean of the other folds' score at the fold left out, and that of all folds' mean.

    Raises
    ------
    BadInput
        If the comparator is not known.
    MissingExtra
        If rsatoolbox is not installed.
    """
    _usable({}, method)
    rdm: Any = require("rsatoolbox.rdm", extra="studies")
    ceiling: Any = require("rsatoolbox.inference.noise_ceiling", extra="studies")
    with _quiet():
        low, high = ceiling.boot_noise_ceiling(rdm.RDMs(rdms), method=method)
    return float(low), float(high)


def competition(
    rdms: Float[np.ndarray, "fold pair"],
    models: Mapping[str, Float[np.ndarray, " pair"]],
    method: str = "corr_cov",
    *,
    n_boot: int = 500,
    seed: int = 0,
) -> Competition:
    """Let models of an RDM compete: scores, ceiling, and every difference with its error.

    Errors are those of the dual bootstrap: folds and conditions are drawn anew, each alone and
    both together, and the three variances combined. A difference over its error is referred to
    Student's t with ``min(folds, conditions) - 1`` degrees of freedom.

    Parameters
    ----------
    rdms
        One RDM a fold.
    models
        Their squared distances, by name.
    method
        One of ``COMPARATORS``.
    n_boot
        Bootstrap draws; those with under three conditions, or in which a model or the data are
        constant, cannot be used.
    seed
        Of the draws.

    Returns
    -------
    Competition
        Scores generalise to new contexts and new words of the same kind, as far as few words tell.

    Raises
    ------
    BadInput
        If the comparator is not known, or fewer than 50 draws can be used.
    MissingExtra
        If rsatoolbox is not installed.

    References
    ----------
    Schutt et al. 2023, doi:10.7554/eLife.82566: the dual bootstrap and its correction.
    """
    kept = _usable(models, method)
    n_folds, n = len(rdms), round((1 + np.sqrt(1 + 8 * rdms.shape[1])) / 2)
    draws = _drawn(rdms, kept, method, n_boot=n_boot, seed=seed)
    if len(draws) < 50:
        raise BadInput(
            f"{len(draws)} of {n_boot} bootstrap draws can be used, 50 are needed: give more words "
            "or more draws"
        )
    util: Any = require("rsatoolbox.util.inference_util", extra="studies")
    centred = draws - draws.mean(axis=0)
    variances = np.einsum("dmv,dnv->vmn", centred, centred) / (len(draws) - 1)
    own, between, _ = util.extract_variances(variances, True, n_folds, n)
    told = scores(rdms, kept, method)
    freedom = min(n_folds, n) - 1
    error = np.sqrt(np.maximum(own, 1e-300))
    names = [*kept]
    p_zero = holm(
        np.array([1 - _t(told[m] / e, freedom) for m, e in zip(names, error, strict=True)])
    )
    order = sorted(range(len(names)), key=lambda m: -told[names[m]])
    low, high = noise_ceiling(rdms, method)
    return Competition(
        method=method,
        score={names[m]: told[names[m]] for m in order},
        error={names[m]: float(error[m]) for m in order},
        p_zero={names[m]: float(p_zero[m]) for m in order},
        low=low,
        high=high,
        pairs=_pairs(told, np.sqrt(np.maximum(between, 1e-300)), freedom),
        n_boot=len(draws),
    )


def _pairs(told: Mapping[str, float], error: np.ndarray, freedom: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for (one, other), e in zip(combinations(told, 2), error, strict=True):
        apart = told[one] - told[other]
        first, second = (one, other) if apart >= 0 else (other, one)
        p = 2 * (1 - _t(abs(apart) / float(e), freedom))
        rows.append({"better": first, "worse": second, "difference": abs(apart),
                     "error": float(e), "p": max(p, 1e-12)})  # fmt: skip
    adjusted = holm(np.array([row["p"] for row in rows]))
    return [{**row, "p_holm": float(p)} for row, p in zip(rows, adjusted, strict=True)]


def _drawn(
    rdms: np.ndarray, models: Mapping[str, np.ndarray], method: str, *, n_boot: int, seed: int
) -> Float[np.ndarray, "draw score 3"]:
    """Return usable draws: every model, then the two ceilings; both drawn, folds, conditions."""
    rdm: Any = require("rsatoolbox.rdm", extra="studies")
    model: Any = require("rsatoolbox.model", extra="studies")
    inference: Any = require("rsatoolbox.inference", extra="studies")
    fixed = [model.ModelFixed(name, vector) for name, vector in models.items()]
    with _quiet(), _global_seed(seed):
        result = inference.eval_dual_bootstrap(
            fixed, rdm.RDMs(rdms), method=method, N=n_boot, n_cv=1, use_correction=False
        )
    evaluations = np.asarray(result.evaluations)[:, :, 0, 0]
    ceilings = np.moveaxis(np.asarray(result.noise_ceiling)[:, :, 0], 0, 1)
    draws = np.concatenate([evaluations, ceilings], axis=1)
    return draws[np.isfinite(draws).all(axis=(1, 2))]


def _usable(models: Mapping[str, np.ndarray], method: str) -> dict[str, np.ndarray]:
    if method not in COMPARATORS:
        raise BadInput(f"comparator {method!r} is not known: use one of {', '.join(COMPARATORS)}")
    flat = method in FLAT_UNDEFINED
    return {name: v for name, v in models.items() if not (flat and float(np.ptp(v)) == 0)}


def _t(value: float, freedom: int) -> float:
    return float(stdtr(freedom, value))


@contextlib.contextmanager
def _quiet() -> Generator[None]:
    """Keep progress bars and notes about averaged ranks off the user's screen."""
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _global_seed(seed: int) -> Generator[None]:
    """Seed numpy's global generator, which rsatoolbox draws from, and put it back afterwards."""
    before = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(before)
