"""What was tried against the worst confusions of docs/worlds/confusion.md.

Run: python benchmarks/worlds_confusions.py --seeds 5
"""

import argparse
from collections import Counter

import numpy as np

from armillary import worlds
from armillary.experiments import train_on
from armillary.experiments.confusion.clouds import Cloud, different_rows
from armillary.experiments.confusion.judges import judged_alone

POINTS = 200


def rows_of(world, seed):
    """Return different rows of a world, as the confusion table shows them."""
    rows = different_rows(world.activations(4 * POINTS, np.random.default_rng([seed, 1])))
    return rows[:POINTS].astype(np.float64)


def in_span(rows, share, seed):
    """Add noise of a share of the rms length, inside the span of the rows."""
    centred = rows - rows.mean(axis=0)
    left, size, axes = np.linalg.svd(centred, full_matrices=False)
    kept = size > 1e-6 * size[0]
    scores = left[:, kept] * size[kept]
    noise = np.random.default_rng([seed, 2]).standard_normal(scores.shape)
    rms = np.sqrt((scores**2).sum(axis=1).mean())
    return scores + share * rms * noise / np.sqrt(kept.sum())


def latents(world, seed, scaled):
    """Return decoder rows that fire, of length one or times their mean code where they fire."""
    sae = train_on(world, worlds.entry(world.name).sae[world.size], seed=seed)
    codes = sae.encode(world.activations(5000, np.random.default_rng(seed)))
    fires = (codes != 0).any(axis=0)
    rows = sae.directions[fires] / np.linalg.norm(sae.directions[fires], axis=1, keepdims=True)
    if not scaled:
        return rows.astype(np.float64)
    mean = codes[:, fires].sum(axis=0) / (codes[:, fires] != 0).sum(axis=0)
    return (rows * mean[:, None]).astype(np.float64)


def tries():
    """Yield every try: a label and a function of the seed that gives points."""
    for name in ("blue_boats", "torus", "tesseract"):
        for share in (0.0, 0.05, 0.1, 0.2):
            yield (
                f"{name}, noise {share:g}",
                lambda s, n=name, a=share: in_span(rows_of(worlds.make(n, seed=s), s), a, s),
            )
    for name in ("gauss", "hypersurface", "circle"):
        for scaled in (False, True):
            how = "times their mean code" if scaled else "of length one"
            yield (
                f"latents of {name}, {how}",
                lambda s, n=name, a=scaled: latents(worlds.make(n, seed=s), s, a),
            )
    build = worlds.entry("iid_sparse").build
    for n_features, p in ((4, 0.1), (6, 0.1), (16, 0.1), (16, 0.02)):
        yield (
            f"iid_sparse, {n_features} features at p {p:g}",
            lambda s, n=n_features, a=p: rows_of(
                build(seed=s, size="other", n=n, d_model=32, chance=a), s
            ),
        )
    yield "tree, 341 nodes", lambda s: rows_of(worlds.make("tree", "full", seed=s), s)


def main():
    """Print one line a try."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    seeds = range(parser.parse_args().seeds)
    for label, points in tries():
        clouds = [Cloud(label, "activations", s, points(s), frozenset()) for s in seeds]
        verdicts = Counter(judged_alone(cloud, seed=cloud.seed).verdict for cloud in clouds)
        told = ", ".join(f"{name} {count}" for name, count in verdicts.most_common())
        print(f"{label} ({len(clouds[0].points)} points): {told}", flush=True)


if __name__ == "__main__":
    main()
