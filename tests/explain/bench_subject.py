"""A tiny subject with a reader, and explanations made of numbers that are chosen."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import sparse

from armillary.core.codes import Codes
from armillary.core.space import FeatureSpace
from armillary.explain import Explanation, Knockoff, Score, Split, Subject
from armillary.explain.measured import Measured, Said
from armillary.explain.reading import Reading
from armillary.explain.scores import kept
from armillary.knockoffs import Shared

UNITS = 24


def tiny_subject(seed: int = 0, *, m: int = 30, d: int = 8) -> Subject:
    rng = np.random.default_rng(seed)
    directions = rng.standard_normal((m, d)).astype(np.float32)
    space = FeatureSpace(directions, np.arange(m))

    def split(n: int) -> Split:
        codes = sparse.random(n, m, density=0.15, format="csr", rng=rng, dtype=np.float32)
        return Split(codes, np.arange(n) % UNITS)

    calibration, test = split(240), split(240)
    codes = Codes(
        calibration.codes.indptr.astype(np.int64),
        calibration.codes.indices.astype(np.int32),
        calibration.codes.data,
        space.feature_id,
    )
    shared = Shared(space.feature_id, d, {}, codes)
    bias = np.zeros(d, dtype=np.float32)
    return Subject(
        "tiny", space, bias, shared, calibration, test, record={"fvu": 0.1, "l0": 4.5, "width": m}
    )


class Squares:
    """Squared error of activations."""

    name = "squares"
    by_gauge = True
    calls = 0

    def __init__(self, subject: Subject, *, seed: int = 0) -> None:
        del seed
        self._subject = subject
        self._true = subject.made(subject.space.directions, subject.test)

    def score(self, knockoff: Knockoff) -> list[Score]:
        type(self).calls += 1
        made = knockoff.activations(self._subject, self._subject.test)
        zero = np.zeros_like(made) + self._subject.bias
        units = [self._per_unit(one) for one in (made, zero, self._true)]
        return [kept(self.name, np.stack(units, axis=1), raw={"mse": float(units[0].mean())})]

    def _per_unit(self, made: np.ndarray) -> np.ndarray:
        error = ((made - self._true).astype(np.float64) ** 2).sum(axis=1)
        return np.bincount(self._subject.test.unit, error)


SQUARES = Reading("squares", Squares)


def chosen(
    kept_by: Mapping[str, float],
    said: Sequence[Said],
    *,
    noise: float = 0.02,
    reader: str = "splice",
    gauges: Sequence[str] = ("none",),
    cosine: Mapping[str, float] | None = None,
    lift: float = 0.0,
    seeds: int = 3,
) -> Explanation:
    """An explanation in which every theory keeps what it is told to, with noise by unit."""
    rng = np.random.default_rng(7)
    scores: list[Measured] = []
    for gauge in gauges:
        for one in said:
            for seed in range(seeds if one.drawn else 1):
                value = kept_by[one.label]
                if gauge != "none" and one.kind != "exact":
                    value += lift
                zero, one_loss = np.full(UNITS, 2.0), np.full(UNITS, 1.0)
                error = rng.standard_normal(UNITS)
                loss = 2.0 - value + noise * (error - error.mean())
                units = np.column_stack([loss, zero, one_loss])
                bits = 0 if gauge == "none" else 1200
                score = kept(reader, units)
                scores.append(
                    Measured(one.label, seed, gauge, bits, reader, "", score.value, score.low,
                             score.high, {"loss": float(loss.mean())}, units)
                )  # fmt: skip
                if cosine is not None:
                    near = cosine[one.label]
                    scores.append(Measured(one.label, seed, gauge, bits, "cosine", "", near))
    manifest = {
        "version": "test", "source": "chosen", "left_out": {}, "subject": {"fvu": 0.1, "l0": 5},
        "subject_hash": "0", "seconds": 1.0, "command": "armillary explain chosen",
        "settings": {"gauges": list(gauges), "seeds": [0, 1, 2], "readers": [reader],
                     "size": "tiny"},
        "counts": {"features": 100, "d_model": 10, "calibration_tokens": 50, "test_tokens": 50,
                   "test_units": UNITS},
    }  # fmt: skip
    return Explanation(tuple(said), tuple(scores), manifest)


def theory(
    label: str, kind: str, family: str, bits: int, *, generic: bool = True, **more: object
) -> Said:
    drawn = family not in ("exact", "codec")
    codec = family in ("exact", "codec")
    return Said(label, kind, family, "this", "that", drawn, bits, 120, {"a": bits - 120}, 0.1,
                dict(more), codec, generic=codec and generic)  # fmt: skip


LADDER = (
    theory("random", "random", "null", 200),
    theory("correlations", "correlations", "statistic", 240),
    theory("total interference", "interference", "statistic", 3000),
    theory("64 clusters", "clusters", "structure", 4000),
    theory("tree of 32", "tree", "structure", 6000),
    theory("tree of 32 + 3 shapes, order", "shapes", "structure", 8000, mode="order",
           base="tree of 32"),
    theory("tree of 32 + 3 shapes, scrambled", "shapes", "structure", 8000, mode="scrambled",
           base="tree of 32"),
    theory("scalar, 40 bits", "scalar", "codec", 4000),
    theory("scalar, 80 bits", "scalar", "codec", 8000),
    theory("scalar, 160 bits", "scalar", "codec", 16000),
    theory("exact, 32 bits", "exact", "exact", 32000),
)  # fmt: skip
KEPT = {
    "random": 0.02, "correlations": 0.12, "total interference": 0.05, "64 clusters": 0.3,
    "tree of 32": 0.4, "tree of 32 + 3 shapes, order": 0.6,
    "tree of 32 + 3 shapes, scrambled": 0.38, "scalar, 40 bits": 0.1, "scalar, 80 bits": 0.45,
    "scalar, 160 bits": 0.9, "exact, 32 bits": 1.0,
}  # fmt: skip
