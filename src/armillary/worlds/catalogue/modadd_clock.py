"""Modular addition by clocks: attention multiplies circles, and angles add."""

from armillary.worlds.catalogue.modadd_pizza import adder_world
from armillary.worlds.entry import Entry, SaePlan
from armillary.worlds.residues import recover_residues
from armillary.worlds.world import World


def build(*, seed: int, size: str, p: int, trained: bool) -> World:
    """Make the clock's world: ``resid_mid`` of random pairs."""
    return adder_world(
        "modadd_clock", "clock", "products", seed=seed, size=size, p=p, trained=trained
    )


def other_algorithm(*, seed: int, size: str, p: int, trained: bool) -> World:
    """Make a pizza's world that claims to be a clock: products that it could not do without."""
    return adder_world(
        "modadd_clock", "pizza", "products", seed=seed, size=size, p=p, trained=trained
    )


def shuffled_tokens(*, seed: int, size: str, p: int, trained: bool) -> World:
    """Make the clock's world with the names of its inputs shuffled."""
    return adder_world(
        "modadd_clock", "clock", "products", seed=seed, size=size, p=p, trained=trained, mixed=True
    )


ENTRY = Entry(
    name="modadd_clock",
    family="groups",
    title="resid_mid of a network that adds mod p by multiplied circles (tiny: built by hand)",
    motive="features computed from features by attention; an answer before the answer",
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
