"""Equivariance: whether the symmetry of a world permutes the latents."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.worlds.scoring.evidence import Evidence, assigned

_DRAWS = 10


@dataclass(frozen=True, slots=True)
class Equivariance:
    """How far each element of the group is from a permutation of latents.

    Parameters
    ----------
    group
        Its name.
    errors
        By element, the share of code variance that the best permutation leaves.
    mean
        Over the elements.
    null_mean, null_least
        The same error for random orthogonal maps of the space that the activations span: mean and
        the smallest of 10. Where the group is all of these (a circle), null and error are one.
    """

    group: str
    errors: dict[str, float]
    mean: float
    null_mean: float
    null_least: float


def equivariance(evidence: Evidence, *, rng: np.random.Generator) -> Equivariance | str:
    """Measure whether codes of moved activations are permuted codes.

    With ``z`` the codes of a row (times the lengths of decoder rows) and ``z'`` those of the row
    moved by ``g``, the permutation is the one-to-one matching of latents with the largest summed
    correlation of ``z_i`` with ``z'_j`` on the first half of the rows. On the second half
    ``error = sum |z' - P z|^2 / sum |z' - mean z'|^2``: 0 where ``g`` permutes the latents, about
    1 to 2 where it scrambles them. Latents that fire in neither do not count.

    The null moves rows by a uniformly random orthogonal map about their mean, inside the span of
    their principal axes with more than a millionth of the variance.
    """
    symmetry = evidence.world.truth.symmetry
    if symmetry is None or not symmetry.elements:
        return "the world has no symmetry that is known"
    errors: dict[str, float] = {}
    for name, move in symmetry.elements.items():
        errors[name] = _error(evidence, np.asarray(move(evidence.sample), dtype=np.float32))
    rows = evidence.sample.activations.astype(np.float64)
    drawn = [_error(evidence, randomly_turned(rows, rng=rng)) for _ in range(_DRAWS)]
    return Equivariance(
        group=symmetry.name, errors=errors, mean=float(np.mean(list(errors.values()))),
        null_mean=float(np.mean(drawn)), null_least=float(np.min(drawn)),
    )  # fmt: skip


def permutation_error(
    before: Float[np.ndarray, "token latent"], after: Float[np.ndarray, "token latent"]
) -> float:
    """Return the share of the variance of ``after`` that permuted ``before`` leaves."""
    half = len(before) // 2
    a, b = before[:half] - before[:half].mean(axis=0), after[:half] - after[:half].mean(axis=0)
    a, b = (v / np.maximum(np.linalg.norm(v, axis=0), 1e-12) for v in (a, b))
    source, target = assigned(a.T @ b)
    order = np.empty(len(source), dtype=np.int64)
    order[target] = source
    moved = after[half:]
    whole = float(((moved - moved.mean(axis=0)) ** 2).sum())
    return float(((moved - before[half:][:, order]) ** 2).sum()) / max(whole, 1e-30)


def randomly_turned(
    rows: Float[np.ndarray, "token d_model"], *, rng: np.random.Generator
) -> Float[np.ndarray, "token d_model"]:
    """Turn rows about their mean by a random orthogonal map of their own span."""
    mean = rows.mean(axis=0)
    values, axes = np.linalg.eigh(np.cov(rows, rowvar=False))
    axes = axes[:, values > 1e-6 * values.sum()]
    q, r = np.linalg.qr(rng.standard_normal((axes.shape[1], axes.shape[1])))
    turn = axes @ (q * np.sign(np.diag(r))) @ axes.T
    inside = (rows - mean) @ axes @ axes.T
    return (rows - inside + (rows - mean) @ turn).astype(np.float32)


def _error(evidence: Evidence, moved: np.ndarray) -> float:
    sae = evidence.sae
    length = np.linalg.norm(sae.directions.astype(np.float64), axis=1)
    before, after = (sae.encode(x) * length for x in (evidence.sample.activations, moved))
    used = (before != 0).any(axis=0) | (after != 0).any(axis=0)
    return permutation_error(before[:, used], after[:, used])
