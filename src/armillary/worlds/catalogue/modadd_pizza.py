"""Modular addition by pizzas: disks that are summed, and a network that reads them."""

from dataclasses import replace
from functools import partial

from armillary.networks.modular.by_hand import clock_by_hand, pizza_by_hand
from armillary.networks.modular.network import ModularNetwork
from armillary.networks.modular.spectrum import key_frequencies
from armillary.networks.modular.templates import circle_fit
from armillary.networks.modular.transformer_training import TransformerRecipe, train_transformer
from armillary.worlds.entry import Entry, SaePlan
from armillary.worlds.residues import (
    Claim,
    hand_frequencies,
    recover_residues,
    residue_world,
    shuffled,
)
from armillary.worlds.world import World

_RECIPE = {
    "pizza": TransformerRecipe(rate=0.0, steps=400),
    "clock": TransformerRecipe(rate=1.0, steps=700),
}
_BY_HAND = {"pizza": pizza_by_hand, "clock": clock_by_hand}
HAND_WIDTH = 24


def adder(kind: str, *, seed: int, p: int, trained: bool) -> tuple[ModularNetwork, Claim]:
    """Return a pizza or a clock, trained or by hand, and what is claimed of it."""
    if trained:
        network = train_transformer(replace(_RECIPE[kind], p=p, seed=seed))
        frequencies = key_frequencies(network.embedding)
    else:
        frequencies = hand_frequencies(p, 3, seed)
        network = _BY_HAND[kind](p, frequencies)
    claim = "disks" if kind == "pizza" else "products"
    kinds = {str(k): circle_fit(network, k).kind for k in frequencies}
    return network, Claim(claim, frequencies, {"network": kind, "trained": trained, "kinds": kinds})


def adder_world(
    name: str,
    kind: str,
    claim: str,
    *,
    seed: int,
    size: str,
    p: int,
    trained: bool,
    mixed: bool = False,
) -> World:
    """Make the world of a pizza or clock under a claim, with its tokens' names shuffled or not."""
    network, known = adder(kind, seed=seed, p=p, trained=trained)
    return residue_world(
        name,
        network,
        replace(known, kind=claim),
        seed=seed,
        size=size,
        d_model=None if trained else HAND_WIDTH,
        relabel=shuffled(p, seed) if mixed else None,
    )


build = partial(adder_world, "modadd_pizza", "pizza", "disks")
other_algorithm = partial(adder_world, "modadd_pizza", "clock", "disks")  # claims falsely
shuffled_tokens = partial(build, mixed=True)  # the names of its inputs are shuffled

ENTRY = Entry(
    name="modadd_pizza",
    family="groups",
    title="resid_mid of a network that adds mod p by summed circles (tiny: built by hand)",
    motive="features that are only meaningful as planes; one function, several algorithms",
    sizes={"tiny": {"p": 23, "trained": False}, "full": {"p": 59, "trained": True}},
    build=build,
    recover=recover_residues,
    controls={"other_algorithm": other_algorithm, "shuffled_tokens": shuffled_tokens},
    rates=(1.0, 0.0),
    sae={
        "tiny": SaePlan("topk", 32, k=4),
        "full": SaePlan("topk", 64, k=8),
    },
    expected="latents mix planes, no purer than random directions of their covariance: measured",
    needs_torch=True,
)
