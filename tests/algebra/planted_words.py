"""The analogy world as words: its rows, their labels and the families that are true of it."""

import numpy as np

from armillary.lexicon.analogies import Family
from armillary.studies.analogy_words import Words
from armillary.worlds import entry


def world_words(size: str = "tiny", *, seed: int = 0, control: str = "") -> Words:
    """Return every word of the world once, or the rows of a control in its place."""
    made = entry("analogy")
    parameters = made.sizes[size]
    build = made.controls[control] if control else made.build
    world = build(seed=seed, size=size, **parameters)
    n = world.truth.params["words"]
    rng = np.random.default_rng([seed, 5])
    sample = world.draw(30 * n, rng)
    if sample.inputs is None:
        rows = sample.activations[:n]
    else:
        _, first = np.unique(sample.inputs, return_index=True)
        assert first.size == n
        rows = sample.activations[first]
    relations = world.truth.params["relations"]
    labels = [f"b{k >> relations}x{k % 2**relations}" for k in range(n)]
    return Words.of("analogy world", labels, rows)


def world_families(size: str = "tiny") -> list[Family]:
    """Return the relations of the world: each base with and without it, no other relation."""
    parameters = entry("analogy").sizes[size]
    return [
        Family(
            f"relation {r}",
            ("without", "with"),
            tuple((f"b{k}x0", f"b{k}x{1 << r}") for k in range(parameters["bases"])),
        )
        for r in range(parameters["relations"])
    ]
