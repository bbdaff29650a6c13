"""Modular addition by concatenation: two residues through separate doors make tori."""

from functools import partial

from armillary.worlds.catalogue.modadd_mlp import mlp_world
from armillary.worlds.entry import Entry, SaePlan
from armillary.worlds.residues import recover_residues

build = partial(mlp_world, "modadd_torus", "tori", beside=True)
other_algorithm = partial(mlp_world, "modadd_torus", "tori", beside=False)  # claims falsely
shuffled_tokens = partial(build, mixed=True)  # the names of its inputs are shuffled

ENTRY = Entry(
    name="modadd_torus",
    family="groups",
    title="pre-activations of a squaring MLP that adds mod p, embeddings side by side",
    motive="two variables of one kind kept apart: a product of circles rather than their sum",
    sizes={"tiny": {"p": 31, "neurons": 64}, "full": {"p": 59, "neurons": 128}},
    build=build,
    recover=recover_residues,
    controls={"other_algorithm": other_algorithm, "shuffled_tokens": shuffled_tokens},
    rates=(1.0, 0.0),
    sae={
        "tiny": SaePlan("topk", 64, k=8),
        "full": SaePlan("topk", 128, k=12),
    },
    expected="a few tori, each tiled or captured by four latents or more: a guess",
    needs_torch=True,
)
