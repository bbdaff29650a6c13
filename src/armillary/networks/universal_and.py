"""Universal AND: a hand-built layer that holds the AND of every pair of its inputs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import sparse, stats

from armillary.core.errors import BadInput
from armillary.networks.gates import Gate


@dataclass(frozen=True, slots=True, eq=False)
class UniversalAnd:
    """A random layer ``h = relu(R x - 1)`` and read-offs of ANDs: nothing is trained.

    ``R`` is 0 or 1; neuron ``n`` belongs to the set ``S_i`` of input ``i`` where ``R_ni = 1``.
    The AND of ``i`` and ``j`` is read as the mean of the neurons that read both,
    ``sum of h over (S_i and S_j) / |S_i and S_j|``. Few inputs may be on at a time.

    Parameters
    ----------
    sets
        ``R`` as booleans.
    first, second
        The inputs of each read-off, ``first < second``.
    readoff
        Its rows are the read-offs: ``1 / |S_i and S_j|`` on the shared neurons, zeros where no
        neuron reads both. A sparse array of scipy.

    References
    ----------
    Haenni, Mendel, Vaintrob and Chan 2024, arXiv:2408.05451: the construction and its error.
    """

    sets: Bool[np.ndarray, "neuron input"]
    first: Int[np.ndarray, " output"]
    second: Int[np.ndarray, " output"]
    readoff: Any

    @property
    def n_inputs(self) -> int:
        """Number of inputs."""
        return self.sets.shape[1]

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return self.sets.shape[0]

    @property
    def n_outputs(self) -> int:
        """Number of ANDs that are read off."""
        return self.first.size

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The ANDs, one an output."""
        pairs = zip(self.first.tolist(), self.second.tolist(), strict=True)
        return tuple(Gate("AND", a, b) for a, b in pairs)

    @property
    def reads(self) -> Float[np.ndarray, "neuron input"]:
        """What each neuron reads of the inputs, 0 or 1."""
        return self.sets.astype(np.float32)

    @property
    def writes(self) -> Float[np.ndarray, "output neuron"]:
        """What each AND takes of the neurons, dense."""
        return self.readoff.toarray()

    def only(self, outputs: Int[np.ndarray, " chosen"]) -> "UniversalAnd":
        """Return the same layer with these read-offs alone, in this order."""
        return UniversalAnd(
            self.sets, self.first[outputs], self.second[outputs], self.readoff[outputs]
        )

    def hidden(self, bits: Bool[np.ndarray, "row input"]) -> Float[np.ndarray, "row neuron"]:
        """Return ``relu(R x - 1)``: of the inputs that a neuron reads, how many on beyond one."""
        return np.maximum(bits.astype(np.float32) @ self.reads.T - 1, 0)

    def outputs_from(
        self, hidden: Float[np.ndarray, "row neuron"], bits: Bool[np.ndarray, "row input"]
    ) -> Float[np.ndarray, "row output"]:
        """Return the read-offs where the neurons say ``hidden``; there is no skip past them."""
        return (self.readoff @ hidden.astype(np.float32).T).T

    def outputs(self, bits: Bool[np.ndarray, "row input"]) -> Float[np.ndarray, "row output"]:
        """Return the read-offs on rows of bits; above one half means true."""
        return self.outputs_from(self.hidden(bits), bits)


def universal_and(
    n_inputs: int, n_neurons: int, *, p: float, rng: np.random.Generator
) -> UniversalAnd:
    """Draw the layer: each input is read by each neuron with probability ``p``.

    Parameters
    ----------
    n_inputs, n_neurons
        Sizes; there are ``n_inputs (n_inputs - 1) / 2`` ANDs, which may be more than neurons.
    p
        In (0, 1). ``p^2 n_neurons`` neurons read a given pair on average: below about 10 some pairs
        are read by hardly any, above ``1 / (2 p)`` inputs on at a time others drown them.
    rng
        Draws the sets.

    Raises
    ------
    BadInput
        If ``p`` is not in (0, 1) or there are fewer than two inputs.
    """
    if not 0 < p < 1 or n_inputs < 2:
        raise BadInput(f"p = {p} with {n_inputs} inputs: expected p in (0, 1) and two inputs")
    sets = rng.random((n_neurons, n_inputs), dtype=np.float32) < p
    first, second = np.triu_indices(n_inputs, 1)
    by_input = np.ascontiguousarray(sets.T)
    output, neuron = np.nonzero(by_input[first] & by_input[second])
    share = (1 / np.bincount(output, minlength=first.size)[output]).astype(np.float32)
    readoff = sparse.csr_array((share, (output, neuron)), shape=(first.size, n_neurons))
    return UniversalAnd(sets, first, second, readoff)


def hot_bits(
    n: int, n_inputs: int, *, hot: int, rng: np.random.Generator
) -> Bool[np.ndarray, "row input"]:
    """Draw rows with exactly ``hot`` bits on, uniform among those."""
    scores = rng.random((n, n_inputs), dtype=np.float32)
    bits = np.zeros((n, n_inputs), dtype=bool)
    np.put_along_axis(bits, np.argpartition(scores, hot - 1, axis=1)[:, :hot], values=True, axis=1)
    return bits


@dataclass(frozen=True, slots=True, eq=False)
class AndAccuracy:
    """How well each AND is read off, with half of its rows made true.

    Parameters
    ----------
    balanced
        Mean of the shares right among true and among false rows, for each AND.
    mean_error
        Mean absolute difference of a read-off and its truth, over all rows and ANDs.
    high_error
        The same at its 99.9 % quantile.
    """

    balanced: Float[np.ndarray, " output"]
    mean_error: float
    high_error: float


def and_accuracy(
    network: UniversalAnd, *, hot: int = 3, rows: int = 100, rng: np.random.Generator
) -> AndAccuracy:
    """Score every AND on inputs with ``hot`` bits on, half of them with the target pair forced.

    In an AND's true rows both inputs are on and ``hot - 2`` others, drawn; its false rows have
    ``hot`` bits on, half of them one of its own inputs and half of them none (a neuron shared with
    a third input is what deceives). The read-off is that of the network; the pair is the one that
    ``first`` and ``second`` claim.

    Parameters
    ----------
    network
        Whose read-offs are scored.
    hot
        Bits on in every row, at least 2.
    rows
        True rows, and false rows, for each AND.
    rng
        Draws the rows.

    Returns
    -------
    AndAccuracy
        ``balanced.mean()`` is the balanced accuracy over all ANDs.
    """
    columns = np.ascontiguousarray(network.sets.T)
    balanced, errors = np.zeros(network.n_outputs), list[np.ndarray]()
    where, neurons, weights = (
        network.readoff.indptr, network.readoff.indices, network.readoff.data
    )  # fmt: skip
    for output in range(network.n_outputs):
        pair = np.array([network.first[output], network.second[output]])
        mine = slice(where[output], where[output + 1])
        others = np.delete(np.arange(network.n_inputs), pair)
        drawn = others[_distinct(rows, others.size, hot=hot, rng=rng)]
        true = np.column_stack([np.broadcast_to(pair, (rows, 2)), drawn[:, : hot - 2]])
        drawn[: rows // 2, 0] = pair[np.arange(rows // 2) % 2]
        read = columns[:, neurons[mine]].astype(np.float32)
        said = [np.maximum(read[ids].sum(axis=1) - 1, 0) @ weights[mine] for ids in (true, drawn)]
        balanced[output] = ((said[0] > 0.5).mean() + (said[1] <= 0.5).mean()) / 2
        errors += [np.abs(said[0] - 1), np.abs(said[1])]
    every = np.concatenate(errors)
    return AndAccuracy(balanced, float(every.mean()), float(np.quantile(every, 0.999)))


def expected_accuracy(n_neurons: int, *, p: float) -> float:
    """Return the balanced accuracy that ``and_accuracy`` expects of a random layer, 3 bits on.

    The number of neurons that read a pair is ``K ~ Binomial(n_neurons, p^2)``. A true row is wrong
    only where ``K = 0``. A false row is wrong where the sum over the ``K`` neurons exceeds
    ``K / 2``: with one own input on, each adds ``Binomial(2, p)``; with none,
    ``max(Binomial(3, p) - 1, 0)``.
    """
    most = int(n_neurons * p**2 + 10 * np.sqrt(n_neurons * p**2)) + 10
    log_pmf: Any = stats.binom.logpmf(np.arange(most + 1), n_neurons, p**2)  # pyright: ignore
    weight = np.exp(log_pmf)
    q = 1 - p
    one = np.array([q**2, 2 * p * q, p**2])
    none = np.array([q**3 + 3 * p * q**2, 3 * p**2 * q, p**3])
    wrong = 0.0
    for each in (one, none):
        total = np.ones(1)
        for k in range(1, most + 1):
            total = np.convolve(total, each)
            wrong += 0.5 * weight[k] * float(total[np.arange(total.size) > k / 2].sum())
    return 1 - (float(weight[0]) + wrong) / 2


def _distinct(n: int, among: int, *, hot: int, rng: np.random.Generator) -> np.ndarray:
    """Rows of ``hot`` different numbers below ``among``: redrawn until they differ."""
    drawn = rng.integers(among, size=(n, hot))
    while True:
        ordered = np.sort(drawn, axis=1)
        again = (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)
        if not again.any():
            return drawn
        drawn[again] = rng.integers(among, size=(int(again.sum()), hot))
