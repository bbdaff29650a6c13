"""Small probes: ridge, one projection + ReLU, a small network; many splits of few rows at once."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float

RIDGE = 0.01
_STEPS, _LR, _DECAY = 150, 0.03, 0.01
_RESTARTS = 3
_HIDDEN = 16
_NOISE = 0.1
_NOTHING = 1e-3  # learned rows nearer together than this share of all rows' spread say nothing
_MOST = 2.0  # times the furthest target that was learned: no answer is further from the mean
_ROUNDING = 1e-6  # of the rows' own length: differences that float32 makes

Rows = Float[np.ndarray, "row input"]
Targets = Float[np.ndarray, "row target"]
Splits = Bool[np.ndarray, "split row"]
Probe = Callable[..., Float[np.ndarray, "split row target"]]


def linear(rows: Rows, targets: Targets, train: Splits, *, seed: int = 0) -> np.ndarray:
    """Predict every row by ridge regression on the rows of each split.

    Inputs and targets are taken about the mean of the training rows, inputs ``scaled``:
    ``w = argmin sum |y - x w|^2 / n + RIDGE |w|^2``. No answer of any probe is further from the
    mean of the learned targets than twice the furthest of them.

    Parameters
    ----------
    rows
        Inputs.
    targets
        What is to be read.
    train
        Which rows each split learns from.
    seed
        Not used.

    Returns
    -------
    numpy.ndarray
        Predictions ``(split, row, target)``, of all rows.
    """
    del seed
    made: list[np.ndarray] = []
    for chosen in train:
        x, mean = scaled(rows, targets, chosen)
        read = x @ _ridge(x[chosen], targets[chosen] - mean) + mean
        made.append(_limited(read, targets[chosen]))
    return np.stack(made)


def relu(rows: Rows, targets: Targets, train: Splits, *, seed: int = 0) -> np.ndarray:
    """Predict by one projection and a ReLU: ``y = relu(x P + c) A`` with ``A`` fixed to +1, -1.

    Two projections a target, one added and one taken away: what one layer of a network can read
    without mixing what it read. Trained like ``mlp``, but from the ridge weights and their opposite
    (which say together what ``linear`` says) with Gaussian noise of a tenth of their size.

    Parameters
    ----------
    rows, targets, train
        As in ``linear``.
    seed
        Of the first weights.

    Returns
    -------
    numpy.ndarray
        Predictions ``(split, row, target)``.
    """
    n = targets.shape[1]
    fixed = np.vstack([np.eye(n), -np.eye(n)])
    return _trained(rows, targets, train, hidden=2 * n, fixed=fixed, seed=seed)


def mlp(rows: Rows, targets: Targets, train: Splits, *, seed: int = 0) -> np.ndarray:
    """Predict by a network with 16 hidden ReLUs, all weights free; the mean of three trainings.

    150 full-batch steps of Adam (rate 0.03, weight decay 0.01) on squared error, inputs as in
    ``linear`` in the principal axes of the rows, so that a rotation of the rows changes nothing
    but signs.

    Parameters
    ----------
    rows, targets, train
        As in ``linear``.
    seed
        Of the first weights.

    Returns
    -------
    numpy.ndarray
        Predictions ``(split, row, target)``.
    """
    return _trained(rows, targets, train, hidden=_HIDDEN, fixed=None, seed=seed)


def scaled(
    rows: Rows, targets: Targets, chosen: Bool[np.ndarray, " row"]
) -> tuple[Rows, Float[np.ndarray, " target"]]:
    """Return inputs about the chosen rows' mean, over their typical length, and the mean target.

    The length is the root mean square over the chosen rows. Where these say nothing, all inputs are
    0 and every probe predicts the mean: where that length is not over 1e-3 of the same of all rows,
    or 1e-6 of the length of the rows as they are, which is rounding.

    Parameters
    ----------
    rows, targets
        All of them.
    chosen
        The rows that are learned from; at their typical length 1 the scale of a space is nothing.
    """
    x, shrink = _about(rows, chosen)
    return x * shrink, targets[chosen].mean(axis=0)


def _about(rows: Rows, chosen: Bool[np.ndarray, " row"]) -> tuple[Rows, float]:
    """Return rows about the chosen rows' mean, and what they are to be multiplied by."""
    own = rows.astype(np.float64)
    x = own - own[chosen].mean(axis=0)
    learned, every = _length(x[chosen]), _length(x)
    if learned <= max(_NOTHING * every, _ROUNDING * _length(own)):
        return x, 0.0
    return x, 1 / learned


def _limited(
    made: Float[np.ndarray, "row target"], learned: Float[np.ndarray, "one target"]
) -> Float[np.ndarray, "row target"]:
    """Return answers no further from the learned mean than twice the furthest that was learned.

    Inputs far from all that was learned would be read at any multiple.
    """
    mean = learned.mean(axis=0)
    most = _MOST * np.abs(learned - mean).max(axis=0)
    return np.clip(made, mean - most, mean + most)


def _length(x: Rows) -> float:
    return float(np.sqrt((x**2).sum(axis=1).mean()))


def _ridge(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    gram = x @ x.T  # the dual: rows are few, inputs may be many
    return x.T @ np.linalg.solve(gram + RIDGE * len(x) * np.eye(len(x)), y)


def principal(rows: Rows, *, most: int = 64) -> Rows:
    """Return rows in their leading principal axes about their mean, at most ``most`` of them."""
    left, singular, _ = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    return (left * singular)[:, :most]


def _trained(
    rows: Rows,
    targets: Targets,
    train: Splits,
    *,
    hidden: int,
    fixed: Float[np.ndarray, "hidden target"] | None,
    seed: int,
) -> np.ndarray:
    """Train all splits and restarts at once; return the mean prediction of the restarts."""
    axes = principal(rows)
    inputs = [(axes - axes[chosen].mean(axis=0)) * _about(rows, chosen)[1] for chosen in train]
    mean = [targets[chosen].mean(axis=0) for chosen in train]
    index, weight = _padded(train)
    x = np.stack(inputs).astype(np.float32)  # split row input
    centre = np.stack(mean).astype(np.float32)[:, None]
    y = (targets[index] - centre).astype(np.float32)
    seen = np.take_along_axis(x, index[:, :, None], axis=1)
    rng = np.random.default_rng(seed)
    made = np.zeros((len(train), *targets.shape), dtype=np.float64)
    for _ in range(_RESTARTS):
        if fixed is None:
            first = rng.standard_normal((x.shape[2], hidden)) * np.sqrt(2.0)  # inputs of length 1
            last = rng.standard_normal((hidden, targets.shape[1])) * np.sqrt(1 / hidden)
            start = [np.repeat(w[None], len(train), axis=0) for w in (first, last)]
        else:
            read = [
                _ridge(i[c], targets[c] - m) for i, m, c in zip(inputs, mean, train, strict=True)
            ]
            ridge = np.stack([np.hstack([w, -w]) for w in read])
            size = np.sqrt((ridge**2).mean(axis=(1, 2), keepdims=True))
            start = [ridge + _NOISE * size * rng.standard_normal(ridge.shape)]
        start.insert(1, np.zeros((len(train), 1, hidden)))
        weights = _adam([w.astype(np.float32) for w in start], fixed, seen, y, weight)
        a = weights[2] if fixed is None else fixed.astype(np.float32)
        made += np.maximum(x @ weights[0] + weights[1], 0) @ a + centre
    read = zip(made / _RESTARTS, train, strict=True)
    return np.stack([_limited(one, targets[chosen]) for one, chosen in read])


def _padded(train: Splits) -> tuple[np.ndarray, np.ndarray]:
    """Return training rows of each split, padded to one length, and weights that sum to 1."""
    most = int(train.sum(axis=1).max())
    index = np.zeros((len(train), most), dtype=np.int64)
    weight = np.zeros((len(train), most, 1), dtype=np.float32)
    for i, chosen in enumerate(train):
        rows = np.flatnonzero(chosen)
        index[i, : rows.size] = rows
        weight[i, : rows.size] = 1 / rows.size
    return index, weight


def _adam(
    weights: list[np.ndarray],
    fixed: np.ndarray | None,
    x: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray,
) -> list[np.ndarray]:
    """Return weights after full-batch Adam on the weighted squared error, with weight decay."""
    mean = [np.zeros_like(w) for w in weights]
    square = [np.zeros_like(w) for w in weights]
    for step in range(1, _STEPS + 1):
        pre = x @ weights[0] + weights[1]
        act = np.maximum(pre, 0)
        last = weights[2] if fixed is None else fixed.astype(np.float32)
        error = 2 * weight * (act @ last - y)
        back = (error @ np.swapaxes(last, -1, -2)) * (pre > 0)
        slope = [np.swapaxes(x, 1, 2) @ back, back.sum(axis=1, keepdims=True)]
        if fixed is None:
            slope.append(np.swapaxes(act, 1, 2) @ error)
        for i, g in enumerate(slope):
            mean[i] += 0.1 * (g - mean[i])
            square[i] += 0.01 * (g * g - square[i])
            move = mean[i] / (1 - 0.9**step) / (np.sqrt(square[i] / (1 - 0.99**step)) + 1e-8)
            weights[i] = weights[i] * (1 - _LR * _DECAY) - _LR * move
    return weights
