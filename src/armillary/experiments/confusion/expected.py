"""Expected: which verdicts are right for which world, written down before any was seen.

Three entries were mended afterwards, because they were wrong about the truth: latents should look
like the true features where there are some, the hidden layer of ``bows`` follows the circle that
its bags are drawn from, and the features of the tesseract are plus and minus axes. A verdict is
right if it names what generated the points, in the battery's vocabulary. Where the truth has no
name there (a sum of six disks, a paraboloid), the right verdict is ``none``.
"""

NOTHING = frozenset({"none"})
RING = frozenset({"circle", "ring_of_clusters"})

EXPECTED: dict[str, dict[str, frozenset[str]]] = {
    "gauss": {"activations": NOTHING, "latents": NOTHING},
    "iid_sparse": {"activations": frozenset({"star"}), "features": frozenset({"simplex", "none"})},
    "polytope": {"activations": frozenset({"star"}), "features": RING},
    "tms": {"activations": frozenset({"star"}), "features": RING},
    "bows": {"activations": RING, "features": RING},
    "ngon_boundary": {"activations": frozenset({"circle"}), "features": RING},
    "icosphere": {"activations": frozenset({"sphere"}), "features": frozenset({"sphere"})},
    "circle": {"activations": frozenset({"circle"}), "latents": RING},
    "sphere": {"activations": frozenset({"sphere"}), "latents": frozenset({"sphere"})},
    "torus": {"activations": frozenset({"torus"})},
    "helix": {"activations": frozenset({"helix"})},
    "manifold_mix": {"activations": NOTHING},
    "hypersurface": {"activations": frozenset({"disk", "sheet", "none"})},
    "tesseract": {
        "activations": frozenset({"hypercube"}),
        "features": frozenset({"cross_polytope"}),
        "latents": frozenset({"hypercube", "cross_polytope"}),
    },
    "blue_boats": {"activations": frozenset({"lattice", "grid"})},
    "semantic_space": {"activations": frozenset({"lattice", "none"})},
    "analogy": {"activations": frozenset({"lattice"})},
    "tree": {"activations": frozenset({"tree"}), "features": frozenset({"simplex", "none"})},
    "modadd_pizza": {"activations": NOTHING},
    "modadd_clock": {"activations": NOTHING},
    "modadd_torus": {"activations": NOTHING},
    "modadd_mlp": {"activations": NOTHING},
    "bool_trained": {"activations": NOTHING},
    "bool_uand": {"activations": NOTHING},
    "mess3": {"activations": frozenset({"simplex"})},
}


def expected_of(world: str, source: str) -> frozenset[str]:
    """Return the right verdicts; latents without their own take the features' or activations'."""
    if source == "gaussian":
        return NOTHING
    known = EXPECTED.get(world, {})
    if source == "latents" and source not in known:
        source = "features"
    return known.get(source, known.get("activations", NOTHING))
