"""Quality: what an autoencoder loses, how sparse it is, and how much of it is used."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.errors import BadInput
from armillary.evaluate.vectors import StoredVectors, blocks_of, chosen_rows


@dataclass(frozen=True, slots=True, eq=False)
class SaeQuality:
    """What was measured on so many vectors.

    Parameters
    ----------
    n_tokens
        Vectors measured on.
    fvu
        ``sum |x - x'|^2 / sum |x - mean x|^2``; 0 is perfect, 1 no better than the mean. A few
        vectors of great length can decide it alone.
    fvu_median
        The median over vectors of ``|x - x'|^2 / |x - mean x|^2``, which they cannot.
    l0
        Mean number of codes not zero.
    dead_share
        Share of features that fired on none of the vectors; falls with their number.
    cosine
        Mean cosine of ``x`` and ``x'``.
    length_ratio
        Mean of ``|x'| / |x|``.
    fired
        On how many vectors each feature fired.
    """

    n_tokens: int
    fvu: float
    fvu_median: float
    l0: float
    dead_share: float
    cosine: float
    length_ratio: float
    fired: Int[np.ndarray, " feature"]

    def as_dict(self) -> dict[str, float]:
        """Return the numbers, without the count of each feature."""
        names = ("fvu", "fvu_median", "l0", "dead_share", "cosine", "length_ratio")
        return {"n_tokens": float(self.n_tokens)} | {name: getattr(self, name) for name in names}


def evaluate_sae(
    sae: SparseAutoencoder,
    activations: StoredVectors | Float[np.ndarray, "token d_model"],
    *,
    n_tokens: int | None = None,
    seed: int = 0,
) -> SaeQuality:
    """Measure an autoencoder on vectors, best on ones it was not trained on.

    Parameters
    ----------
    sae
        It must write the space it reads.
    activations
        Stored activations or an array.
    n_tokens
        How many, drawn at random; None is all.
    seed
        Of the draw.

    Returns
    -------
    SaeQuality
        All of it in two passes: the mean, then the codes.

    Raises
    ------
    BadInput
        If there are fewer than two different vectors, one is not finite, dimensions differ, or
        it is a transcoder.
    """
    if sae.directions.shape[1] != sae.d_model:
        raise BadInput("a transcoder writes another space than it reads: no vector to compare")
    index = chosen_rows(activations, n_tokens, seed=seed)
    total = np.zeros(sae.d_model)
    for block in blocks_of(activations, index):
        if block.shape[1] != sae.d_model:
            raise BadInput(f"vectors of {block.shape[1]} dimensions, expected {sae.d_model}")
        total += block.sum(axis=0, dtype=np.float64)
    mean = (total / len(index)).astype(np.float32)
    fired = np.zeros(sae.n_features, dtype=np.int64)
    columns: list[np.ndarray] = []
    for block in blocks_of(activations, index):
        codes = sae.encode(block)
        fired += np.count_nonzero(codes, axis=0)
        columns.append(_measured(block, sae.decode(codes, of=block), mean))
    missed, variance, cosine, ratio = np.concatenate(columns, axis=1)
    if not variance.sum() > 0:
        raise BadInput("at least two different vectors are needed to speak of variance")
    return SaeQuality(
        n_tokens=len(index),
        fvu=float(missed.sum() / variance.sum()),
        fvu_median=float(np.median(missed / np.maximum(variance, 1e-30))),
        l0=float(fired.sum() / len(index)),
        dead_share=float((fired == 0).mean()),
        cosine=float(cosine.mean()),
        length_ratio=float(ratio.mean()),
        fired=fired,
    )


def _measured(block: np.ndarray, made: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return of each vector: error and variance, squared; cosine; ratio of lengths."""
    length, made_length = (np.linalg.norm(v, axis=1) for v in (block, made))
    dot = (block * made).sum(axis=1)
    return np.stack([
        ((block - made) ** 2).sum(axis=1), ((block - mean) ** 2).sum(axis=1),
        dot / np.maximum(length * made_length, 1e-30), made_length / np.maximum(length, 1e-30),
    ]).astype(np.float64)  # fmt: skip
