"""Modular addition by an MLP: two embeddings summed, squared, read."""

from dataclasses import replace
from functools import partial

import numpy as np

from armillary.networks.modular.mlp import ModularMlp
from armillary.networks.modular.mlp_training import MlpRecipe, train_mlp
from armillary.networks.modular.spectrum import frequency_shares
from armillary.worlds.entry import Entry, SaePlan
from armillary.worlds.residues import Claim, recover_residues, residue_world, shuffled
from armillary.worlds.world import World

_RECIPE = MlpRecipe(activation="square", d_embed=32, steps=400)
_COVERED = 0.95


def covering_frequencies(network: ModularMlp) -> tuple[int, ...]:
    """Return the strongest frequencies that together hold 95 % of the embedding's variance."""
    shares = frequency_shares(network.embedding)
    order = np.argsort(-shares, kind="stable")
    count = int(np.searchsorted(np.cumsum(shares[order]), _COVERED)) + 1
    return tuple(int(k) + 1 for k in order[:count])


def mlp_world(
    name: str, claim: str, *, beside: bool, seed: int, size: str, p: int, neurons: int,
    mixed: bool = False,
) -> World:  # fmt: skip
    """Make the world of an MLP's pre-activations under a claim."""
    recipe = replace(_RECIPE, doors=2 if beside else 1, p=p, neurons=neurons, seed=seed)
    network = train_mlp(recipe)
    known = Claim(
        claim,
        covering_frequencies(network),
        {"network": "beside" if beside else "sum", "activation": recipe.activation},
    )
    relabel = shuffled(p, seed) if mixed else None
    return residue_world(name, network, known, seed=seed, size=size, relabel=relabel)


build = partial(mlp_world, "modadd_mlp", "disks", beside=False)
other_algorithm = partial(mlp_world, "modadd_mlp", "disks", beside=True)  # claims falsely
shuffled_tokens = partial(build, mixed=True)  # the names of its inputs are shuffled

ENTRY = Entry(
    name="modadd_mlp",
    family="groups",
    title="pre-activations of a squaring MLP that adds mod p, embeddings summed",
    motive="a dense population code: most frequencies at once, every neuron mostly one of them",
    sizes={"tiny": {"p": 31, "neurons": 64}, "full": {"p": 59, "neurons": 128}},
    build=build,
    recover=recover_residues,
    controls={"other_algorithm": other_algorithm, "shuffled_tokens": shuffled_tokens},
    rates=(1.0, 0.0),
    sae={
        "tiny": SaePlan("topk", 64, k=8),
        "full": SaePlan("topk", 128, k=16),
    },
    expected="too many disks for few latents: a guess",
    needs_torch=True,
)
