"""Worlds of attributes: their truth read back, and what closed forms say of them.

python benchmarks/worlds_products.py --seeds 5 --figure docs/figures/worlds_products.png
"""

import argparse

import matplotlib.pyplot as plt
import numpy as np
from recovery_rates import print_rates

from armillary.worlds import Sample, World, entry
from armillary.worlds.catalogue.semantic_space import attributes_of, known_distance
from armillary.worlds.catalogue.tesseract import face_sae, face_table

NAMES = ("blue_boats", "tesseract", "semantic_space", "analogy")


def faces(bits: int) -> list[dict[str, float | int]]:
    """Measure the exact autoencoder of the faces of every dimension."""
    world = entry("tesseract").build(seed=0, size="own", d_model=4 * bits, bits=bits)
    axes = np.vstack([factor.span for factor in world.truth.factors])
    rows = world.activations(2000, np.random.default_rng(0))
    table = []
    for row in face_table(bits):
        sae = face_sae(axes, int(row["dimension"]))
        length = np.linalg.norm(sae.directions, axis=1)
        codes = sae.encode(rows) * length
        seen = sae.unexplained(rows)
        l1 = float(codes.sum(axis=1).mean())
        table.append({**row, "fvu": seen["fvu"], "l0 seen": seen["l0"], "l1 seen": l1})
    return table


def algebra(world: World) -> dict[str, float]:
    """Complete analogies among all words, from vectors and from codes of one latent a word."""
    sample = world.draw(200 * world.truth.params["words"], np.random.default_rng(1))
    word, row = np.unique(sample.inputs, return_index=True)
    rows, asked = sample.activations[row], Sample(sample.activations[row], inputs=word)
    sae, read = world.truth.exact_sae, world.truth.readout
    own = sample.codes[row]
    seen = sae.unexplained(sample.activations)
    return {
        "vectors": read.accuracy(rows, asked),
        "rebuilt": read.accuracy(sae.reconstruct(rows), asked),
        "codes, a latent a word": read.accuracy(sae.encode(rows), asked),
        "true codes": read.accuracy(own, asked),
        "chance": read.chance,
        "fvu": seen["fvu"],
        "l0": seen["l0"],
    }


def metric(name: str, *, seed: int) -> dict[str, float]:
    """Score one semantic space, true or a control: what ``recover`` found."""
    found = entry("semantic_space")
    world = found.make(seed=seed) if not name else found.make_control(name, seed=seed)
    return dict(found.recover(world, np.random.default_rng(50 + seed)).found)


def main() -> None:
    """Print the tables, draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--figure")
    args = parser.parse_args()
    print_rates(NAMES, seeds=2 * args.seeds)
    print(f"\n| faces of the 4-cube | latents | L0 | L1 | FVU |\n|{'---|' * 5}")
    for row in faces(4):
        print(
            f"| dimension {row['dimension']} | {row['latents']} | {row['l0 seen']:.0f} "
            f"| {row['l1 seen']:.4f} (theory {row['l1']:.4f}) | {row['fvu']:.0e} |"
        )
    print(f"\n| analogies completed from | 24 words | 2,000 words |\n|{'---|' * 3}")
    both = [algebra(entry("analogy").make(size)) for size in ("tiny", "full")]
    for key in both[0]:
        print(f"| {key} | {both[0][key]:.3g} | {both[1][key]:.3g} |")
    print(
        f"\n| semantic space | Spearman with known distances | of its modes alone |\n|{'---|' * 3}"
    )
    for control in ("", *entry("semantic_space").controls):
        scores = [metric(control, seed=seed) for seed in range(args.seeds)]
        cells = [
            f"{np.mean(v):.3f} ({min(v):.3f} to {max(v):.3f})"
            for v in ([s[k] for s in scores] for k in list(scores[0])[:2])
        ]
        print(f"| {control or 'itself'} | {' | '.join(cells)} |")
    if args.figure:
        draw(args.figure)


def draw(path: str) -> None:
    """Draw a cube's faces, words in the plane of two relations, distances against distances."""
    figure, axes = plt.subplots(1, 3, figsize=(10, 3.3), layout="constrained")
    table = face_table(4)
    ax = axes[0]
    ax.plot([r["l1"] for r in table], [r["latents"] for r in table], color="0.7", zorder=0)
    for row, name in zip(
        table, ("vertices", "edges", "squares", "facets\n(signed bits)"), strict=True
    ):
        ax.scatter(row["l1"], row["latents"], color="tab:blue")
        ax.annotate(f"{name}, L0 {row['l0']}", (row["l1"], row["latents"]), (6, 4),
                    textcoords="offset points", fontsize=8)  # fmt: skip
    ax.set(xlabel="L1 of the codes", ylabel="latents", xlim=(0.9, 2.6), ylim=(0, 38))
    ax.set_title("4-cube: every row is exact (FVU < 1e-13)", fontsize=9)
    world = entry("analogy").make()
    side = world.space.directions[:6] @ np.random.default_rng(3).standard_normal((16, 2)) * 0.35
    words = np.array([(b, *r) for b in range(6) for r in ((0, 0), (1, 0), (0, 1), (1, 1))])
    length = world.truth.params["relation_length"]
    place = side[words[:, 0]] + length * words[:, 1:] * (1.0, 0.8)
    for base in range(6):
        corner = place[words[:, 0] == base][[0, 1, 3, 2, 0]]
        axes[1].plot(*corner.T, marker="o", ms=3.5, lw=1)
    axes[1].set_title("24 words: six bases, two relations", fontsize=9)
    axes[1].set(xticks=[], yticks=[], xlabel="relation 0 + a shadow of the bases",
                ylabel="relation 1 + a shadow of the bases")  # fmt: skip
    for control, colour in (("modes", "tab:orange"), ("", "tab:blue")):
        found = entry("semantic_space")
        world = found.make() if not control else found.make_control(control)
        sample = world.draw(1400, np.random.default_rng(9))
        made = attributes_of(world.truth.params["kinds"], rng=np.random.default_rng([0, 19]))
        first, second = ({a: sample.coordinates[a][h::2] for a in made} for h in (0, 1))
        seen = np.linalg.norm(sample.activations[::2] - sample.activations[1::2], axis=1)
        axes[2].scatter(known_distance(made, first, second), seen, s=3, color=colour, alpha=0.6,
                        label=control or "semantic space", rasterized=True)  # fmt: skip
    axes[2].set(xlabel="known distance of two tokens", ylabel="distance in the space")
    axes[2].legend(fontsize=8, frameon=False, markerscale=3)
    axes[2].set_title("clusters with and without order inside", fontsize=9)
    for ax in axes:
        ax.xaxis.label.set_fontsize(8)
        ax.yaxis.label.set_fontsize(8)
        ax.tick_params(labelsize=8)
        for edge in ("top", "right"):
            ax.spines[edge].set_visible(False)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
