"""Circuits: the translation table between latents and gates, verified by ablation."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from armillary.networks.gates import Gate
from armillary.worlds.drawn import Sample
from armillary.worlds.scoring.evidence import Evidence
from armillary.worlds.scoring.translation import Detectors, best_detectors

FOUND = 0.9
_MOST_GATES = 64
_ROWS = 1000
_WORK = 10_000_000_000  # multiply-adds that the ablations may cost


@dataclass(frozen=True, slots=True)
class GateRow:
    """One gate of the translation table.

    Parameters
    ----------
    gate
        Its name.
    and_latent, and_f1
        The latent that best tells when both inputs are on, and its held-out F1.
    output_latent, output_f1
        The one that best tells the gate's output.
    neuron_and_f1, neuron_output_f1
        The same for the best raw coordinate of the activations.
    rebuilt, without, only
        Balanced accuracy of the readout on this gate from the full reconstruction, from one
        without the gate's matched latents, from one with nothing but these; None where it was not
        ablated.
    side_effect
        Mean loss of balanced accuracy on the other gates when these latents are taken out.
    """

    gate: str
    and_latent: int
    and_f1: float
    output_latent: int
    output_f1: float
    neuron_and_f1: float
    neuron_output_f1: float
    rebuilt: float | None = None
    without: float | None = None
    only: float | None = None
    side_effect: float | None = None


@dataclass(frozen=True, slots=True)
class CircuitTable:
    """Latents against gates.

    Parameters
    ----------
    gates
        One row each, at most 64, drawn where there are more.
    input_f1, neuron_input_f1
        Mean held-out F1 of the best latent, and of the best raw coordinate, for each input bit.
    and_f1, output_f1, neuron_and_f1, neuron_output_f1
        Means over the gates.
    and_found
        Gates whose AND has a latent of F1 0.9 or more.
    necessity
        Mean of ``rebuilt - without`` over the gates ablated; None where nothing could be.
    side_effect
        Mean of the side effects: what taking out another gate's latents costs a gate, the null of
        ``necessity``.
    sufficiency
        Mean of ``(only - 1/2) / (raw - 1/2)`` with balanced accuracies; 1 is as good as the raw
        activations, 0 as guessing.
    """

    gates: tuple[GateRow, ...]
    input_f1: float
    neuron_input_f1: float
    and_f1: float
    output_f1: float
    neuron_and_f1: float
    neuron_output_f1: float
    and_found: int
    necessity: float | None = None
    side_effect: float | None = None
    sufficiency: float | None = None


def circuit_table(evidence: Evidence, *, rng: np.random.Generator) -> CircuitTable | str:
    """Match latents with the inputs, the ANDs and the outputs of a circuit, then ablate.

    Detectors are those of ``translation.best_detectors``: threshold and unit chosen on one half of
    the rows, F1 on the other, latents and raw coordinates alike.

    A gate's matched latents are its best latent for the AND and, if its F1 is 0.9 or more, its best
    for the output (below that it is often another gate's). The readout is then read (on at most
    1,000 rows) from reconstructions in which these codes are set to zero, or all others are. It
    must have one output a gate, in the gates' order, which counts as on above one half. Accuracy is
    balanced: the mean of those on rows where the gate is on and where it is off.
    """
    truth, sample = evidence.world.truth, evidence.sample
    if not truth.circuit or sample.inputs is None:
        return "the world is no circuit"
    bits = np.asarray(sample.inputs) > 0.5
    shown = np.arange(len(truth.circuit))
    if len(shown) > _MOST_GATES:
        shown = np.sort(rng.choice(shown, _MOST_GATES, replace=False))
    gates = [truth.circuit[i] for i in shown]
    wanted = np.column_stack([
        *(bits[:, g.a] & bits[:, g.b] for g in gates), *(g.output(bits) for g in gates), bits,
    ])  # fmt: skip
    latents = best_detectors(np.abs(evidence.codes), wanted)
    neurons = best_detectors(sample.activations, wanted)
    ablated = _ablated(evidence, gates=gates, shown=shown, found=latents)
    n = len(gates)
    rows = tuple(
        GateRow(
            gate=gate.name,
            and_latent=int(evidence.alive[latents.unit[i]]), and_f1=float(latents.f1[i]),
            output_latent=int(evidence.alive[latents.unit[n + i]]),
            output_f1=float(latents.f1[n + i]),
            neuron_and_f1=float(neurons.f1[i]), neuron_output_f1=float(neurons.f1[n + i]),
            **(ablated[i] if i < len(ablated) else {}),
        )
        for i, gate in enumerate(gates)
    )  # fmt: skip
    return _summed(rows, latents=latents, neurons=neurons, ablated=ablated)


def balanced(
    right: Bool[np.ndarray, "token gate"], on: Bool[np.ndarray, "token gate"]
) -> Float[np.ndarray, " gate"]:
    """Return the mean of the accuracies where the gate is on and where it is off."""
    share = [
        np.where(side.any(axis=0), (right & side).sum(axis=0) / np.maximum(side.sum(axis=0), 1), 1)
        for side in (on, ~on)
    ]
    return (share[0] + share[1]) / 2


def _summed(
    rows: tuple[GateRow, ...],
    *,
    latents: Detectors,
    neurons: Detectors,
    ablated: list[dict[str, float]],
) -> CircuitTable:
    n = len(rows)

    def mean(values: np.ndarray | list[float]) -> float:
        return float(np.mean(values))

    effects: dict[str, float] = {}
    if ablated:
        effects = {
            "necessity": mean([a["rebuilt"] - a["without"] for a in ablated]),
            "side_effect": mean([a["side_effect"] for a in ablated]),
            "sufficiency": mean([a["only"] - 0.5 for a in ablated]) / 0.5,
        }
    return CircuitTable(
        gates=rows, input_f1=mean(latents.f1[2 * n :]), neuron_input_f1=mean(neurons.f1[2 * n :]),
        and_f1=mean(latents.f1[:n]), output_f1=mean(latents.f1[n : 2 * n]),
        neuron_and_f1=mean(neurons.f1[:n]), neuron_output_f1=mean(neurons.f1[n : 2 * n]),
        and_found=int((latents.f1[:n] >= FOUND).sum()), **effects,
    )  # fmt: skip


def _ablated(
    evidence: Evidence, *, gates: list[Gate], shown: np.ndarray, found: Detectors
) -> list[dict[str, float]]:
    """Return the effects of taking out, and of keeping alone, each gate's matched latents."""
    readout = evidence.world.truth.readout
    sample = head(evidence.sample, _ROWS)
    if readout is None:
        return []
    outputs = readout.outputs(sample.activations, sample)
    if outputs.shape != (sample.n_tokens, len(evidence.world.truth.circuit)):
        return []
    cost = 2 * sample.n_tokens * evidence.world.d_model * outputs.shape[1]
    n, few = len(gates), min(len(gates), max(2, _WORK // cost))
    bits = np.asarray(sample.inputs) > 0.5
    on = np.column_stack([gate.output(bits) for gate in gates])
    sae, codes = evidence.sae, evidence.sae.encode(sample.activations)

    def accuracy(used: np.ndarray) -> np.ndarray:
        rebuilt = sae.decode(used.astype(np.float32), of=sample.activations)
        return balanced((readout.outputs(rebuilt, sample)[:, shown] > 0.5) == on, on)

    whole, out = accuracy(codes), list[dict[str, float]]()
    for i in range(few):
        mine = np.zeros(codes.shape[1], dtype=bool)
        mine[evidence.alive[found.unit[i]]] = True
        if found.f1[n + i] >= FOUND:
            mine[evidence.alive[found.unit[n + i]]] = True
        without, only = accuracy(np.where(mine, 0, codes)), accuracy(np.where(mine, codes, 0))
        others = np.arange(n) != i
        out.append({
            "rebuilt": float(whole[i]), "without": float(without[i]), "only": float(only[i]),
            "side_effect": float((whole - without)[others].mean()) if n > 1 else 0.0,
        })  # fmt: skip
    return out


def head(sample: Sample, n: int) -> Sample:
    """Return the first rows of a sample."""

    def cut(array: np.ndarray | None) -> np.ndarray | None:
        return None if array is None else array[:n]

    return Sample(
        sample.activations[:n],
        {name: array[:n] for name, array in sample.coordinates.items()},
        {name: array[:n] for name, array in sample.active.items()},
        {name: array[:n] for name, array in sample.cells.items()},
        codes=cut(sample.codes), inputs=cut(sample.inputs), targets=cut(sample.targets),
    )  # fmt: skip
