"""Geometry: what of the arrangement of directions survives, before any model is asked."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

from armillary.core.errors import BadInput
from armillary.explain.knockoff import Knockoff
from armillary.explain.scores import Score
from armillary.explain.subject import Subject

_stats: Any = stats  # ships no types
Rows = Float[np.ndarray, "feature d_model"]
_DRAWS = 200
_TOKENS = 4_096


class Geometry:
    """Compares directions with the true ones, statistic by statistic; exact is 1, chance is 0.

    On a sample of features (all, where there are fewer than ``most``):

    - ``gram``: Pearson correlation of the cosines of all pairs of the sample, placed against true;
    - ``gram ranks``: the same of ranks (Spearman);
    - ``neighbours``: of the ``k`` features nearest in cosine to each, the share kept, minus what
      chance keeps, over 1 minus it: ``(share - k/(n-1)) / (1 - k/(n-1))``, n the sample;
    - ``cka``: linear, ``|X'Y|^2 / (|X'X| |Y'Y|)`` of columns with mean 0 (arXiv:1905.00414);
    - ``cosine``: mean cosine of each direction to its own true one, as is;
    - ``activation fvu``: ``1 - sum |a - b|^2 / sum |a - mean|^2``, a the true decoder's test
      activations and b the knockoff's;
    - ``activation cosine``: mean cosine of both, the mean taken off.

    All but the last two are of the directions after the linear part of the re-fit. Rotations change
    only ``cosine`` and the last two. CKA of fewer rows than a few times the dimension is above 0
    for anything: read it beside the random theory. A direction of length 0 has cosine 0 with all.

    Parameters
    ----------
    subject
        What is explained.
    seed
        Of the sample and of intervals.
    k
        Neighbours; less where there are fewer features.
    most
        Features in the sample.

    Raises
    ------
    BadInput
        If there are fewer than 3 features.
    """

    name: str = "geometry"
    by_gauge: bool = True  # a linear re-fit moves angles, a rotation moves cosines to the truth

    def __init__(self, subject: Subject, *, seed: int = 0, k: int = 10, most: int = 1_000) -> None:
        """Draw the sample and keep the true side of every statistic."""
        n = subject.space.n_features
        if n < 3:
            raise BadInput(f"geometry needs 3 features, got {n}")
        rng = np.random.default_rng(seed)
        self._subject = subject
        self._sample = np.sort(rng.choice(n, size=min(n, most), replace=False))
        self._k = min(k, self._sample.size - 2)
        self._seed = seed
        self._true = _Arrangement(subject.space.directions[self._sample], self._k)
        tokens = subject.test.n_tokens
        self._tokens = np.sort(rng.choice(tokens, size=min(tokens, _TOKENS), replace=False))
        self._target = self._made(subject.space.directions)

    def score(self, knockoff: Knockoff) -> list[Score]:
        """Return one score a statistic, with the interval of a bootstrap over features or units.

        Parameters
        ----------
        knockoff
            Placed directions and their re-fit.

        Returns
        -------
        list of Score
            Named ``geometry: gram`` and so on.
        """
        turned = knockoff.refit.turn(knockoff.directions[self._sample])
        found = _compared(self._true, _Arrangement(turned, self._k), seed=self._seed)
        made = knockoff.refit.apply(self._made(knockoff.directions))
        return found + self._activations(made)

    def ceiling(self) -> dict[str, float]:
        """Return what another seed's dictionary of the same model scores: the noise ceiling.

        Each feature of the sample meets its own partner in the twin: pairs are taken by the
        largest cosine first, each feature of either side once.

        Returns
        -------
        dict
            Value by statistic of the directions, and ``matched cosine``, the mean over pairs;
            empty where the subject has no twin.
        """
        twin = self._subject.twin
        if twin is None:
            return {}
        mine, others = _unit(self._true.rows), _unit(twin.directions)
        partner = _matched(mine, others)
        kept = partner >= 0
        true = _Arrangement(self._true.rows[kept], min(self._k, int(kept.sum()) - 2))
        placed = _Arrangement(twin.directions[partner[kept]], true.k)
        scores = _compared(true, placed, seed=self._seed)
        values = {score.reader.removeprefix("geometry: "): score.value for score in scores}
        return values | {
            "matched cosine": float((mine[kept] * others[partner[kept]]).sum(1).mean())
        }

    def _made(self, directions: np.ndarray) -> np.ndarray:
        codes = self._subject.test.codes[self._tokens]
        return np.asarray(codes @ directions, dtype=np.float32) + self._subject.offset(directions)

    def _activations(self, made: Float[np.ndarray, "token d_model"]) -> list[Score]:
        middle = self._subject.centre
        true, placed = self._target - middle, made - middle
        lost = ((true - placed).astype(np.float64) ** 2).sum(axis=1)
        power = (true.astype(np.float64) ** 2).sum(axis=1)
        cosine = (_unit(true) * _unit(placed)).sum(axis=1)
        unit = np.unique(self._subject.test.unit[self._tokens], return_inverse=True)[1]
        sums = [np.bincount(unit, x) for x in (lost, power, cosine, (power > 0).astype(float))]
        fvu = _interval(lambda i: 1 - _ratio(sums[0][i], sums[1][i]), sums[0].size, self._seed)
        near = _interval(lambda i: _ratio(sums[2][i], sums[3][i]), sums[0].size, self._seed)
        raw = {"FVU of activations": float(lost.sum() / max(power.sum(), 1e-30))}
        return [
            Score("geometry: activation fvu", *fvu, raw=raw),
            Score("geometry: activation cosine", *near),
        ]


class _Arrangement:
    """Rows with their cosines and nearest neighbours."""

    def __init__(self, rows: Rows, k: int) -> None:
        self.rows, self.k = rows, k
        self.cosine = _unit(rows) @ _unit(rows).T
        apart = self.cosine.copy()
        np.fill_diagonal(apart, -np.inf)
        self.near = np.argpartition(-apart, k - 1, axis=1)[:, :k]
        self.pairs = self.cosine[np.triu_indices(len(rows), 1)]


def _compared(true: _Arrangement, placed: _Arrangement, *, seed: int) -> list[Score]:
    """Score the statistics of directions."""
    n, k = len(true.rows), true.k
    kept = np.array([np.isin(a, b).mean() for a, b in zip(true.near, placed.near, strict=True)])
    chance = k / (n - 1)
    own = (_unit(true.rows) * _unit(placed.rows)).sum(axis=1)
    raw = {f"share of {true.k} nearest kept": float(kept.mean()), "chance": chance}
    neighbours = _interval(lambda i: float((kept[i].mean() - chance) / (1 - chance)), n, seed)
    return [
        _whole("gram", _pearson(true.pairs, placed.pairs), true, placed, _gram, seed),
        _whole("gram ranks", _spearman(true.pairs, placed.pairs), true, placed, _gram_ranks, seed),
        Score("geometry: neighbours", *neighbours, raw=raw),
        _whole("cka", _cka(true.rows, placed.rows), true, placed, _cka_of, seed),
        Score("geometry: cosine", *_interval(lambda i: float(own[i].mean()), n, seed)),
    ]


Statistic = Callable[[_Arrangement, _Arrangement, np.ndarray], float]


def _whole(
    name: str, value: float, true: _Arrangement, placed: _Arrangement, of: Statistic, seed: int
) -> Score:
    """Score a statistic of all pairs; its interval is of halves of the features.

    A feature drawn twice would be its own twin, so halves are drawn without replacement, whose
    spread is that of the whole (the standard error of a half, times the root of the share left
    out over the share kept, is that of all).
    """
    n = len(true.rows)
    rng = np.random.default_rng(seed)
    size = max(2, min(n // 2, 500))
    draws = [of(true, placed, rng.choice(n, size, replace=False)) for _ in range(_DRAWS // 4)]
    spread = float(np.std(draws)) * np.sqrt(size / n / (1 - size / n))
    return Score(f"geometry: {name}", value, value - 1.96 * spread, value + 1.96 * spread)


def _gram(true: _Arrangement, placed: _Arrangement, rows: np.ndarray) -> float:
    upper = np.triu_indices(rows.size, 1)
    grid = np.ix_(rows, rows)
    return _pearson(true.cosine[grid][upper], placed.cosine[grid][upper])


def _gram_ranks(true: _Arrangement, placed: _Arrangement, rows: np.ndarray) -> float:
    some = rows[:200]
    upper = np.triu_indices(some.size, 1)
    grid = np.ix_(some, some)
    return _spearman(true.cosine[grid][upper], placed.cosine[grid][upper])


def _cka_of(true: _Arrangement, placed: _Arrangement, rows: np.ndarray) -> float:
    return _cka(true.rows[rows], placed.rows[rows])


def _pearson(a: Float[np.ndarray, " pair"], b: Float[np.ndarray, " pair"]) -> float:
    a, b = a - a.mean(dtype=np.float64), b - b.mean(dtype=np.float64)
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else 0.0


def _spearman(a: Float[np.ndarray, " pair"], b: Float[np.ndarray, " pair"]) -> float:
    return _pearson(_stats.rankdata(a), _stats.rankdata(b))


def _cka(true: Rows, placed: Rows) -> float:
    x = true.astype(np.float64) - true.mean(axis=0, dtype=np.float64)
    y = placed.astype(np.float64) - placed.mean(axis=0, dtype=np.float64)
    size = np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y)
    return float(np.linalg.norm(x.T @ y) ** 2 / size) if size > 0 else 0.0


def _matched(
    mine: Float[np.ndarray, "feature d_model"], others: Float[np.ndarray, "other d_model"]
) -> Int[np.ndarray, " feature"]:
    """Return each row's partner, -1 for none: largest cosines first, everyone once."""
    cosine = mine @ others.T
    partner: np.ndarray = np.full(len(mine), -1)
    for _ in range(min(cosine.shape)):
        best = cosine.argmax(axis=1)
        value = cosine[np.arange(len(mine)), best]
        order = np.argsort(-value, kind="stable")
        order = order[np.isfinite(value[order])]
        if order.size == 0:
            break
        # of those that want the same partner the nearest has it
        _, first = np.unique(best[order], return_index=True)
        taken = order[first]
        partner[taken] = best[taken]
        cosine[taken] = -np.inf
        cosine[:, best[taken]] = -np.inf
    return partner


def _interval(
    statistic: Callable[[np.ndarray], float], n: int, seed: int
) -> tuple[float, float, float]:
    """Return a statistic of rows with the 95 % interval of a bootstrap over them."""
    rng = np.random.default_rng(seed)
    draws = [statistic(rng.integers(n, size=n)) for _ in range(_DRAWS)]
    low, high = np.quantile(draws, [0.025, 0.975])
    return statistic(np.arange(n)), float(low), float(high)


def _ratio(over: np.ndarray, under: np.ndarray) -> float:
    total = float(under.sum())
    return float(over.sum()) / total if total > 0 else 0.0


def _unit(rows: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(length > 0, length, 1)
