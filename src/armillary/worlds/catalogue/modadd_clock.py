"""Modular addition by clocks: attention multiplies circles, and angles add."""

from functools import partial

from armillary.worlds.catalogue.modadd_pizza import adder_world
from armillary.worlds.entry import Entry, SaePlan
from armillary.worlds.residues import recover_residues

build = partial(adder_world, "modadd_clock", "clock", "products")
other_algorithm = partial(adder_world, "modadd_clock", "pizza", "products")  # claims falsely
shuffled_tokens = partial(build, mixed=True)  # the names of its inputs are shuffled

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
