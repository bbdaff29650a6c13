"""Pairs of token and feature, each with its code, and the products that gradients are made of.

``Sparse`` holds the pairs that count and its products cost their number; ``Dense`` holds all of
them and its products are plain matrix products. Both answer the same questions, so an architecture
is written once. A "weight of each pair" is ``(pair,)`` for one, ``(token, feature)`` for the other.
"""

from dataclasses import dataclass
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from armillary.training.tensors import tensor_of

_BAG_BACKWARD = cast(Any, torch.ops.aten)._embedding_bag_per_sample_weights_backward
_DENSE_FROM = 1 / 16  # share of pairs from which matrix products are faster on a CPU


@runtime_checkable
class Pairs(Protocol):
    """Codes of some or all pairs of a batch."""

    @property
    def value(self) -> Tensor:
        """Pre-activation of each pair."""
        ...

    def decode(self, weight: Tensor, rows: Tensor) -> Tensor:
        """Return ``sum over a token's pairs of weight * rows[feature]``: (token, d_model)."""
        ...

    def dots(self, vectors: Tensor, rows: Tensor) -> Tensor:
        """Return ``vectors[token] . rows[feature]`` of each pair."""
        ...

    def gather(self, weight: Tensor, vectors: Tensor) -> Tensor:
        """Return ``sum over a feature's pairs of weight * vectors[token]``: (feature, d_model)."""
        ...

    def total(self, weight: Tensor) -> Tensor:
        """Return the sum of weights over each feature's pairs."""
        ...

    def spread(self, vector: Tensor) -> Tensor:
        """Return each pair's feature's entry of a vector over features."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Dense:
    """Every pair: ``value`` is the whole (token, feature) matrix."""

    value: Tensor

    def decode(self, weight: Tensor, rows: Tensor) -> Tensor:
        """Multiply on the right by the rows."""
        return weight @ rows

    def dots(self, vectors: Tensor, rows: Tensor) -> Tensor:
        """Multiply vectors by rows."""
        return vectors @ rows.T

    def gather(self, weight: Tensor, vectors: Tensor) -> Tensor:
        """Multiply the transposed weights by vectors."""
        return weight.T @ vectors

    def total(self, weight: Tensor) -> Tensor:
        """Sum over tokens."""
        return weight.sum(0)

    def spread(self, vector: Tensor) -> Tensor:
        """Return the vector itself, which broadcasts."""
        return vector


@dataclass(frozen=True, slots=True, eq=False)
class Sparse:
    """Some pairs, in token order and again in feature order.

    Parameters
    ----------
    n_tokens, n_features
        Of the batch.
    token, feature, value
        Of each pair, tokens ascending.
    token_start, feature_start
        Where each token's and each feature's pairs begin in its order; one entry more than tokens
        or features.
    by_feature
        Position in token order of each pair in feature order.
    """

    n_tokens: int
    n_features: int
    token: Tensor
    feature: Tensor
    value: Tensor
    token_start: Tensor
    feature_start: Tensor
    by_feature: Tensor

    @classmethod
    def of(
        cls, token: Tensor, feature: Tensor, value: Tensor, *, shape: tuple[int, int]
    ) -> "Sparse":
        """Return pairs given in token order."""
        n_tokens, n_features = shape
        return cls(
            n_tokens, n_features, token, feature, value, _starts(token, n_tokens),
            _starts(feature, n_features), _stable_order(feature, n_features),
        )  # fmt: skip

    @classmethod
    def where(cls, mask: Tensor, pre: Tensor) -> "Sparse":
        """Return the pairs where ``mask`` (token, feature) is True, with their ``pre``."""
        token, feature, value = entries(mask, pre)
        return cls.of(token, feature, value, shape=(pre.shape[0], pre.shape[1]))

    def only(self, kept: Tensor) -> "Sparse":
        """Return the pairs that a mask over pairs keeps."""
        shape = (self.n_tokens, self.n_features)
        return Sparse.of(self.token[kept], self.feature[kept], self.value[kept], shape=shape)

    def decode(self, weight: Tensor, rows: Tensor) -> Tensor:
        """Sum bags of rows."""
        return _bag(self.feature, self.token_start, rows, weight)

    def dots(self, vectors: Tensor, rows: Tensor) -> Tensor:
        """Take one inner product a pair."""
        if self.feature.numel() == 0:
            return torch.zeros_like(self.value)
        start = self.token_start[:-1]
        return cast(Tensor, _BAG_BACKWARD(vectors, rows, self.feature, start, self.token, 0, -1))

    def gather(self, weight: Tensor, vectors: Tensor) -> Tensor:
        """Sum bags of vectors."""
        token, weight = self.token[self.by_feature], weight[self.by_feature]
        return _bag(token, self.feature_start, vectors, weight)

    def total(self, weight: Tensor) -> Tensor:
        """Add up by feature."""
        return torch.zeros(self.n_features, dtype=weight.dtype, device=weight.device).index_add_(
            0, self.feature, weight
        )

    def spread(self, vector: Tensor) -> Tensor:
        """Look each pair's feature up."""
        return vector[self.feature]


def entries(mask: Tensor, pre: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return token, feature and value where a (token, feature) mask is True, tokens ascending."""
    if mask.is_cuda:
        token, feature = mask.nonzero(as_tuple=True)
        return token, feature, pre[token, feature]
    at = tensor_of(np.flatnonzero(mask.numpy()))  # fifteen times faster than torch's own
    token = torch.div(at, pre.shape[1], rounding_mode="floor")
    return token, at - token * pre.shape[1], pre.reshape(-1)[at]


def above(low: Tensor, pre: Tensor) -> Pairs:
    """Return the pairs with ``pre > low``: sparse where they are few, else all of them."""
    mask = pre > low
    if int(mask.count_nonzero()) > _DENSE_FROM * pre.numel():
        return Dense(pre)
    return Sparse.where(mask, pre)


def _bag(index: Tensor, start: Tensor, rows: Tensor, weight: Tensor) -> Tensor:
    return embedding_bag(
        index, rows, start, mode="sum", per_sample_weights=weight, include_last_offset=True
    )


def _starts(index: Tensor, n: int) -> Tensor:
    start = torch.zeros(n + 1, dtype=torch.int64, device=index.device)
    torch.cumsum(torch.bincount(index, minlength=n), 0, out=start[1:])
    return start


def _stable_order(feature: Tensor, n_features: int) -> Tensor:
    """Sort pairs by feature, equal ones in token order; a radix sort on 16 bits where they fit."""
    if feature.is_cuda or n_features > 1 << 16:
        return torch.sort(feature, stable=True).indices
    small = feature.numpy().astype(np.uint16)
    return tensor_of(np.argsort(small, kind="stable"))
