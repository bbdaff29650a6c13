"""Boolean networks: one hidden layer trained to compute many gates of many inputs at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from armillary.core.errors import BadInput
from armillary.load.require import require
from armillary.networks.checkpoint import Weights, cached_weights
from armillary.networks.gates import Gate


@dataclass(frozen=True, slots=True, eq=False)
class BooleanNetwork:
    """One hidden layer with a linear skip: ``y = W relu(R x + r) + w + S x``.

    With the skip, one neuron ``relu(a + b - 1)`` a gate suffices for AND, OR, XOR and ANDNOT.

    Parameters
    ----------
    reads, read_bias
        ``R`` and ``r``: what each neuron reads of the inputs.
    writes, write_bias
        ``W`` and ``w``: what each output takes of the neurons.
    skip
        ``S``: what each output takes of the inputs themselves.
    gates
        What it was trained to compute, one gate an output.
    """

    reads: Float[np.ndarray, "neuron input"]
    read_bias: Float[np.ndarray, " neuron"]
    writes: Float[np.ndarray, "output neuron"]
    write_bias: Float[np.ndarray, " output"]
    skip: Float[np.ndarray, "output input"]
    gates: tuple[Gate, ...]

    @property
    def n_inputs(self) -> int:
        """Number of inputs."""
        return self.reads.shape[1]

    @property
    def n_neurons(self) -> int:
        """Number of hidden neurons."""
        return self.reads.shape[0]

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""
        return self.writes.shape[0]

    def hidden(self, bits: Bool[np.ndarray, "row input"]) -> Float[np.ndarray, "row neuron"]:
        """Return ``relu(R x + r)``, what the neurons say."""
        return np.maximum(bits.astype(np.float32) @ self.reads.T + self.read_bias, 0)

    def outputs_from(
        self, hidden: Float[np.ndarray, "row neuron"], bits: Bool[np.ndarray, "row input"]
    ) -> Float[np.ndarray, "row output"]:
        """Return the outputs where the neurons say ``hidden`` and the skip sees ``bits``."""
        skipped = bits.astype(np.float32) @ self.skip.T
        return hidden.astype(np.float32) @ self.writes.T + self.write_bias + skipped

    def outputs(self, bits: Bool[np.ndarray, "row input"]) -> Float[np.ndarray, "row output"]:
        """Return the outputs on rows of bits; above one half means true."""
        return self.outputs_from(self.hidden(bits), bits)


def draw_bits(
    n: int, n_inputs: int, *, density: float, rng: np.random.Generator
) -> Bool[np.ndarray, "row input"]:
    """Draw rows of independent bits, each on with probability ``density``."""
    return rng.random((n, n_inputs), dtype=np.float32) < density


def draw_gates(
    n_inputs: int,
    n_gates: int,
    *,
    kinds: tuple[str, ...] = ("AND", "XOR"),
    rng: np.random.Generator,
) -> tuple[Gate, ...]:
    """Draw gates on different pairs of inputs, their kinds uniform among ``kinds``.

    Raises
    ------
    BadInput
        If there are fewer pairs than gates.
    """
    first, second = np.triu_indices(n_inputs, 1)
    if n_gates > first.size:
        raise BadInput(
            f"{n_gates} gates need {n_gates} pairs, {n_inputs} inputs have {first.size}: "
            "raise n_inputs or lower n_gates"
        )
    chosen = rng.choice(first.size, n_gates, replace=False)
    drawn = rng.integers(len(kinds), size=n_gates)
    return tuple(
        Gate(kinds[int(kind)], int(first[pair]), int(second[pair]))
        for kind, pair in zip(drawn, chosen, strict=True)
    )


def gate_outputs(
    gates: Sequence[Gate], bits: Bool[np.ndarray, "row input"]
) -> Bool[np.ndarray, "row output"]:
    """Return what each gate says on each row."""
    return np.column_stack([gate.output(bits) for gate in gates])


def train_boolean(
    gates: Sequence[Gate],
    n_inputs: int,
    n_neurons: int,
    *,
    l1: float = 0.1,
    density: float = 0.2,
    steps: int = 4000,
    batch: int = 512,
    lr: float = 5e-3,
    seed: int = 0,
) -> BooleanNetwork:
    """Train a network to compute ``gates``; the weights are kept in the cache.

    The loss is the mean squared error of all outputs plus ``l1 (mean |R| + mean |W|)``, the latter
    raised linearly over the first 30 % of the steps and cut to a tenth over the last 15 %. Adam
    with a cosine schedule from ``lr`` to 0; fresh inputs at every step, each bit on with
    probability ``density``.

    Parameters
    ----------
    gates
        One an output.
    n_inputs, n_neurons
        Sizes. With at least one neuron a gate an exact solution exists.
    l1
        Weight of the penalty; 0 leaves it out.
    density
        Probability of a bit in training.
    steps, batch, lr
        Of the run.
    seed
        Of initial weights and inputs.

    Returns
    -------
    BooleanNetwork
        float32 weights.

    Raises
    ------
    MissingExtra
        If the weights are not cached and torch is not installed.
    """
    recipe = {
        "network": "boolean", "version": 1, "gates": [gate.name for gate in gates],
        "n_inputs": n_inputs, "n_neurons": n_neurons, "l1": l1, "density": density,
        "steps": steps, "batch": batch, "lr": lr, "seed": seed,
    }  # fmt: skip
    weights = cached_weights(recipe, lambda: _train(gates, recipe))
    return BooleanNetwork(**weights, gates=tuple(gates))


def _train(gates: Sequence[Gate], recipe: dict[str, Any]) -> Weights:
    torch: Any = require("torch", extra="torch")
    n_inputs, n_neurons, steps = recipe["n_inputs"], recipe["n_neurons"], recipe["steps"]
    generator = torch.Generator().manual_seed(recipe["seed"])

    def normal(*shape: int, scale: float) -> Any:
        drawn = torch.randn(*shape, generator=generator) * scale
        return drawn.requires_grad_()

    reads = normal(n_neurons, n_inputs, scale=n_inputs**-0.5)
    writes = normal(len(gates), n_neurons, scale=n_neurons**-0.5)
    skip = normal(len(gates), n_inputs, scale=0.0)
    read_bias, write_bias = normal(n_neurons, scale=0.0), normal(len(gates), scale=0.0)
    parameters = [reads, read_bias, writes, write_bias, skip]
    optimiser = torch.optim.Adam(parameters, lr=recipe["lr"], fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    a, b = torch.tensor([gate.a for gate in gates]), torch.tensor([gate.b for gate in gates])
    x, y, z = torch.tensor([gate.moebius for gate in gates], dtype=torch.float32).T
    for step in range(steps):
        drawn = torch.rand(recipe["batch"], n_inputs, generator=generator)
        bits = (drawn < recipe["density"]).float()
        left, right = bits[:, a], bits[:, b]
        wanted = x * left + y * right + z * left * right
        hidden = torch.relu(torch.addmm(read_bias, bits, reads.T))
        made = torch.addmm(write_bias, hidden, writes.T) + bits @ skip.T
        weight = recipe["l1"] * min(1.0, step / (0.3 * steps)) * (0.1 if step > 0.85 * steps else 1)
        loss = (made - wanted).square().mean()
        loss = loss + weight * (reads.abs().mean() + writes.abs().mean())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    names = ("reads", "read_bias", "writes", "write_bias", "skip")
    arrays = (p.detach().numpy().copy() for p in parameters)
    return dict(zip(names, arrays, strict=True))
