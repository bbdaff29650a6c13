"""Interventions: what a claimed circuit must survive inside the network.

Steps four to six of the protocol: sufficiency, necessity, interchange.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from armillary.networks.protocol.layers import Claim, HiddenLayer


@dataclass(frozen=True, slots=True)
class Causal:
    """What one output does when a claimed circuit is kept, cut and exchanged.

    Parameters
    ----------
    sufficiency
        Balanced accuracy against the claimed gate where only the claimed neurons, and the claimed
        inputs on the skip, come from the input at hand and all else from another; 0.5 is guessing.
    necessity
        Share of rows whose output moves by more than a quarter when the claimed neurons say what
        they say with every input off; in that of the pair's four states where it is largest.
    specificity
        Of all outputs that then move by more than a quarter, the share that are this one.
    interchange
        Claimed neurons take the values of a second input: share of rows on which the output is
        within a quarter of what the claim predicts, among rows where it predicts a move by more
        than a quarter; 0 where it never does.
    spill
        Share of the other outputs that move by more than a quarter in that exchange.

    Notes
    -----
    Why a quarter: neurons that carry an interaction of 1 may carry any linear part as well, but
    ``p a + q b + a b`` moves by at least 1/3 between some state of the pair and both inputs off
    (the least is at ``p = q = -1/3``).
    """

    sufficiency: float
    necessity: float
    specificity: float
    interchange: float
    spill: float

    @property
    def holds(self) -> bool:
        """Whether sufficiency, necessity and interchange are all at least 0.95."""
        return min(self.sufficiency, self.necessity, self.interchange) >= 0.95


def examine(
    network: HiddenLayer,
    claim: Claim,
    *,
    output: int,
    density: float,
    rows: int,
    rng: np.random.Generator,
) -> Causal:
    """Keep, cut and exchange the neurons of one claimed gate.

    Rows are random inputs (each bit on with probability ``density``) whose claimed pair takes its
    four states equally often.

    Parameters
    ----------
    network
        With neurons that can be set.
    claim
        The claimed gate (the nearest kind), its neurons and their role.
    output
        Where it is claimed to be.
    density, rows
        Of the random inputs.
    rng
        Draws them.

    Returns
    -------
    Causal
        The five shares.
    """
    n_inputs = network.reads.shape[1]
    neurons, pair = list(claim.neurons), list(claim.pair)

    def drawn() -> Bool[np.ndarray, "row input"]:
        bits = rng.random((rows, n_inputs)) < density
        bits[:, pair] = _STATES[rng.permutation(rows) % 4]
        return bits

    base, other = drawn(), drawn()
    said, other_said = network.hidden(base), network.hidden(other)
    before = network.outputs_from(said, base)
    truth = claim.nearest.output(base)

    kept, seen = other_said.copy(), other.copy()
    kept[:, neurons] = said[:, neurons]
    seen[:, pair] = base[:, pair]
    alone = network.outputs_from(kept, seen)[:, output] > 0.5

    cut = said.copy()
    cut[:, neurons] = network.hidden(np.zeros((1, n_inputs), dtype=bool))[:, neurons]
    moved = np.abs(network.outputs_from(cut, base) - before) > _MOVES
    state = 2 * base[:, pair[0]] + base[:, pair[1]]
    necessity = max(float(moved[state == s, output].mean()) for s in range(4))

    exchanged = said.copy()
    exchanged[:, neurons] = other_said[:, neurons]
    after = network.outputs_from(exchanged, base)
    change = claim.part(other) - claim.part(base)
    tried = np.abs(change) > _MOVES
    hit = np.abs(after[:, output] - (truth + change)) < _MOVES
    spilled = np.delete(np.abs(after - before) > _MOVES, output, axis=1)
    return Causal(
        _balanced(alone, truth),
        necessity,
        float(moved[:, output].sum() / max(1, moved.sum())),
        float(hit[tried].mean()) if tried.any() else 0.0,
        float(spilled.mean()) if spilled.size else 0.0,
    )


_MOVES = 0.25
_STATES = np.array([[False, False], [True, False], [False, True], [True, True]])


def _balanced(said: Bool[np.ndarray, " row"], truth: Bool[np.ndarray, " row"]) -> float:
    """Mean of the shares right among true and among false rows."""
    return (float(said[truth].mean()) + float((~said[~truth]).mean())) / 2
