"""Codes: which feature fires on which token, how strongly, and where that token stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse

from armillary.core.errors import BadInput
from armillary.core.tokens import Context, Tokens

CHECKED_AT_ONCE = 1 << 24  # firings looked at together when codes are checked


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """Sparse activations, one row a token: features in rising order, with their values.

    The firings of token ``t`` are ``feature[offset[t]:offset[t + 1]]`` (compressed sparse rows).
    Arrays may be memory-mapped; none is ever written to.

    Parameters
    ----------
    offset
        Where each token's firings begin, and one more entry where the last token's end.
    feature
        Column of each firing, strictly rising within a token.
    value
        Activation of each firing; finite, never 0, negative only if the dictionary is signed.
    feature_id
        Id of each column, as in the space the codes belong to; unique.
    tokens
        Token ids, documents and positions; None where the text is not known.
    source
        How the codes came to be.

    Raises
    ------
    BadInput
        If lengths disagree, ids repeat, a feature does not exist or fires twice on a token, or a
        value is 0 or not finite. Memory-mapped firings were checked when they were written and
        are not read again.
    """

    offset: Int[np.ndarray, " boundary"]
    feature: Int[np.ndarray, " firing"]
    value: Float[np.ndarray, " firing"]
    feature_id: Int[np.ndarray, " feature"]
    tokens: Tokens | None = None
    source: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        """Check everything that other rooms rely on."""
        if self.offset.size == 0 or self.offset[0] != 0 or (np.diff(self.offset) < 0).any():
            raise BadInput("offset must start at 0 and never fall")
        if not self.offset[-1] == self.feature.size == self.value.size:
            raise BadInput(
                f"offset ends at {self.offset[-1]}, but there are {self.feature.size} features "
                f"and {self.value.size} values: give one of each a firing"
            )
        if np.unique(self.feature_id).size != self.n_features:
            raise BadInput("feature_id repeats: every feature needs its own id")
        if self.tokens is not None and self.tokens.n_tokens != self.n_tokens:
            raise BadInput(f"{self.tokens.n_tokens} tokens for {self.n_tokens} rows of codes")
        if not isinstance(self.feature, np.memmap):
            check_firings(self.offset, self.feature, self.value, n_features=self.n_features)
        object.__setattr__(self, "source", MappingProxyType(dict(self.source)))

    @classmethod
    def from_triples(
        cls,
        token: Int[np.ndarray, " firing"],
        feature: Int[np.ndarray, " firing"],
        value: Float[np.ndarray, " firing"],
        *,
        n_tokens: int,
        n_features: int,
        feature_id: Int[np.ndarray, " feature"] | None = None,
        tokens: Tokens | None = None,
        source: Mapping[str, Any] | None = None,
    ) -> "Codes":
        """Sort (token, feature, value) triples into codes; zeros are left out.

        Parameters
        ----------
        token, feature, value
            One entry a firing, in any order.
        n_tokens, n_features
            Size of the table, silent tokens and dead features included.
        feature_id, tokens, source
            As in the class; ids default to the column numbers.

        Returns
        -------
        Codes
            The same firings in reading order.

        Raises
        ------
        BadInput
            If a token or feature does not exist, a pair repeats, or a value is not finite.
        """
        if not token.size == feature.size == value.size:
            raise BadInput(
                f"{token.size} tokens, {feature.size} features and {value.size} values: "
                "give one of each a firing"
            )
        if token.size and not (token.min() >= 0 and token.max() < n_tokens):
            raise BadInput(f"tokens must be row numbers below {n_tokens}, got {token.max()}")
        if feature.size and not (feature.min() >= 0 and feature.max() < n_features):
            raise BadInput(f"features must be columns below {n_features}, got {feature.max()}")
        kept = value != 0
        if not kept.all():
            token, feature, value = token[kept], feature[kept], value[kept]
        if _in_order(token, feature):
            feature, value = feature.astype(np.int32), value.astype(np.float32)
        else:
            order = np.lexsort((feature, token))
            feature, value = feature[order].astype(np.int32), value[order].astype(np.float32)
        offset = np.zeros(n_tokens + 1, dtype=np.int64)
        np.cumsum(np.bincount(token, minlength=n_tokens), out=offset[1:])
        ids: np.ndarray = np.arange(n_features, dtype=np.int64)
        ids = ids if feature_id is None else feature_id
        if ids.size != n_features:
            raise BadInput(f"{ids.size} feature ids for {n_features} features")
        return cls(offset, feature, value, ids, tokens, source or {})

    @property
    def n_tokens(self) -> int:
        """Number of tokens (rows)."""
        return self.offset.size - 1

    @property
    def n_features(self) -> int:
        """Number of features (columns)."""
        return self.feature_id.size

    @property
    def n_firings(self) -> int:
        """Number of (token, feature) pairs with an activation."""
        return self.feature.size

    @property
    def l0(self) -> float:
        """Mean number of features that fire on a token."""
        return self.n_firings / self.n_tokens if self.n_tokens else 0.0

    def firing_count(self) -> Int[np.ndarray, " feature"]:
        """Return on how many tokens each feature fires."""
        count = np.zeros(self.n_features, dtype=np.int64)
        for start in range(0, self.n_firings, CHECKED_AT_ONCE):
            part = self.feature[start : start + CHECKED_AT_ONCE]
            count += np.bincount(part, minlength=self.n_features)
        return count

    def token_of_firing(self, start: int, stop: int) -> Int[np.ndarray, " firing"]:
        """Return the token of each firing of the tokens ``start .. stop``, counted from 0."""
        return np.repeat(np.arange(start, stop), np.diff(self.offset[start : stop + 1]))

    def matrix(self, *, binary: bool = False) -> Any:
        """Return the codes as a ``scipy.sparse.csr_array``, sharing memory; binary: ones."""
        value = np.ones(self.n_firings, dtype=np.float32) if binary else self.value
        shape = (self.n_tokens, self.n_features)
        return sparse.csr_array((value, self.feature, self.offset), shape=shape)

    def take(self, rows: Int[np.ndarray, " kept"]) -> "Codes":
        """Return the codes of these tokens, in this order; every feature keeps its column."""
        few = self.matrix()[rows].tocoo()
        token, feature = few.coords
        return Codes.from_triples(
            token, feature, few.data, n_tokens=rows.size, n_features=self.n_features,
            feature_id=self.feature_id, source=self.source,
            tokens=None if self.tokens is None else self.tokens.take(rows),
        )  # fmt: skip

    def columns_for(self, feature_id: Int[np.ndarray, " kept"]) -> "Codes":
        """Return the codes of these features, in this order: the columns of a space.

        Parameters
        ----------
        feature_id
            Ids of a space's rows; features of the codes that are not among them are left out.

        Returns
        -------
        Codes
            Column ``i`` belongs to row ``i`` of that space; every token keeps its row.

        Raises
        ------
        BadInput
            If the codes lack one of the features.
        """
        if np.array_equal(feature_id, self.feature_id):
            return self
        by_id = np.argsort(self.feature_id)
        place = np.searchsorted(self.feature_id[by_id], feature_id).clip(max=self.n_features - 1)
        absent = self.feature_id[by_id][place] != feature_id
        if absent.any():
            raise BadInput(
                f"the codes lack {int(absent.sum())} of {feature_id.size} features, the first is "
                f"{feature_id[absent][0]}: are they of another dictionary?"
            )
        column = np.full(self.n_features, -1, dtype=np.int64)
        column[by_id[place]] = np.arange(feature_id.size)
        new = column[self.feature]
        kept = new >= 0
        return Codes.from_triples(
            self.token_of_firing(0, self.n_tokens)[kept], new[kept], self.value[kept],
            n_tokens=self.n_tokens, n_features=feature_id.size, feature_id=feature_id,
            tokens=self.tokens, source=self.source,
        )  # fmt: skip

    def context(self, token: int, *, before: int = 10, after: int = 5) -> Context:
        """Return the text around a token, and which of its tokens is the one asked for.

        Parameters
        ----------
        token
            Row of the codes.
        before, after
            Tokens wanted on either side; fewer where the document ends or a row is missing.

        Returns
        -------
        Context
            ``token_id[at]`` is the token of this very row.

        Raises
        ------
        BadInput
            If the codes do not know their text, or there is no such row.
        """
        if self.tokens is None:
            raise BadInput("these codes carry no text: store token ids, documents and positions")
        return self.tokens.context(token, before=before, after=after)

    def __repr__(self) -> str:
        """Name the axes and the sparsity."""
        return (
            f"Codes({self.n_tokens:,} tokens x {self.n_features:,} features, "
            f"{self.n_firings:,} firings, {self.l0:.1f} a token)"
        )


def check_firings(
    offset: Int[np.ndarray, " boundary"],
    feature: Int[np.ndarray, " firing"],
    value: Float[np.ndarray, " firing"],
    *,
    n_features: int,
) -> None:
    """Refuse firings of features that do not exist, that repeat, or that have no finite value.

    Raises
    ------
    BadInput
        With the first firing that is wrong.
    """
    for start in range(0, feature.size, CHECKED_AT_ONCE):
        part = feature[start : start + CHECKED_AT_ONCE + 1]  # one more: pairs across the seam
        number = value[start : start + CHECKED_AT_ONCE]
        if part.min() < 0 or part.max() >= n_features:
            raise BadInput(f"features must be column numbers below {n_features}, got {part.max()}")
        bad = np.flatnonzero(~np.isfinite(number) | (number == 0))
        if bad.size:
            raise BadInput(f"firing {start + bad[0]} has value {number[bad[0]]}: drop it first")
        falls = np.flatnonzero(np.diff(part) <= 0) + start + 1
        first_of_token = offset[np.searchsorted(offset, falls).clip(max=offset.size - 1)] == falls
        if not first_of_token.all():
            at = int(falls[~first_of_token][0])
            raise BadInput(
                f"feature {feature[at]} repeats or is out of order within a token (firing {at}): "
                "a feature fires once on a token, and columns rise"
            )


def _in_order(token: Int[np.ndarray, " firing"], feature: Int[np.ndarray, " firing"]) -> bool:
    step = np.diff(token)
    return bool((step >= 0).all() and (np.diff(feature)[step == 0] > 0).all())
