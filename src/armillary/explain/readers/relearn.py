"""Relearn: how many tokens a new reader of a knockoff needs to do the next block's work."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.core import BadInput
from armillary.explain.knockoff import Knockoff
from armillary.explain.readers.ridge import ridge_predict
from armillary.explain.readers.small_mlp import mlp_predict
from armillary.explain.readers.splice import back_of
from armillary.explain.scores import Score, kept
from armillary.explain.sources.texts import ReadingModel, Texts
from armillary.explain.subject import Split, Subject

NEEDED = frozenset({"lm", "hook_name", "calibration_texts", "test_texts"})
SIZES = (128, 512, 2_048, 8_192)
MLP_SIZES = (512, 2_048)
GOAL = 512
_AT_ONCE = 16  # texts

Rows = Float[np.ndarray, "token d_model"]
Readings = Float[np.ndarray, "token reading"]


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    sizes: tuple[int, ...]
    predict: Callable[..., np.ndarray]


class Relearn:
    """Squared error of predicting what the next block adds, learned anew on few tokens.

    The answer at a token is what the block after the place adds to the stream in the untouched
    model; the reading is the knockoff's activation there and at the token before (zero at the
    first). A ridge regression learns it on ``n`` calibration tokens, for each of ``sizes``, and is
    scored on all test tokens; losses of all ``n`` are added up. Zero is the mean answer of the same
    tokens, one the same regression on the true decoder's activations. Readings are learned anew, so
    the gauge has no say and is left out.

    Parameters
    ----------
    subject
        With the parts ``lm``, ``hook_name``, ``calibration_texts`` and ``test_texts``.
    seed
        Which calibration tokens, the fewer among the more; and of the bootstrap over documents.
    sizes
        Numbers of tokens; those past the calibration tokens are left out.
    mlp
        Also score a network of 256 hidden units on 512 and 2,048 tokens, as ``relearn MLP``.

    Raises
    ------
    BadInput
        If the subject has no language model, no block comes after the place, or no size is left.
    """

    name = "relearn"
    by_gauge = False

    def __init__(
        self,
        subject: Subject,
        *,
        seed: int = 0,
        sizes: Sequence[int] = SIZES,
        mlp: bool = False,
    ) -> None:
        self._subject, self._seed = subject, seed
        parts = subject.parts
        if not set(parts) >= NEEDED:
            raise BadInput(f"{subject.name} has no language model whose next block to relearn")
        n = subject.calibration.n_tokens
        rng = np.random.default_rng(seed)
        self._order: Int[np.ndarray, " token"] = rng.permutation(n)
        block = next_block(parts["lm"], parts["hook_name"])
        self._answer = _added(parts["lm"], block, parts["calibration_texts"])
        self._asked = _added(parts["lm"], block, parts["test_texts"])
        self._kinds = [_Kind("relearn", _fitting(sizes, n), ridge_predict)]
        if mlp:
            self._kinds.append(_Kind("relearn MLP", _fitting(MLP_SIZES, n), mlp_predict))
        true = subject.space.directions
        self._one = [self._losses(kind, true) for kind in self._kinds]
        self._zero = [self._mean_losses(kind) for kind in self._kinds]

    @staticmethod
    def suits(subject: Subject) -> bool:
        """Whether a subject has a model with a block after its place, and text enough to learn."""
        if not set(subject.parts) >= NEEDED or subject.calibration.n_tokens < SIZES[0]:
            return False
        try:
            next_block(subject.parts["lm"], subject.parts["hook_name"])
        except BadInput:
            return False
        return True

    def score(self, knockoff: Knockoff) -> list[Score]:
        """Return the score of the regression, and of the network if it was asked for.

        Parameters
        ----------
        knockoff
            Read as placed, before any re-fit.
        """
        return [self._scored(number, knockoff) for number in range(len(self._kinds))]

    def _scored(self, number: int, knockoff: Knockoff) -> Score:
        kind, one, zero = self._kinds[number], self._one[number], self._zero[number]
        found = self._losses(kind, knockoff.directions)
        units = np.stack([table.sum(axis=0) for table in (found, zero, one)], axis=1)
        total = zero.sum(axis=1)
        raw = {f"fvu at {n}": float(found[i].sum() / total[i]) for i, n in enumerate(kind.sizes)}
        raw |= {f"fvu_one at {n}": float(one[i].sum() / total[i]) for i, n in enumerate(kind.sizes)}
        goal = GOAL if GOAL in kind.sizes else kind.sizes[0]
        reached = float(one[kind.sizes.index(goal)].sum())
        raw[f"tokens for one at {goal}"] = tokens_needed(kind.sizes, found.sum(axis=1), reached)
        return kept(kind.name, units, raw=raw, seed=self._seed)

    def _losses(
        self, kind: _Kind, directions: Float[np.ndarray, "feature d_model"]
    ) -> Float[np.ndarray, "size unit"]:
        subject = self._subject
        x = self._readings(directions, subject.calibration)
        at = self._readings(directions, subject.test)
        made: list[np.ndarray] = []
        for n in kind.sizes:
            rows = self._order[:n]
            made.append(self._missed(kind.predict(x[rows], self._answer[rows], at=at)))
        return np.array(made)

    def _mean_losses(self, kind: _Kind) -> Float[np.ndarray, "size unit"]:
        means = [self._answer[self._order[:n]].mean(axis=0) for n in kind.sizes]
        return np.array([self._missed(mean) for mean in means])

    def _missed(self, guess: np.ndarray) -> Float[np.ndarray, " unit"]:
        error = ((self._asked - guess).astype(np.float64) ** 2).sum(axis=1)
        return np.bincount(self._subject.test.unit, error)

    def _readings(self, directions: Float[np.ndarray, "feature d_model"], split: Split) -> Readings:
        name = "test_texts" if split is self._subject.test else "calibration_texts"
        made = back_of(self._subject, split)(self._subject.made(directions, split))
        made = made - made.mean(axis=0, dtype=np.float64).astype(np.float32)
        return with_previous(made, n_texts=len(self._subject.parts[name].token_id))


def with_previous(
    vectors: Float[np.ndarray, "token d_model"], *, n_texts: int
) -> Float[np.ndarray, "token reading"]:
    """Put beside each vector the one before it in its text, zero where there is none.

    Parameters
    ----------
    vectors
        Rows of texts of one length, in reading order.
    n_texts
        How many.
    """
    by_text = vectors.reshape(n_texts, -1, vectors.shape[1])
    before = np.zeros_like(by_text)
    before[:, 1:] = by_text[:, :-1]
    return np.concatenate([by_text, before], axis=2).reshape(len(vectors), -1)


def next_block(lm: ReadingModel, hook_name: str) -> int:
    """Return the number of the block that comes after a place in the stream.

    Parameters
    ----------
    lm
        With a ``layout`` and ``hook_point``.
    hook_name
        The output or input of a block, or the embedding.

    Raises
    ------
    BadInput
        If it is another place, or the last.
    """
    known: Any = lm
    layout, at = known.layout, known.hook_point(hook_name)
    if at.path == layout.embedding:
        return 0
    stem, _, number = at.path.rpartition(".")
    if stem != layout.layers or not number.isdigit():
        raise BadInput(f"{hook_name} is not on the residual stream: no block reads it alone")
    block = int(number) + (at.side == "output")
    if block >= layout.n_layers:
        raise BadInput(f"{hook_name} is after the last block: none is left to relearn")
    return block


def tokens_needed(sizes: Sequence[int], loss: Sequence[float] | np.ndarray, goal: float) -> float:
    """Return at how many tokens a falling loss reaches a goal, between sizes on log scales.

    Parameters
    ----------
    sizes
        Rising.
    loss
        At each.
    goal
        Above 0.

    Returns
    -------
    float
        At least the first size; nan if the last does not reach it.
    """
    for i, (n, here) in enumerate(zip(sizes, loss, strict=True)):
        if here <= goal:
            if i == 0:
                return float(n)
            before, last = float(loss[i - 1]), sizes[i - 1]
            part = np.log(before / goal) / np.log(before / max(here, 1e-300))
            return float(last * (n / last) ** part)
    return float("nan")


def _fitting(sizes: Sequence[int], n: int) -> tuple[int, ...]:
    kept_sizes = tuple(size for size in sizes if 4 <= size <= n)
    if not kept_sizes:
        raise BadInput(f"{n} calibration tokens are too few to learn from: ask for more")
    return kept_sizes


def _added(lm: ReadingModel, block: int, texts: Texts) -> Rows:
    """Return what a block adds to the stream at every row of texts."""
    before, after = f"blocks.{block}.hook_resid_pre", f"blocks.{block}.hook_resid_post"
    parts: list[np.ndarray] = []
    for start in range(0, len(texts.token_id), _AT_ONCE):
        found = lm.capture(texts.token_id[start : start + _AT_ONCE], [before, after])
        added = (found[after] - found[before])[:, texts.first :]
        parts.append(added.reshape(-1, added.shape[-1]).cpu().numpy())
    return np.concatenate(parts)
