"""Correlations: the placement that the shared firings alone imply, for the price of one length."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Literal, get_args

import numpy as np
from jaxtyping import Float
from scipy import sparse as _sparse

from armillary.core.codes import Codes
from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs.basis import random_rotation
from armillary.knockoffs.company import company
from armillary.knockoffs.message import Message
from armillary.knockoffs.packing import pack_floats, unpack_floats
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.subspace import leading_factor
from armillary.knockoffs.theory import Family, Theory

Measure = Literal["covariance", "correlation", "phi", "cosine", "pmi", "company"]
Rows = Float[np.ndarray, "feature d_model"]
sparse: Any = _sparse  # ships no types
_FIRINGS = 4_000_000  # as many are read, on evenly spaced tokens: minutes, and few pairs change
_PAIRS = 40_000_000  # of firings on one token, of which a table of pairs is made for "pmi"
_TOKENS = 16_384  # multiplied together
_ROUNDS = 4
_FACTORINGS = 3  # where the diagonal is free: each guesses it from the one before


@dataclass(frozen=True, slots=True)
class FiringGram(Theory):
    """Features as near as they fire together: the best rank-d square root of a Gram of firings.

    With codes F over T tokens the Gram is, by measure: ``covariance`` ``F'F/T - f f'`` (f the
    means); ``correlation`` the same over standard deviations; ``phi`` the correlation of firing or
    not; ``cosine`` ``F'F`` over lengths of columns; ``pmi``
    ``log max(1, T n_ij / n_i n_j)`` of firing together; ``company`` is not about one token but
    about its neighbours (``company.company``), the only one that says anything where a single
    feature fires on each token. The receiver computes it all; what is sent is one length. The
    space is known up to a rotation, which is drawn.

    Parameters
    ----------
    measure
        As above.
    norms
        ``unit``: every row gets the sent length. ``kept``: rows keep the length that the
        approximation gives them, times one factor.
    diagonal
        ``fitted``: the square root is of the Gram as it stands, whose diagonal outweighs all else.
        ``free``: the diagonal is replaced by what the rest implies (principal factors).
    """

    kind: ClassVar[str] = "firing gram"
    family: ClassVar[Family] = "statistic"
    keeps: ClassVar[str] = "who fires with whom"
    breaks: ClassVar[str] = "everything that firings do not imply"
    measure: Measure = "correlation"
    norms: Literal["unit", "kept"] = "unit"
    diagonal: Literal["free", "fitted"] = "free"

    @property
    def label(self) -> str:
        """Name the measure."""
        said = [] if self.norms == "unit" else ["lengths kept"]
        said += [] if self.diagonal == "free" else ["diagonal fitted"]
        return ", ".join([f"firing {self.measure}", *said])

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Send the choice and one length.

        Raises
        ------
        BadInput
            If there is no such measure, or the codes cannot give it.
        """
        del rng
        if self.measure not in get_args(Measure):
            raise BadInput(f"no measure {self.measure!r}: use one of {get_args(Measure)}")
        _checked(shared, self.measure)
        length = np.sqrt((space.directions.astype(np.float64) ** 2).sum(axis=1).mean())
        choice = (get_args(Measure).index(self.measure), self.norms == "unit")
        choice += (self.diagonal == "free",)
        return Message(
            self.kind, {"choice": bytes(choice), "length": pack_floats(np.array(length), bits=32)}
        )

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Factor the Gram, give rows their lengths, turn everything at random.

        Features that never fire, of which nothing is known, get random directions.
        """
        measure, unit, free = message.parts["choice"]
        d = shared.d_model
        factor = implied(shared, get_args(Measure)[measure], rank=d, free_diagonal=bool(free))
        rows = np.zeros((shared.n_features, d), dtype=np.float32)
        rows[:, : factor.shape[1]] = factor
        norm = np.linalg.norm(rows, axis=1)
        silent = norm <= 1e-6 * norm.max(initial=0.0)
        rows[silent] = rng.standard_normal((int(silent.sum()), d), dtype=np.float32)
        norm[silent] = np.linalg.norm(rows[silent], axis=1)
        if unit:
            rows /= norm[:, None]
        else:
            rows[silent] *= (np.sqrt((norm[~silent] ** 2).mean()) / norm[silent])[:, None]
            rows /= np.sqrt((rows.astype(np.float64) ** 2).sum(axis=1).mean()).astype(np.float32)
        turn = random_rotation(d, rng=rng).astype(np.float32)
        length = unpack_floats(message.parts["length"])
        return shared.space(rows @ turn * length, by=message.theory)


@lru_cache(maxsize=4)
def implied(
    shared: Shared, measure: Measure, *, rank: int, free_diagonal: bool = True
) -> Float[np.ndarray, "feature rank"]:
    """Return the square root of the Gram that firings imply; kept for the next draw.

    Subspace iteration on products with the sparse codes; no (feature, feature) table is formed,
    but for ``pmi``, where it is sparse.

    Parameters
    ----------
    shared
        With codes.
    measure
        As in ``FiringGram``.
    rank
        At most this many columns; fewer where there are fewer features.
    free_diagonal
        Whether the diagonal is left to be implied by the rest.

    Returns
    -------
    Float[np.ndarray, "feature rank"]
        float32; a row of a feature that does not fire is zero.
    """
    codes = _checked(shared, measure)
    rank = min(rank, shared.n_features)
    if measure == "company":
        return company(shared, rank=rank)
    apply, diagonal = (_pmi if measure == "pmi" else _second_moment)(codes, measure)
    rng = np.random.default_rng(0)
    factor, _ = leading_factor(apply, shared.n_features, rank=rank, rng=rng, rounds=_ROUNDS)
    for _ in range(_FACTORINGS - 1 if free_diagonal else 0):
        held = np.einsum("fr,fr->f", factor, factor)
        hole = (diagonal - np.minimum(held, diagonal)).astype(np.float32)[:, None]
        factor, _ = leading_factor(
            lambda block, hole=hole: apply(block) - hole * block,
            shared.n_features,
            rank=rank,
            rng=rng,
            rounds=2,
            start=factor,
        )
    return factor


def _checked(shared: Shared, measure: Measure) -> Codes:
    if shared.codes is None:
        raise BadInput(f"firing {measure} needs codes: this source shares none")
    most = int(np.diff(shared.codes.offset).max(initial=0))
    if most <= 1 and measure != "company":
        raise BadInput(
            f"at most one feature fires on a token, so firing {measure} says nothing: "
            "use the measure 'company', which looks at neighbouring tokens"
        )
    return shared.codes


Apply = Callable[[np.ndarray], np.ndarray]


def _second_moment(codes: Codes, measure: Measure) -> tuple[Apply, np.ndarray]:
    """Return how the Gram multiplies a block, and its diagonal."""
    every = max(1, codes.n_firings // _FIRINGS)
    fires = codes.matrix(binary=measure == "phi")[::every]
    n, m = fires.shape
    mean = np.asarray(fires.sum(axis=0), dtype=np.float64).ravel() / n
    power = np.asarray((fires * fires).sum(axis=0), dtype=np.float64).ravel() / n
    centre = np.zeros(m) if measure == "cosine" else mean
    variance = power - centre**2
    scale = np.ones(m)
    if measure != "covariance":
        scale = np.where(power > 0, 1 / np.sqrt(np.maximum(variance, 1e-30)), 0.0)
    centre, scale = centre.astype(np.float32), scale.astype(np.float32)

    def apply(block: np.ndarray) -> np.ndarray:
        scaled = block * scale[:, None]
        out = np.zeros_like(scaled)
        for start in range(0, n, _TOKENS):
            part = fires[start : start + _TOKENS]
            out += part.T @ (part @ scaled)
        out /= n
        out -= centre[:, None] * (centre @ scaled)
        return out * scale[:, None]

    return apply, variance * scale.astype(np.float64) ** 2


def _pmi(codes: Codes, measure: Measure) -> tuple[Apply, np.ndarray]:
    del measure
    pairs = int((np.diff(codes.offset).astype(np.float64) ** 2).sum())
    fires = codes.matrix(binary=True)[:: max(1, pairs // _PAIRS)]
    n = fires.shape[0]
    count = np.asarray(fires.sum(axis=0), dtype=np.float64).ravel()
    table = sparse.coo_array(fires.T @ fires)
    row, column = table.row, table.col
    score = np.log(table.data * n / (count[row] * count[column]))
    kept = score > 0
    where: Any = (row[kept], column[kept])
    found = sparse.csr_array((score[kept].astype(np.float32), where), shape=table.shape)
    return lambda block: found @ block, np.asarray(found.diagonal(), dtype=np.float64)
