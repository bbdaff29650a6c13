"""Matching: how near decoder rows come to the true features, gauge removed, beside a null."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.worlds.scoring.evidence import Evidence, assigned
from armillary.worlds.world import World

_ROUNDS = 20
_CHEAP = 40_000  # cosines a draw, up to which the null has 100 draws instead of 20


@dataclass(frozen=True, slots=True)
class Matching:
    """Cosines of true features with decoder rows.

    Parameters
    ----------
    mcc
        Mean over the true features of the cosine with the latent that the one-to-one matching
        (Hungarian, largest sum) gives them, the gauge removed. A feature that is left without a
        latent counts 0.
    mcc_raw
        The same before any block is centred.
    mmcs
        Mean over the true features of the largest cosine with any latent, in the gauge of ``mcc``.
    paired
        The cosines that ``mcc`` is the mean of, in the order of the world's features.
    isotropic_mean, isotropic_95
        MCC of as many directions drawn uniformly: mean and 95 % quantile.
    covariant_mean, covariant_95
        MCC of as many rows drawn from ``N(0, cov)`` of the activations.
    mmcs_isotropic, mmcs_covariant
        Means of MMCS under the same nulls.
    pvalue
        Share of {mcc, covariance-matched draws} at least as large; never 0.
    n_draws
        Of each null.
    """

    mcc: float
    mcc_raw: float
    mmcs: float
    paired: tuple[float, ...]
    isotropic_mean: float
    isotropic_95: float
    covariant_mean: float
    covariant_95: float
    mmcs_isotropic: float
    mmcs_covariant: float
    pvalue: float
    n_draws: int


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """One matching: cosines ``(feature, latent)`` in its gauge, each feature's own, the pairs."""

    cosine: Float[np.ndarray, "feature latent"]
    paired: Float[np.ndarray, " feature"]
    feature: Int[np.ndarray, " pair"]
    latent: Int[np.ndarray, " pair"]

    @property
    def mcc(self) -> float:
        """Mean of the paired cosines over the features."""
        return float(self.paired.mean())

    @property
    def mmcs(self) -> float:
        """Mean over features of the largest cosine."""
        return float(self.cosine.max(axis=1).mean())


def matching(evidence: Evidence, *, rng: np.random.Generator) -> Matching | str:
    """Match decoder rows to true features by ``Gauge``; return why not where that cannot be.

    With ``Gauge.sign`` cosines are taken without sign. Where ``Gauge.shifts`` names two blocks or
    more, a latent stands for its row times its mean code where it fires, and in every block both
    the true rows and the latents matched to them have their own mean removed, over the features
    that are matched; then all cosines are taken again and matched again, until the matching stays
    (at most 20 times). A block with fewer than two matched features is left as it is.
    The nulls go through the same, with the same mean codes.
    """
    space, gauge = evidence.world.space, evidence.world.truth.gauge
    if space is None:
        return "the world has no finite list of true features"
    if evidence.sae.decoder_space != "raw":
        return f"decoder rows live in the {evidence.sae.decoder_space} space, not the world's own"
    truth = space.directions.astype(np.float64)
    blocks = shift_blocks(evidence.world)
    strength = mean_code(evidence)
    activations = evidence.sample.activations.astype(np.float64)
    root = covariance_root(activations)
    shape = evidence.rows.shape

    def score(rows: np.ndarray) -> Matched:
        return matched(truth, rows * strength[:, None], blocks=blocks, signless=gauge.sign)

    found = score(evidence.rows)
    raw = matched(truth, evidence.rows, blocks=(), signless=gauge.sign)
    n_draws = 100 if truth.shape[0] * shape[0] <= _CHEAP else 20
    draws: list[list[float]] = [[], [], [], []]
    for _ in range(n_draws):
        white = rng.standard_normal(shape)
        for into, rows in ((0, white), (2, rng.standard_normal((shape[0], len(root))) @ root)):
            made = score(_unit(rows))
            draws[into].append(made.mcc)
            draws[into + 1].append(made.mmcs)
    isotropic, isotropic_best, covariant, covariant_best = (np.array(d) for d in draws)
    as_large = int(np.count_nonzero(covariant >= found.mcc - 1e-12))
    return Matching(
        mcc=found.mcc, mcc_raw=raw.mcc, mmcs=found.mmcs, paired=tuple(found.paired.tolist()),
        isotropic_mean=float(isotropic.mean()), isotropic_95=float(np.quantile(isotropic, 0.95)),
        covariant_mean=float(covariant.mean()), covariant_95=float(np.quantile(covariant, 0.95)),
        mmcs_isotropic=float(isotropic_best.mean()), mmcs_covariant=float(covariant_best.mean()),
        pvalue=(1 + as_large) / (1 + n_draws), n_draws=n_draws,
    )  # fmt: skip


def matched(
    truth: Float[np.ndarray, "feature d_model"],
    rows: Float[np.ndarray, "latent d_model"],
    *,
    blocks: tuple[Int[np.ndarray, " member"], ...],
    signless: bool,
) -> Matched:
    """Match once without a gauge, then centre blocks and match again until nothing changes."""
    cosine = _cosine(truth, rows, signless=signless)
    feature, latent = assigned(cosine)
    for _ in range(_ROUNDS if blocks else 0):
        cosine = _centred(truth, rows, (blocks, feature, latent, signless))
        again = assigned(cosine)
        same = np.array_equal(again[0], feature) and np.array_equal(again[1], latent)
        feature, latent = again
        if same:
            break
    paired = np.zeros(len(truth))
    paired[feature] = cosine[feature, latent]
    return Matched(cosine, paired, feature, latent)


def shift_blocks(world: World) -> tuple[Int[np.ndarray, " member"], ...]:
    """Return the blocks between which a shift is free; none where there are fewer than two."""
    shifts = world.truth.gauge.shifts
    return tuple(np.asarray(block) for block in shifts) if len(shifts) > 1 else ()


def rows_in_gauge(evidence: Evidence) -> Float[np.ndarray, "latent d_model"]:
    """Return decoder rows with the free shifts taken out, for a comparison with another's.

    Where ``Gauge.shifts`` names two blocks or more, rows times mean codes, less the mean of the
    rows matched to the same block (``matching``); else the rows themselves.
    """
    space, blocks = evidence.world.space, shift_blocks(evidence.world)
    if space is None or not blocks or evidence.sae.decoder_space != "raw":
        return evidence.rows
    made = evidence.rows * mean_code(evidence)[:, None]
    truth, sign = space.directions.astype(np.float64), evidence.world.truth.gauge.sign
    found = matched(truth, made, blocks=blocks, signless=sign)
    out = made.copy()
    for block in blocks:
        mine = found.latent[np.isin(found.feature, block)]
        if mine.size > 1:
            out[mine] -= made[mine].mean(axis=0)
    return out


def mean_code(evidence: Evidence) -> Float[np.ndarray, " latent"]:
    """Return each latent's mean code where it fires."""
    total = np.where(evidence.fires, evidence.codes, 0).sum(axis=0, dtype=np.float64)
    return total / np.maximum(evidence.fires.sum(axis=0), 1)


def covariance_root(rows: Float[np.ndarray, "token d_model"]) -> Float[np.ndarray, "axis d_model"]:
    """Return ``r`` such that standard normals times ``r`` have the covariance of the rows."""
    values, axes = np.linalg.eigh(np.cov(rows, rowvar=False))
    kept = values > 1e-12 * max(float(values[-1]), 1e-300)
    return np.sqrt(values[kept])[:, None] * axes[:, kept].T


_Gauge = tuple[tuple[np.ndarray, ...], np.ndarray, np.ndarray, bool]


def _centred(truth: np.ndarray, rows: np.ndarray, gauge: _Gauge) -> np.ndarray:
    blocks, feature, latent, signless = gauge
    cosine = _cosine(truth, rows, signless=signless)
    for block in blocks:
        inside = np.isin(feature, block)
        if inside.sum() < 2:
            continue
        mine = truth[block] - truth[feature[inside]].mean(axis=0)
        theirs = rows - rows[latent[inside]].mean(axis=0)
        cosine[block] = _cosine(mine, theirs, signless=signless)
    return cosine


def _cosine(a: np.ndarray, b: np.ndarray, *, signless: bool) -> np.ndarray:
    cosine = _unit(a) @ _unit(b).T
    return np.abs(cosine) if signless else cosine


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
