"""Matryoshka: the first features must reconstruct on their own, then the first few more."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from armillary.core.errors import BadInput
from armillary.core.firing import Firing
from armillary.training.architectures.batch_topk import follow_threshold, one_threshold
from armillary.training.aux import AuxK, check_k
from armillary.training.pairs import Sparse
from armillary.training.passes import Pass, squared, through
from armillary.training.strongest import strongest_of_batch
from armillary.training.weights import Weights


@dataclass(frozen=True, slots=True)
class Matryoshka:
    """BatchTopK codes; the loss is the mean over nested prefixes of the features.

    ``mean_i mean |x - x'_i|^2``, where ``x'_i`` is built from the first ``widths[i]`` features
    alone. A feature of level ``i`` is taught by the prefixes that contain it.

    Parameters
    ----------
    k
        Features a token, on average.
    widths
        Sizes of the prefixes, ascending; the number of features is added where it is missing.
        Empty stands for a sixteenth, an eighth, a quarter and a half of the features.
    aux
        What revives dead features; it sees the error of the whole dictionary.
    memory
        Share of the running threshold that each step keeps.

    References
    ----------
    Bussmann et al. 2025, arXiv:2503.17547.
    """

    k: int = 32
    widths: tuple[int, ...] = ()
    aux: AuxK = field(default_factory=AuxK)
    memory: float = 0.99
    name = "matryoshka_batchtopk"
    resample = None

    def levels(self, d_sae: int) -> tuple[int, ...]:
        """Return the sizes of the prefixes, the last of them all features."""
        widths = self.widths or tuple(max(1, d_sae // part) for part in (16, 8, 4, 2))
        return tuple(sorted({*widths, d_sae}))

    def encoder_scale(self, d_model: int, d_sae: int) -> float:
        """Return one: the few that fire are near their token."""
        return 1.0

    def check(self, d_sae: int) -> None:
        """Refuse prefixes that are not ascending or too wide."""
        check_k(self.k, d_sae)
        if list(self.widths) != sorted(set(self.widths)) or not all(
            0 < width <= d_sae for width in self.widths
        ):
            raise BadInput(f"widths {self.widths} must ascend within 1 to {d_sae}")

    def prepare(self, weights: Weights) -> None:
        """Add nothing."""

    def step(self, weights: Weights, tokens: Tensor, *, dead: Tensor, share: float) -> Pass:
        """Return the gradients of one batch."""
        pairs = strongest_of_batch(weights.pre(tokens), self.k * len(tokens))
        follow_threshold(weights, pairs.value, memory=self.memory)
        levels = self.levels(weights.n_features)
        parts, errors = _prefixes(weights, tokens, pairs, levels=levels)
        towards = [squared(error) / len(levels) for error in errors]
        for wider in range(len(levels) - 2, -1, -1):
            towards[wider] = towards[wider] + towards[wider + 1]
        made = Pass.of(errors[-1], pairs.total(torch.ones_like(pairs.value)), towards[0])
        for part, outward in zip(parts, towards, strict=True):
            slope = part.dots(outward, weights.decoder)
            made.add(through(weights, tokens, part, code=part.value, slope=slope, towards=outward))
        nested = torch.stack([error.square().sum() / len(tokens) for error in errors])
        made.losses["nested"] = nested.mean()
        self.aux.add(made, weights, tokens, dead=dead)
        return made

    def firing(self, weights: Weights, *, scale: float) -> Firing:
        """Return the running threshold, one for all features."""
        return one_threshold(weights, scale=scale)


def _prefixes(
    weights: Weights, tokens: Tensor, pairs: Sparse, *, levels: tuple[int, ...]
) -> tuple[list[Sparse], list[Tensor]]:
    """Return each level's own pairs, and the error of the prefix that ends with it."""
    parts: list[Sparse] = []
    errors: list[Tensor] = []
    error = weights.decoder_bias - tokens
    for first, last in zip((0, *levels), levels, strict=False):
        part = pairs.only((pairs.feature >= first) & (pairs.feature < last))
        error = error + part.decode(part.value, weights.decoder)
        parts.append(part)
        errors.append(error)
    return parts, errors
