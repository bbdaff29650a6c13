"""Descriptions: how well labels of tokens say what features fire on, and how many each needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import sparse, stats

from armillary.core import BadInput, Codes
from armillary.inference.multiplicity import benjamini_hochberg

RATE = 0.25  # share of a token's occurrences from which a feature answers to that token
FEWEST = 5  # occurrences of a token that is looked at
MOST = 4  # separate labels counted
_HELD = 1 << 17  # distributions kept

Table = Bool[np.ndarray, "token label"]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What every feature does on every token of the vocabulary.

    Parameters
    ----------
    token_id
        Tokens that occur often enough.
    count
        How often each does.
    fired
        Occurrences on which a feature fires, sparse, ``(feature, token)``.
    answers
        Ones where a feature fires on enough of a token's occurrences, sparse.
    total
        Firings of each feature, on rare tokens too.
    stratum
        Of each token, by how often it occurs: powers of two.
    """

    token_id: Int[np.ndarray, " token"]
    count: Int[np.ndarray, " token"]
    fired: Any
    answers: Any
    total: Int[np.ndarray, " feature"]
    stratum: Int[np.ndarray, " token"]


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """Every feature beside every label; occurrences of rare tokens, left out, count nowhere.

    Parameters
    ----------
    sensitivity
        Share of a label's occurrences on which a feature fires.
    precision
        Share of a feature's firings that are on the label; 0 for a silent one.
    specificity
        Share of the other occurrences on which it stays silent.
    phi
        Correlation over tokens of what a feature answers to with what the label names.
    pvalue, q
        Of enrichment, see ``enrichment``; over all features and labels.
    separate
        Labels that a feature answers to beyond those named before, the best first.
    """

    sensitivity: Float[np.ndarray, "feature label"]
    precision: Float[np.ndarray, "feature label"]
    specificity: Float[np.ndarray, "feature label"]
    phi: Float[np.ndarray, "feature label"]
    pvalue: Float[np.ndarray, "feature label"]
    q: Float[np.ndarray, "feature label"]
    separate: tuple[tuple[int, ...], ...]

    @property
    def n_separate(self) -> Int[np.ndarray, " feature"]:
        """How many separate labels each feature answers to; 2 or more is polysemy."""
        return np.array([len(one) for one in self.separate], dtype=np.int64)


def answers_of(codes: Codes, *, rate: float = RATE, fewest: int = FEWEST) -> Answers:
    """Count on which tokens of the vocabulary every feature fires.

    Parameters
    ----------
    codes
        With their text.
    rate
        Share of a token's occurrences, in (0, 1], from which a feature answers to it.
    fewest
        Tokens that occur less often are left out.

    Returns
    -------
    Answers
        Over the tokens that are left.

    Raises
    ------
    BadInput
        If the codes carry no text, the rate is out of range, or no token is left.
    """
    if codes.tokens is None:
        raise BadInput("these codes carry no text: store token ids, documents and positions")
    if not 0 < rate <= 1:
        raise BadInput(f"rate {rate}: expected a share above 0, up to 1")
    text = np.asarray(codes.tokens.token_id)
    ids, at, count = np.unique(text, return_inverse=True, return_counts=True)
    kept = np.flatnonzero(count >= fewest)
    if not kept.size:
        raise BadInput(f"no token occurs {fewest} times in {codes.n_tokens:,} tokens: read more")
    library: Any = sparse
    occurs = library.csr_array(
        (np.ones(text.size, dtype=np.float32), (at, np.arange(text.size))),
        shape=(ids.size, text.size),
    )
    fired = (occurs[kept] @ codes.matrix(binary=True)).T.tocsr()
    share = fired.copy()
    share.data = (share.data / count[kept][share.indices] >= rate).astype(np.float32)
    share.eliminate_zeros()
    stratum = np.log2(count[kept]).astype(np.int64)
    return Answers(ids[kept], count[kept], fired, share, codes.firing_count(), stratum)


def described(answers: Answers, labels: Table, *, level: float = 0.05) -> Described:
    """Measure how well each label says what each feature fires on.

    A feature's separate labels: of those with ``q <= level`` the one of the largest phi; then,
    again and again, the one of the largest phi among those still enriched once tokens are told
    apart by the labels already named (``p`` as small as the largest with ``q <= level``).

    Parameters
    ----------
    answers
        What features fire on.
    labels
        Which of ``answers.token_id`` each label names.
    level
        False discovery rate over all features and labels.

    Returns
    -------
    Described
        Every feature beside every label.

    Raises
    ------
    BadInput
        If the labels are of other tokens.
    """
    if labels.shape[0] != answers.token_id.size:
        raise BadInput(f"labels of {labels.shape[0]} tokens for {answers.token_id.size}")
    named = labels.astype(np.float32)
    hit = np.asarray(answers.fired @ named, dtype=np.float64)
    of_label = answers.count @ named
    total = np.asarray(answers.fired.sum(axis=1), dtype=np.float64)[:, None]  # no rare tokens
    with np.errstate(invalid="ignore", divide="ignore"):
        sensitivity = np.nan_to_num(hit / of_label)
        precision = np.nan_to_num(hit / total)
        silent = 1 - np.nan_to_num((total - hit) / (answers.count.sum() - of_label))
    phi = _phi(answers, named)
    pvalue = enrichment(answers, labels)
    q = benjamini_hochberg(pvalue.ravel()).reshape(pvalue.shape)
    passed = q <= level
    bar = float(pvalue[passed].max()) if passed.any() else 0.0
    separate = tuple(
        _separate(answers, labels, feature, np.flatnonzero(row), phi[feature], bar)
        for feature, row in enumerate(passed)
    )
    return Described(sensitivity, precision, silent, phi, pvalue, q, separate)


def enrichment(
    answers: Answers, labels: Table, *, stratum: Int[np.ndarray, " token"] | None = None
) -> Float[np.ndarray, "feature label"]:
    """Test whether features answer to more of a label's tokens than labels dealt out anew.

    The number of the label's tokens that a feature answers to; null: the label dealt to as many
    other tokens that occur about as often (a factor of two). Exact: a sum of hypergeometric counts
    over strata. Tokens of the vocabulary are counted, not occurrences, which are not independent.

    Parameters
    ----------
    answers, labels
        As for ``described``.
    stratum
        Other strata than those of frequency.

    Returns
    -------
    Float[np.ndarray, "feature label"]
        p-values; 1 where there are no more than expected, or fewer than two.
    """
    own = answers.stratum if stratum is None else stratum
    strata = np.unique(own, return_inverse=True)[1]
    place = np.eye(int(strata.max()) + 1, dtype=np.float32)[strata]
    size = place.sum(axis=0).astype(np.int64)
    of_label = (labels.astype(np.float32).T @ place).astype(np.int64)
    of_feature = np.asarray(answers.answers @ place).astype(np.int64)
    seen = np.asarray(answers.answers @ labels.astype(np.float32)).astype(np.int64)
    expected = (of_feature / size) @ of_label.T
    out = np.ones(seen.shape)
    for feature, label in zip(*np.nonzero((seen >= 2) & (seen > expected)), strict=True):
        parts = [
            (int(n), int(m), int(a))
            for n, m, a in zip(size, of_label[label], of_feature[feature], strict=True)
            if m and a
        ]
        out[feature, label] = _tail(parts, int(seen[feature, label]))
    return out


def dealt(labels: Table, answers: Answers, *, rng: np.random.Generator) -> Table:
    """Deal every token's labels to another that occurs about as often: the null of ``described``.

    Parameters
    ----------
    labels
        As for ``described``.
    answers
        Whose strata are kept.
    rng
        Of the deal.

    Returns
    -------
    Bool[np.ndarray, "token label"]
        Labels overlap as they did, and name as many tokens of every stratum.
    """
    order: Int[np.ndarray, " token"] = np.arange(len(labels))
    for one in np.unique(answers.stratum):
        at = np.flatnonzero(answers.stratum == one)
        order[at] = rng.permutation(at)
    return labels[order]


def _phi(answers: Answers, named: np.ndarray) -> Float[np.ndarray, "feature label"]:
    n = named.shape[0]
    a = np.asarray(answers.answers.sum(axis=1), dtype=np.float64).ravel()[:, None]
    m = named.sum(axis=0, dtype=np.float64)[None]
    both = np.asarray(answers.answers @ named, dtype=np.float64)
    spread = np.sqrt(a * (n - a) * m * (n - m))
    return np.where(spread > 0, (n * both - a * m) / np.maximum(spread, 1e-300), 0.0)


def _separate(
    answers: Answers, labels: Table, feature: int, passed: np.ndarray, phi: np.ndarray, bar: float
) -> tuple[int, ...]:
    """Name the labels a feature answers to, each beyond those before it."""
    if not passed.size:
        return ()
    left = passed[np.argsort(-phi[passed], kind="stable")]
    named = [int(left[0])]
    own = Answers(
        answers.token_id, answers.count, answers.fired[[feature]], answers.answers[[feature]],
        answers.total[[feature]], answers.stratum,
    )  # fmt: skip
    left = left[1:]
    while left.size and len(named) < MOST:
        pattern = answers.stratum
        for label in named:
            pattern = 2 * pattern + labels[:, label]
        left = left[enrichment(own, labels[:, left], stratum=pattern)[0] <= bar]
        named += [int(one) for one in left[:1]]
        left = left[1:]
    return tuple(named)


def _tail(parts: Sequence[tuple[int, int, int]], seen: int) -> float:
    """Return the chance of at least ``seen`` in a sum of hypergeometric counts."""
    mass = np.ones(1)
    for part in parts:
        mass = np.convolve(mass, _mass(*part))
    return float(min(1.0, mass[seen:].sum()))


@lru_cache(maxsize=_HELD)
def _mass(n: int, m: int, a: int) -> Float[np.ndarray, " count"]:
    library: Any = stats
    found: np.ndarray = library.hypergeom.pmf(np.arange(min(m, a) + 1), n, m, a)
    return found
