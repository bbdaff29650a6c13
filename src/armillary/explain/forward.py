"""Spliced forward passes: what a model predicts with other vectors at one place.

The layers below that place are run once; afterwards they are passed over, as whatever they give
is replaced.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from armillary.core import BadInput
from armillary.explain.sources.texts import ReadingModel, Texts
from armillary.load.require import require

_LOGITS = 1 << 26  # held at once
_CLOSE = 1e-3  # nats a loss may differ by when layers are passed over


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """What a model makes of texts, position by position; the last position predicts nothing.

    Parameters
    ----------
    loss
        ``-log p(next token)``, nats.
    kl
        ``sum p log(p / q)`` over the vocabulary, ``p`` of the untouched model (kept at 16 bits and
        scaled to sum 1) and ``q`` of this pass; nats. All nan where it is not asked for.
    right
        Whether the next token is the likeliest of all.
    """

    loss: Float[np.ndarray, "text prediction"]
    kl: Float[np.ndarray, "text prediction"]
    right: Bool[np.ndarray, "text prediction"]


class SplicedForward:
    """Runs a model on texts with vectors of the caller's at one place.

    Parameters
    ----------
    lm
        The model.
    hook_name
        The place.
    texts
        What it reads. Positions before ``texts.first`` keep the model's own vectors.
    divergence
        Whether divergences are measured, which keeps the untouched model's predictions: two bytes
        for each token of the vocabulary and position.

    Raises
    ------
    BadInput
        If there is no such place, or a text is too short to predict anything.

    Notes
    -----
    ``clean`` is the untouched model; ``vectors`` what it has at the place, rows as in a split.
    """

    def __init__(
        self, lm: ReadingModel, hook_name: str, texts: Texts, *, divergence: bool = True
    ) -> None:
        if texts.token_id.shape[1] < 2 + texts.first:
            raise BadInput(f"texts of {texts.token_id.shape[1]} tokens predict nothing here")
        self._lm, self._hook, self._texts = lm, hook_name, texts
        n_text, n_position = (int(n) for n in texts.token_id.shape)
        size = max(1, _LOGITS // (n_position * lm.vocab_size))
        self._batches = [slice(i, min(i + size, n_text)) for i in range(0, n_text, size)]
        self._own = self._captured()
        self._clean: list[tuple[Any, Any, Any]] = []
        lower = _layers_below(lm, hook_name)
        with _watched(lower) as gave_tuple:
            found = [self._read_clean(part, keep=divergence) for part in self._batches]
        loss, right = (np.concatenate(column) for column in zip(*found, strict=True))
        self.clean = Effects(loss, np.zeros(loss.shape), right)
        self._passed = list(zip(lower, gave_tuple, strict=False))
        if self._passed and not self._passing_is_right():
            self._passed = []

    @property
    def vectors(self) -> Float[np.ndarray, "token d_model"]:
        """The model's own vectors at the place, rows as in a split."""
        own = self._own[:, self._texts.first :]
        return own.reshape(-1, own.shape[-1]).cpu().numpy()

    @property
    def n_predictions(self) -> int:
        """Number of predicted tokens."""
        return self.clean.loss.size

    def __call__(self, vectors: Float[np.ndarray, "token d_model"]) -> Effects:
        """Return what the model predicts with these vectors in place of its own.

        Parameters
        ----------
        vectors
            One a row of the split.

        Raises
        ------
        BadInput
            If there are not as many, or one is not finite.
        """
        torch: Any = require("torch", extra="torch")
        own = self._own
        whole = own.clone()
        shape = whole[:, self._texts.first :].shape
        if vectors.shape != (shape[0] * shape[1], shape[2]) or not np.isfinite(vectors).all():
            raise BadInput(
                f"vectors of shape {vectors.shape}, expected {shape[0] * shape[1]} finite ones of "
                f"{shape[2]} dimensions"
            )
        given = torch.as_tensor(np.ascontiguousarray(vectors), device=own.device)
        whole[:, self._texts.first :] = given.reshape(shape).to(whole.dtype)
        with _passed_over(self._passed):
            parts = [
                self._effects(whole[part], number) for number, part in enumerate(self._batches)
            ]
        return Effects(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def by_unit(self, table: Float[np.ndarray, "text prediction"]) -> np.ndarray:
        """Sum over the predictions of every unit (document) of the texts.

        Parameters
        ----------
        table
            Losses or divergences.
        """
        return np.bincount(self._texts.text_unit, table.sum(axis=1))

    def _captured(self) -> Any:
        torch: Any = require("torch", extra="torch")
        ids = self._texts.token_id
        return torch.cat([self._lm.capture(ids[b], self._hook)[self._hook] for b in self._batches])

    def _read_clean(self, part: slice, *, keep: bool) -> tuple[np.ndarray, np.ndarray]:
        ids = self._texts.token_id[part]
        log_share = self._lm.logits(ids)[:, :-1].log_softmax(-1)
        loss = -_at(log_share, ids[:, 1:]).double().cpu().numpy()
        right = log_share.argmax(-1).cpu().numpy() == ids[:, 1:]
        if not keep:
            return loss, right
        root = (log_share / 2).exp().half()  # square roots: 16 bits reach shares of 1e-9
        share = root.float().square()
        total = share.sum(-1)
        # entropy of the rounded shares, so that a divergence from them is never below zero
        entropy = total.log() - (share * share.clamp_min(1e-20).log()).sum(-1) / total
        self._clean.append((root, total, entropy))
        return loss, right

    def _effects(self, vectors: Any, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        ids = self._texts.token_id[self._batches[number]]

        def given(_own: Any) -> Any:
            return vectors

        logits = self._lm.logits(ids, splice={self._hook: given})[:, :-1]
        total = logits.logsumexp(-1)
        loss = (total - _at(logits, ids[:, 1:])).double().cpu().numpy()
        right = logits.argmax(-1).cpu().numpy() == ids[:, 1:]
        if not self._clean:
            return loss, loss * np.nan, right
        root, sum_of, entropy = self._clean[number]
        torch: Any = require("torch", extra="torch")
        pairs = zip(root, logits, strict=True)
        cross = [(half.float().square_() * q).sum(-1) for half, q in pairs]
        kl = total - torch.stack(cross) / sum_of - entropy
        return loss, kl.clamp_min(0).double().cpu().numpy(), right

    def _passing_is_right(self) -> bool:
        """Whether passing over the lower layers changes nothing on the first texts."""
        part = self._batches[0]
        try:
            with _passed_over(self._passed):
                loss, _, _ = self._effects(self._own[part], 0)
        except (RuntimeError, TypeError, ValueError, AttributeError, IndexError):
            return False  # a model whose loop over layers wants more of them
        return bool(np.abs(loss - self.clean.loss[part]).max() < _CLOSE)


def _at(table: Any, ids: np.ndarray) -> Any:
    torch: Any = require("torch", extra="torch")
    told = torch.as_tensor(ids, device=table.device)
    return table.gather(-1, told[..., None])[..., 0]


def _layers_below(lm: ReadingModel, hook_name: str) -> list[Any]:
    """Return the layers whose work is replaced at a place; none if the place is off the stream."""
    layout, point = getattr(lm, "layout", None), getattr(lm, "hook_point", None)
    if layout is None or point is None:
        return []
    at = point(hook_name)
    stem, _, number = at.path.rpartition(".")
    if stem != layout.layers or not number.isdigit():
        return []
    n = int(number) + (at.side == "output")
    return [lm.model.get_submodule(f"{layout.layers}.{i}") for i in range(n)]


@contextmanager
def _watched(layers: Sequence[Any]) -> Generator[list[bool]]:
    """Note whether each layer gives a tuple."""
    gave: list[bool] = [False] * len(layers)

    def noting(number: int) -> Any:
        def note(_module: Any, _args: Any, output: Any) -> None:
            gave[number] = isinstance(output, tuple)

        return note

    handles = [layer.register_forward_hook(noting(i)) for i, layer in enumerate(layers)]
    try:
        yield gave
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _passed_over(layers: Sequence[tuple[Any, bool]]) -> Generator[None]:
    """Make layers give back what they are given."""
    if any("forward" in vars(layer) for layer, _ in layers):
        yield  # somebody has put another forward there: leave it
        return
    for layer, gives_tuple in layers:
        layer.forward = _giving_tuple if gives_tuple else _giving
    try:
        yield
    finally:
        for layer, _ in layers:
            del layer.forward


def _giving(hidden_states: Any, *_: Any, **__: Any) -> Any:
    return hidden_states


def _giving_tuple(hidden_states: Any, *_: Any, **__: Any) -> tuple[Any]:
    return (hidden_states,)
