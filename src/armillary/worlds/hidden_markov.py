"""Hidden Markov processes: symbols drawn, and the exact belief of who has read them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput


@dataclass(frozen=True, slots=True, eq=False)
class HiddenMarkov:
    """A process of hidden states that emits a symbol at every step.

    Parameters
    ----------
    labelled
        ``labelled[v, i, j]``: the probability of emitting symbol ``v`` and going to state ``j``
        from state ``i``; sums to 1 over ``v`` and ``j``.

    Raises
    ------
    BadInput
        If these are no probabilities.
    """

    labelled: Float[np.ndarray, "symbol state following"]

    def __post_init__(self) -> None:
        """Refuse what does not sum to one."""
        total = self.labelled.sum(axis=(0, 2))
        if (self.labelled < 0).any() or not np.allclose(total, 1):
            raise BadInput(f"probabilities from each state sum to {total.tolist()}, expected 1")

    @property
    def n_symbols(self) -> int:
        """Number of symbols."""
        return self.labelled.shape[0]

    @property
    def n_states(self) -> int:
        """Number of hidden states."""
        return self.labelled.shape[1]

    @property
    def stationary(self) -> Float[np.ndarray, " state"]:
        """The distribution over states that a step leaves as it is."""
        n = self.n_states
        still = np.vstack([self.labelled.sum(axis=0).T - np.eye(n), np.ones(n)])
        return np.linalg.pinv(still)[:, n]

    @property
    def emission(self) -> Float[np.ndarray, "state symbol"]:
        """Probability of the next symbol from each state."""
        return self.labelled.sum(axis=2).T

    def beliefs(self, symbols: Int[np.ndarray, "token step"]) -> Float[np.ndarray, "token state"]:
        """Return the posterior over states after reading symbols from the stationary prior.

        Each step is ``b <- b T_v / (b T_v 1)`` with the symbol's own matrix ``T_v``.
        """
        belief = np.tile(self.stationary, (len(symbols), 1))
        for step in range(symbols.shape[1]):
            belief = np.einsum("ni,nij->nj", belief, self.labelled[symbols[:, step]])
            belief /= belief.sum(axis=1, keepdims=True)
        return belief

    def emit(
        self, n: int, steps: int, *, rng: np.random.Generator
    ) -> Int[np.ndarray, "token step"]:
        """Draw ``n`` independent runs of symbols, each started in the stationary distribution."""
        n_states = self.n_states
        joint = self.labelled.transpose(1, 0, 2).reshape(n_states, -1)
        below = joint.cumsum(axis=1)
        first = np.searchsorted(self.stationary.cumsum(), rng.random(n))
        state = np.minimum(first, n_states - 1)
        symbols = np.zeros((n, steps), dtype=np.int64)
        for step in range(steps):
            ticket = rng.random(n)
            pick = np.minimum((ticket[:, None] > below[state]).sum(axis=1), joint.shape[1] - 1)
            symbols[:, step], state = np.divmod(pick, n_states)
        return symbols


def mess3(*, x: float, alpha: float) -> HiddenMarkov:
    """Return the process Mess3: three states that like to stay, three symbols that tell of them.

    A state stays with probability ``1 - 2 x`` and goes to each other one with ``x``; the state
    arrived at emits its own symbol with ``alpha`` and each other with ``(1 - alpha) / 2``:
    ``T_v[i, j] = (1 - 2 x if i = j else x) * (alpha if v = j else (1 - alpha) / 2)``.

    Raises
    ------
    BadInput
        If ``x`` is not in 0 to 1/2 or ``alpha`` not in 0 to 1.

    References
    ----------
    Marzen and Crutchfield 2017, arXiv:1702.08565 (the process). Shai et al. 2024,
    arXiv:2405.15943 (its beliefs in a transformer's residual stream).
    """
    if not (0 <= x <= 0.5 and 0 <= alpha <= 1):
        raise BadInput(f"x = {x} and alpha = {alpha}: expected 0 <= x <= 1/2 and 0 <= alpha <= 1")
    same = np.eye(3, dtype=bool)
    go = np.where(same, 1 - 2 * x, x)
    tell = np.where(same, alpha, (1 - alpha) / 2)
    return HiddenMarkov(go[None, :, :] * tell[:, None, :])
