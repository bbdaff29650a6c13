"""Matching: how near decoder rows come to the true features, gauge removed, beside a null."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.worlds.scoring.evidence import Evidence, assigned

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
    more, a latent stands for its row times its mean code where it fires, and the shift of a block
    is the mean of these over its matched latents less the mean of the true rows they are matched
    to. A shift is free only as far as it is taken from elsewhere: shifts and decoder bias must add
    up to the world's own constant, so what is too much is divided among the blocks and stays in.
    True rows less their mean over the block are then compared with latents less shift and the
    same mean, and matched again, until the matching stays (at most 20 times). A block with fewer
    than two matched features is left as it is. The nulls go through the same, with the same mean
    codes and bias.

    Without that sum a latent for every pair would match every attribute: six colours of one shape
    are colours, once their mean is gone.
    """
    space, gauge = evidence.world.space, evidence.world.truth.gauge
    if space is None:
        return "the world has no finite list of true features"
    if evidence.sae.decoder_space != "raw":
        return f"decoder rows live in the {evidence.sae.decoder_space} space, not the world's own"
    truth = space.directions.astype(np.float64)
    shifts = shifts_of(evidence)
    strength = mean_code(evidence)
    activations = evidence.sample.activations.astype(np.float64)
    root = covariance_root(activations)
    shape = evidence.rows.shape

    def score(rows: np.ndarray) -> Matched:
        return matched(truth, rows * strength[:, None], shifts=shifts, signless=gauge.sign)

    found = score(evidence.rows)
    raw = matched(truth, evidence.rows, shifts=None, signless=gauge.sign)
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


@dataclass(frozen=True, slots=True, eq=False)
class Shifts:
    """Blocks between which a shift is free, and what shifts and bias must add up to.

    Parameters
    ----------
    blocks
        Numbers of features.
    excess
        The decoder's bias less the world's own constant: minus the sum of all shifts.
    """

    blocks: tuple[Int[np.ndarray, " member"], ...]
    excess: Float[np.ndarray, " d_model"]


def shifts_of(evidence: Evidence) -> Shifts | None:
    """Return the free shifts of a world; None where there are fewer than two blocks.

    The world's constant is the mean of activations less true codes times true features; 0 where
    the world has no codes.
    """
    given, sample, space = evidence.world.truth.gauge.shifts, evidence.sample, evidence.world.space
    if len(given) < 2 or space is None:
        return None
    constant = np.zeros(evidence.world.d_model)
    if sample.codes is not None:
        constant = sample.activations.mean(axis=0) - sample.codes.mean(axis=0) @ space.directions
    return Shifts(tuple(np.asarray(block) for block in given), evidence.bias - constant)


def matched(
    truth: Float[np.ndarray, "feature d_model"],
    rows: Float[np.ndarray, "latent d_model"],
    *,
    shifts: Shifts | None,
    signless: bool,
) -> Matched:
    """Match once as things are, then remove shifts and match again until nothing changes."""
    cosine = _cosine(truth, rows, signless=signless)
    feature, latent = assigned(cosine)
    for _ in range(_ROUNDS if shifts is not None else 0):
        cosine = _cosine(truth, rows, signless=signless)
        for block, shift in found_shifts(truth, rows, (feature, latent), shifts=shifts):
            middle = truth[feature[np.isin(feature, block)]].mean(axis=0)
            cosine[block] = _cosine(truth[block] - middle, rows - shift - middle, signless=signless)
        again = assigned(cosine)
        same = np.array_equal(again[0], feature) and np.array_equal(again[1], latent)
        feature, latent = again
        if same:
            break
    paired = np.zeros(len(truth))
    paired[feature] = cosine[feature, latent]
    return Matched(cosine, paired, feature, latent)


def found_shifts(
    truth: Float[np.ndarray, "feature d_model"],
    rows: Float[np.ndarray, "latent d_model"],
    pairs: tuple[Int[np.ndarray, " pair"], Int[np.ndarray, " pair"]],
    *,
    shifts: Shifts | None,
) -> list[tuple[Int[np.ndarray, " member"], Float[np.ndarray, " d_model"]]]:
    """Return each block that has two matched features or more, with its shift."""
    feature, latent = pairs
    out: list[tuple[np.ndarray, np.ndarray]] = []
    for block in shifts.blocks if shifts is not None else ():
        mine = np.isin(feature, block)
        if mine.sum() > 1:
            shift = rows[latent[mine]].mean(axis=0) - truth[feature[mine]].mean(axis=0)
            out.append((block, shift))
    if shifts is None or not out:
        return out
    left = (sum(shift for _, shift in out) + shifts.excess) / len(out)
    return [(block, shift - left) for block, shift in out]


def rows_in_gauge(evidence: Evidence) -> Float[np.ndarray, "latent d_model"]:
    """Return decoder rows with the free shifts taken out, for a comparison with another's.

    Where there are free shifts, rows times mean codes less the shift of the block that they are
    matched to (``matching``); else the rows themselves.
    """
    space, shifts = evidence.world.space, shifts_of(evidence)
    if space is None or shifts is None or evidence.sae.decoder_space != "raw":
        return evidence.rows
    made = evidence.rows * mean_code(evidence)[:, None]
    truth, sign = space.directions.astype(np.float64), evidence.world.truth.gauge.sign
    found = matched(truth, made, shifts=shifts, signless=sign)
    out = made.copy()
    for block, shift in found_shifts(truth, made, (found.feature, found.latent), shifts=shifts):
        out[found.latent[np.isin(found.feature, block)]] -= shift
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


def _cosine(a: np.ndarray, b: np.ndarray, *, signless: bool) -> np.ndarray:
    cosine = _unit(a) @ _unit(b).T
    return np.abs(cosine) if signless else cosine


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
