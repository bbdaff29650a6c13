"""Which features fired on which tokens, and the four products a sparse gradient needs.

Every product is a bag sum over the pairs that fired: the cost grows with their number, not with
tokens times features.
"""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

_BAG_BACKWARD = cast(Any, torch.ops.aten)._embedding_bag_per_sample_weights_backward


@dataclass(frozen=True, slots=True, eq=False)
class Fired:
    """Pairs of token and feature in token order, each with its code.

    Parameters
    ----------
    offset
        Where each token's pairs begin, and their number at the end: one more than tokens.
    token, feature
        Of each pair.
    value
        The code of each pair.
    """

    offset: Tensor
    token: Tensor
    feature: Tensor
    value: Tensor

    @classmethod
    def from_mask(cls, mask: Tensor, pre: Tensor) -> "Fired":
        """Return the pairs where ``mask`` (token, feature) is True, with their ``pre``."""
        token, feature = mask.nonzero(as_tuple=True)
        return cls(_offsets(token, mask.shape[0]), token, feature, pre[token, feature])

    @classmethod
    def fixed(cls, feature: Tensor, value: Tensor) -> "Fired":
        """Return the pairs of ``k`` features for every token, two (token, k) arrays."""
        n_tokens, k = feature.shape
        offset = torch.arange(0, n_tokens * k + 1, k, device=feature.device)
        token = torch.arange(n_tokens, device=feature.device).repeat_interleave(k)
        return cls(offset, token, feature.reshape(-1), value.reshape(-1))

    def where(self, kept: Tensor) -> "Fired":
        """Return the pairs that a mask over pairs keeps."""
        token = self.token[kept]
        offset = _offsets(token, self.offset.numel() - 1)
        return Fired(offset, token, self.feature[kept], self.value[kept])

    def decode(self, rows: Tensor) -> Tensor:
        """Sum each token's codes times their features' rows: (token, d_model)."""
        return _bag(self.feature, self.offset, rows, self.value)

    def dots(self, vectors: Tensor, rows: Tensor) -> Tensor:
        """Return ``vectors[token] . rows[feature]`` of each pair."""
        if self.feature.numel() == 0:
            return self.value
        return cast(
            Tensor,
            _BAG_BACKWARD(vectors, rows, self.feature, self.offset[:-1], self.token, 0, -1),
        )

    def by_feature(self, n_features: int) -> "ByFeature":
        """Return the same pairs in feature order."""
        order = _stable_order(self.feature, n_features)
        counts = torch.bincount(self.feature, minlength=n_features)
        offset = torch.zeros(n_features + 1, dtype=counts.dtype, device=counts.device)
        torch.cumsum(counts, 0, out=offset[1:])
        return ByFeature(order, offset, self.token[order])


@dataclass(frozen=True, slots=True, eq=False)
class ByFeature:
    """Pairs sorted by feature: what gradients of rows are summed over.

    Parameters
    ----------
    order
        Position of each pair in token order.
    offset
        Where each feature's pairs begin, and their number at the end.
    token
        Of each pair.
    """

    order: Tensor
    offset: Tensor
    token: Tensor

    def gather(self, weight: Tensor, vectors: Tensor) -> Tensor:
        """Sum ``weight[pair] * vectors[token]`` of each feature's pairs: (feature, d_model)."""
        return _bag(self.token, self.offset, vectors, weight[self.order])

    def counts(self) -> Tensor:
        """Return how many pairs each feature has."""
        return self.offset[1:] - self.offset[:-1]


def _bag(index: Tensor, offset: Tensor, rows: Tensor, weight: Tensor) -> Tensor:
    return embedding_bag(
        index, rows, offset, mode="sum", per_sample_weights=weight, include_last_offset=True
    )


def _offsets(token: Tensor, n_tokens: int) -> Tensor:
    return torch.searchsorted(token, torch.arange(n_tokens + 1, device=token.device))


def _stable_order(feature: Tensor, n_features: int) -> Tensor:
    """Sort pairs by feature, equal ones in token order; a radix sort on 16 bits where they fit."""
    if feature.is_cuda or n_features > 1 << 16:
        return torch.sort(feature, stable=True).indices
    small = feature.numpy().astype(np.uint16)
    return torch.from_numpy(np.argsort(small, kind="stable"))
