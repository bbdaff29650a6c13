"""Cross-entropy: what a model loses when an autoencoder, or nothing, stands in for its vectors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.errors import BadInput

Splice = Callable[[Any], Any]  # torch tensors (batch, position, d_model)


@runtime_checkable
class Predictor(Protocol):
    """What is asked of a language model; ``armillary.models.LanguageModel`` is one."""

    def losses(self, token_id: Any, *, splice: Mapping[str, Splice] | None = None) -> Any:
        """Return next-token losses in nats, a tensor (batch, position - 1)."""
        ...

    def capture(self, token_id: Any, at: str) -> Mapping[str, Any]:
        """Return the vectors at a place, a tensor (batch, position, d_model)."""
        ...


@dataclass(frozen=True, slots=True)
class CrossEntropies:
    """Mean next-token losses in nats, with different things at one place of a model.

    The first three names are those of sae-lens, whose ``ce_loss_with_ablation`` is the one by
    zeros; both ablations are here, each with its score.

    Parameters
    ----------
    n_predictions
        Losses that each mean is over.
    ce_loss_without_sae
        The model as it is.
    ce_loss_with_sae
        With every vector replaced by its reconstruction.
    ce_loss_with_mean_ablation
        With every vector replaced by the mean vector.
    ce_loss_with_zero_ablation
        With every vector replaced by zero.
    """

    n_predictions: int
    ce_loss_without_sae: float
    ce_loss_with_sae: float
    ce_loss_with_mean_ablation: float
    ce_loss_with_zero_ablation: float

    @property
    def ce_loss_score_mean(self) -> float:
        """Share of what the mean ablation costs that the autoencoder gives back; 1 is all."""
        return self._score(self.ce_loss_with_mean_ablation)

    @property
    def ce_loss_score_zero(self) -> float:
        """Share of what the zero ablation costs that it gives back; usually the kinder scale."""
        return self._score(self.ce_loss_with_zero_ablation)

    def as_dict(self) -> dict[str, float]:
        """Return every number and both scores."""
        names = ("n_predictions", *_NAMES, "ce_loss_score_mean", "ce_loss_score_zero")
        return {name: float(getattr(self, name)) for name in names}

    def _score(self, ablated: float) -> float:
        span = ablated - self.ce_loss_without_sae
        return (ablated - self.ce_loss_with_sae) / span if span else float("nan")


_NAMES = (
    "ce_loss_without_sae",
    "ce_loss_with_sae",
    "ce_loss_with_mean_ablation",
    "ce_loss_with_zero_ablation",
)


def reconstructing(sae: SparseAutoencoder) -> Splice:
    """Return a function that replaces vectors by their reconstructions, for ``splice=``.

    Parameters
    ----------
    sae
        The autoencoder; it runs on the CPU, in float32.

    Returns
    -------
    Callable
        Takes and gives a tensor ``(batch, position, d_model)``.
    """
    from torch import from_numpy  # pyright: ignore[reportUnknownVariableType]

    def splice(vectors: Any) -> Any:
        flat = vectors.detach().to("cpu").float().reshape(-1, vectors.shape[-1]).numpy()
        return from_numpy(sae.reconstruct(flat)).to(vectors).reshape(vectors.shape)

    return splice


def ce_with_sae(
    lm: Predictor,
    sae: SparseAutoencoder,
    token_id: Int[np.ndarray, "sequence position"],
    *,
    hook_name: str | None = None,
    mean: Float[np.ndarray, " d_model"] | None = None,
    from_position: int = 0,
    batch: int = 8,
) -> CrossEntropies:
    """Measure what a model loses when an autoencoder stands in for its vectors at one place.

    Parameters
    ----------
    lm
        The model.
    sae
        The autoencoder.
    token_id
        Texts of one length, as the model gets them: with a BOS token if it was trained with one.
    hook_name
        The place; None is the one that the autoencoder's source records.
    mean
        Vector of the mean ablation; None measures it on these texts, from ``from_position`` on.
    from_position
        Earlier positions keep their vectors under every replacement: first tokens are often
        far outside what an autoencoder was trained on. The losses of all positions count.
    batch
        Texts a pass.

    Returns
    -------
    CrossEntropies
        Means over all predicted tokens.

    Raises
    ------
    BadInput
        If no place is known, or the ids are not (sequence, position) with two positions or more.
    """
    place = hook_name or sae.source.get("hook_name")
    if not isinstance(place, str):
        raise BadInput("where in the model? The autoencoder does not say: give hook_name=...")
    if token_id.ndim != 2 or token_id.shape[0] == 0 or token_id.shape[1] < 2 + from_position:
        raise BadInput(
            f"token ids of shape {token_id.shape}; expected (sequence, position) with at least "
            f"{2 + from_position} positions"
        )
    texts = [token_id[start : start + batch] for start in range(0, len(token_id), batch)]
    middle = mean if mean is not None else _mean_at(lm, texts, place, first=from_position)
    replacements = (None, reconstructing(sae), _constant(middle), _constant(middle * 0))
    sums = np.zeros(len(replacements))
    count = 0
    for text in texts:
        count += text.shape[0] * (text.shape[1] - 1)
        for which, replace in enumerate(replacements):
            splice = {place: _from(from_position, replace)} if replace is not None else None
            sums[which] += float(lm.losses(text, splice=splice).double().sum())
    return CrossEntropies(count, *(float(value) for value in sums / count))


def _mean_at(lm: Predictor, texts: list[np.ndarray], place: str, *, first: int) -> np.ndarray:
    total, count = 0.0, 0
    for text in texts:
        vectors = lm.capture(text, place)[place][:, first:]
        total = total + vectors.double().sum(dim=(0, 1)).cpu().numpy()
        count += vectors.shape[0] * vectors.shape[1]
    return np.asarray(total / count, dtype=np.float32)


def _constant(vector: np.ndarray) -> Splice:
    from torch import from_numpy  # pyright: ignore[reportUnknownVariableType]

    value = from_numpy(np.ascontiguousarray(vector, dtype=np.float32))
    return lambda vectors: value.to(vectors).expand(vectors.shape).clone()


def _from(first: int, replace: Splice) -> Splice:
    """Leave the first positions as they are."""
    if first == 0:
        return replace

    def splice(vectors: Any) -> Any:
        out = vectors.clone()
        out[:, first:] = replace(vectors[:, first:])
        return out

    return splice
