"""The months and the weekdays: raw, rebuilt, and rebuilt from a cluster, side by side.

    python benchmarks/seed_result.py [SAE] [--codes FOLDER] [--activations FOLDER] [--atlas FOLDER]
        [--out FILE.json] [--figure docs/figures/months.png]

For every word the mean over its tokens of: the model's vectors; what the whole dictionary rebuilds;
what a group found without words rebuilds (of the atlas's rebuilt groups, or of those by fired
means, the one nearest to the class: picked with the class in hand, not with its order); what the
features labelled by their share rebuild; and one decoder row a word. A token on which nothing of a
group fires is no point of its reconstruction. The statistic is the share of the variance between
the means that lies in the first harmonic of the calendar. Noise of the means, taken from a
bootstrap of documents, is subtracted from every harmonic; intervals are over that bootstrap.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from affinities import overlaps, surveyed
from scipy import sparse
from threadpoolctl import threadpool_limits
from word_classes import (
    Dictionary,
    WordClass,
    markdown,
    open_dictionary,
    plain,
    word_class,
    word_rows,
)

from armillary import Atlas
from armillary.affinity import fired_means
from armillary.inference import NullTest, cyclic_order_test
from armillary.load import open_activations

NAMES = ("months", "weekdays")
RAW, WHOLE = "raw vectors", "whole dictionary"
BLIND, LABELLED, DECODER = "blind group", "labelled features", "decoder rows"
SHORT = 3  # letters of a word in the figure


@dataclass(frozen=True, eq=False)
class Version:
    """Tokens of a class in one form, and their means.

    Parameters
    ----------
    points
        Token x axis; rows of tokens that are no point are 0.
    counted
        Which tokens are points.
    mean
        Word x axis.
    codes, rows
        Mean codes of every word and the decoder rows they multiply, for the nulls; or None.
    """

    points: np.ndarray
    counted: np.ndarray
    mean: np.ndarray
    codes: np.ndarray | None = None
    rows: np.ndarray | None = None


def harmonic_power(means: np.ndarray) -> np.ndarray:
    """Return the variance between words, in the order given, by harmonic of that order.

    Parameters
    ----------
    means
        ... x word x axis.

    Returns
    -------
    array
        ... x harmonic 1 to n // 2; both signs together, so that they add up to the sum of squared
        deviations from the mean.
    """
    n = means.shape[-2]
    wave = np.fft.fft(means, axis=-2)
    power = (np.abs(wave) ** 2).sum(axis=-1) / n
    k = np.arange(1, n // 2 + 1)
    return power[..., k] + np.where(k == n - k, 0, power[..., n - k])


def first_share(power: np.ndarray, noise: np.ndarray | float = 0.0) -> np.ndarray:
    """Return the share of the first harmonic, after the noise of each is taken off."""
    left = power - noise
    return left[..., 0] / np.maximum(left.sum(axis=-1), 1e-30)


def plane_of(means: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the means in their first two principal axes, and the share of variance these hold."""
    centred = means - means.mean(axis=0)
    left, length, _ = np.linalg.svd(centred, full_matrices=False)
    return left[:, :2] * length[:2], float((length[:2] ** 2).sum() / (length**2).sum())


def kept_pairs(plane: np.ndarray) -> int:
    """Count neighbours in angle round the centre that are neighbours in the calendar."""
    around = np.argsort(np.arctan2(plane[:, 1], plane[:, 0]))
    step = np.abs(np.diff(np.r_[around, around[0]]))
    return int(np.isin(step, (1, len(plane) - 1)).sum())


def document_weights(document: np.ndarray, *, n_draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draw documents with replacement; return how often each token's was drawn, draw x token."""
    _, of_token = np.unique(document, return_inverse=True)
    n = of_token.max() + 1
    times = rng.multinomial(n, np.full(n, 1 / n), size=n_draws)
    return times[:, of_token].astype(np.float32)


def resampled_means(
    points: np.ndarray, word: np.ndarray, *, n_words: int, weights: np.ndarray
) -> np.ndarray:
    """Return weighted means by word, draw x word x axis; weight 0 leaves a token out."""
    out = np.empty((len(weights), n_words, points.shape[1]))
    for k in range(n_words):
        own = word == k
        part = weights[:, own].astype(float)
        out[:, k] = part @ points[own] / np.maximum(part.sum(axis=1, keepdims=True), 1e-12)
    return out


def ray_shares(
    codes: np.ndarray, rows: np.ndarray, *, kind: str, n_draws: int, rng: np.random.Generator
) -> np.ndarray:
    """Return the first-harmonic share of the same mean codes on other rays.

    Parameters
    ----------
    codes
        Word x member.
    rows
        Member x d_model.
    kind
        ``random``: directions drawn anew, lengths kept. ``spectrum``: singular values kept, their
        frame drawn anew. ``dealt``: the same rows dealt to the features in another order.
    """
    n = rows.shape[0]
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    spectrum = np.linalg.svd(rows, compute_uv=False)
    out = np.empty(n_draws)
    for draw in range(n_draws):
        if kind == "random":
            rays = rng.standard_normal(rows.shape)
            rays *= length / np.linalg.norm(rays, axis=1, keepdims=True)
        elif kind == "spectrum":
            frame, triangle = np.linalg.qr(rng.standard_normal((n, spectrum.size)))
            rays = frame * np.sign(np.diagonal(triangle)) * spectrum
        else:
            rays = rows[rng.permutation(n)]
        out[draw] = first_share(harmonic_power(codes @ rays))
    return out


def tokens_of(about: WordClass, made: Dictionary) -> tuple[np.ndarray, np.ndarray]:
    """Return the tokens that are words of a class, in reading order, and which word each is."""
    of = np.full(len(made.lexemes.texts), -1)
    for k, rows in enumerate(word_rows(about.words, made.lexemes.texts)):
        of[rows] = k
    word = of[made.lexemes.of_token]
    token = np.flatnonzero(word >= 0)
    return token, word[token]


def blind_group(about: WordClass, made: Dictionary, atlas: Path | None, *, seed: int) -> Any:
    """Return the group nearest to a class among those found without words, and where it is from."""
    if atlas is None:
        means = fired_means(made.codes, made.space.directions)
        groups, source = surveyed(means, seed=seed)[0], "group by fired means"
    else:
        table = Atlas.read(atlas).rebuilt.to_pylist()
        table = [r for r in table if r["shape"] != "none"] or table
        place = {int(k): row for row, k in enumerate(made.space.feature_id)}
        groups = [
            np.sort([place[k] for k in r["feature_ids"] if k in place]).astype(int) for r in table
        ]
        groups = [rows for rows in groups if rows.size]
        source = "rebuilt group of the atlas"
    own = np.zeros((made.space.n_features, 1), dtype=bool)
    own[about.rows] = True
    found = overlaps(groups, own)[:, 0]
    best = groups[int(found.argmax())]
    return best, f"{source}, {best.size} features, Jaccard {found.max():.2f} of {found.size:,}"


def one_row_a_word(about: WordClass, rows: np.ndarray) -> np.ndarray | None:
    """Return the decoder row of the feature most active on each word; None if one has no feature.

    Only features whose own word it is are asked: a feature of all months is no feature of May.
    """
    picked: list[int] = []
    for k in range(len(about.words)):
        own = about.rows[about.word == k]
        if own.size == 0:
            return None
        picked.append(int(own[about.mass[k, own].argmax()]))
    return rows[picked].astype(float)


def versions_of(
    about: WordClass,
    made: Dictionary,
    group: np.ndarray,
    *,
    raw: np.ndarray | None,
    token: np.ndarray,
    word: np.ndarray,
) -> dict[str, Version]:
    """Make every version of a class's tokens."""
    rows = made.space.directions
    codes: Any = made.codes.matrix()[token]
    every = np.ones(token.size, dtype=bool)
    n = len(about.words)
    out: dict[str, Version] = {}
    if raw is not None:
        out[RAW] = Version(raw, every, _means(raw, word, every, n))
    whole = codes @ rows
    out[WHOLE] = Version(whole, every, _means(whole, word, every, n))
    for name, members in ((BLIND, group), (LABELLED, about.rows)):
        own: Any = sparse.csc_array(codes)[:, members].tocsr()
        counted = np.diff(own.indptr) > 0
        points = own @ rows[members]
        mean = _means(np.asarray(own.todense()), word, counted, n)
        means = _means(points, word, counted, n)
        out[name] = Version(points, counted, means, mean, rows[members].astype(float))
    single = one_row_a_word(about, rows)
    if single is not None:
        out[DECODER] = Version(np.empty((0, 0)), np.empty(0, dtype=bool), single)
    return out


def _means(points: np.ndarray, word: np.ndarray, counted: np.ndarray, n: int) -> np.ndarray:
    return resampled_means(points, word, n_words=n, weights=counted[None].astype(float))[0]


def measured(
    versions: dict[str, Version],
    *,
    word: np.ndarray,
    weights: np.ndarray,
    n_null: int,
    rng: np.random.Generator,
) -> dict[str, dict[str, Any]]:
    """Measure every version; those made of tokens over the same bootstrap of documents."""
    out: dict[str, dict[str, Any]] = {}
    drawn: dict[str, np.ndarray] = {}
    for name, version in versions.items():
        n = version.mean.shape[0]
        power = harmonic_power(version.mean)
        plane, share = plane_of(version.mean)
        apart = ((version.mean[:, None] - version.mean[None]) ** 2).sum(axis=-1)
        order = cyclic_order_test(apart, np.arange(n), rng=rng)
        own: dict[str, Any] = {
            "share": float(first_share(power)), "plane": share, "kept": kept_pairs(plane),
            "p_order": order.pvalue, "reach_order": order.reach, "xy": plane,
            "axes": int(np.linalg.matrix_rank(version.mean - version.mean.mean(axis=0))),
        }  # fmt: skip
        if version.points.size:
            means = resampled_means(
                version.points, word, n_words=n, weights=weights * version.counted
            )
            noise = harmonic_power(means - version.mean).mean(axis=0)
            drawn[name] = first_share(harmonic_power(means), 2 * noise)  # drawn once more
            own |= {
                "tokens": int(version.counted.sum()),
                "corrected": float(first_share(power, noise)),
                "interval": np.quantile(drawn[name], [0.025, 0.975]),
                "noise": float(noise.sum() / power.sum()),
            }
        if version.codes is not None and version.rows is not None:
            for kind in ("random", "spectrum", "dealt"):
                null = ray_shares(version.codes, version.rows, kind=kind, n_draws=n_null, rng=rng)
                test = NullTest(own["share"], null, kind)
                own[kind] = {"p": test.pvalue, "middle": float(np.median(null))}
        if RAW in drawn and name in drawn and name != RAW:
            own["less_raw"] = own["corrected"] - out[RAW]["corrected"]
            own["less_raw_interval"] = np.quantile(drawn[name] - drawn[RAW], [0.025, 0.975])
        out[name] = own
    return out


def table_of(found: dict[str, dict[str, Any]], n_words: int) -> str:
    """Write one class's versions as a table."""
    columns = [
        "version", "tokens", "first harmonic", "less noise [95 %]", "less raw [95 %]", "PC 1-2",
        f"pairs kept of {n_words}", "p order", "random rays: middle, p", "same spectrum", "dealt",
    ]  # fmt: skip
    rows: list[list[Any]] = []
    for name, m in found.items():
        nulls = [
            f"{m[k]['middle']:.2f}, {m[k]['p']:.3f}" if k in m else "-"
            for k in ("random", "spectrum", "dealt")
        ]
        rows.append(
            [name, f"{m['tokens']:,}" if "tokens" in m else "-", m["share"],
             _with(m, "corrected", "interval"), _with(m, "less_raw", "less_raw_interval", sign="+"),
             m["plane"], m["kept"], f"{m['p_order']:.4f}", *nulls]
        )  # fmt: skip
    return markdown(columns, rows)


def _with(m: dict[str, Any], value: str, interval: str, *, sign: str = "") -> str:
    if value not in m:
        return "-"
    low, high = m[interval]
    return f"{m[value]:{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]"


def lesson(found: dict[str, dict[str, dict[str, Any]]]) -> str:
    """Say in one sentence whether rebuilding from the group shows the order more clearly."""
    told: list[str] = []
    signs: list[int] = []
    for name, versions in found.items():
        blind = versions[BLIND]
        against = ", ".join(f"{blind[k]['p']:.3f}" for k in ("random", "spectrum", "dealt"))
        if "less_raw" not in blind:
            told.append(f"{name} {blind['share']:.2f} (no raw vectors given; rays p {against})")
            continue
        low, high = blind["less_raw_interval"]
        signs.append(int(low > 0) - int(high < 0))
        told.append(
            f"{name} {blind['corrected']:.3f} against {versions[RAW]['corrected']:.3f}, "
            f"{blind['less_raw']:+.3f} [{low:+.3f}, {high:+.3f}] (rays p {against})"
        )
    if not signs:
        how = "Not compared with the raw vectors"
    elif all(s > 0 for s in signs):
        how = "Clearer in the group's reconstruction than in the raw vectors"
    elif all(s < 0 for s in signs):
        how = "Less clear in the group's reconstruction than in the raw vectors"
    else:
        how = "Not clearer throughout in the group's reconstruction than in the raw vectors"
    return f"{how}, by the share of the first harmonic: {'; '.join(told)}."


def draw(found: dict[str, dict[str, Any]], words: tuple[str, ...], file: Path) -> None:
    """Draw the means of every version in their first two axes, joined in order."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, len(found), figsize=(2.6 * len(found), 2.9))
    for ax, (name, m) in zip(np.atleast_1d(axes), found.items(), strict=True):
        xy = aligned(np.asarray(m["xy"]))
        loop = np.vstack([xy, xy[:1]])
        ax.plot(*loop.T, color="0.75", lw=1, zorder=1)
        ax.scatter(*xy.T, c=np.arange(len(xy)), cmap="twilight_shifted", s=14, zorder=2)
        for word, (x, y) in zip(words, xy, strict=True):
            out = np.array([x, y]) / max(np.hypot(x, y), 1e-12) * 7
            ax.annotate(
                word[:SHORT], (x, y), xytext=out, textcoords="offset points", fontsize=7,
                ha="center", va="center",
            )  # fmt: skip
        note = f"first harmonic {m['share']:.2f}, PC 1-2 {m['plane']:.2f}"
        ax.set_title(f"{name}\n{note}", fontsize=8)
        ax.set_aspect("equal", adjustable="datalim")
        ax.margins(0.18)
        ax.set_xticks([])
        ax.set_yticks([])
        for side in ax.spines.values():
            side.set_color("0.85")
    fig.tight_layout()
    file.parent.mkdir(parents=True, exist_ok=True)
    fig.savefig(file, dpi=110)
    plt.close(fig)


def aligned(xy: np.ndarray) -> np.ndarray:
    """Turn and mirror a plane so that the first word is on top and the order runs clockwise."""
    x, y = xy.T
    if (x * np.roll(y, -1) - np.roll(x, -1) * y).sum() > 0:
        xy = xy * [-1, 1]
    angle = np.pi / 2 - np.arctan2(xy[0, 1], xy[0, 0])
    c, s = np.cos(angle), np.sin(angle)
    return xy @ np.array([[c, s], [-s, c]])


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Print the tables; return and save the numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sae", nargs="?", default="demo:sae")
    parser.add_argument("--codes", help="folder of codes; made for demo:sae where not given")
    parser.add_argument("--activations", type=Path, help="folder of the vectors behind the codes")
    parser.add_argument("--atlas", type=Path, help="a survey of the same dictionary and codes")
    parser.add_argument("--n-null", type=int, default=999, help="rays drawn, of each kind")
    parser.add_argument("--n-boot", type=int, default=200, help="bootstrap draws of documents")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="JSON")
    parser.add_argument("--figure", type=Path, help="PNG of the months")
    options = parser.parse_args(arguments)
    saved: dict[str, Any] = {"sae": options.sae}
    with threadpool_limits(1):
        made = open_dictionary(options.sae, options.codes)
        held = None if options.activations is None else open_activations(options.activations)
        for name in NAMES:
            rng = np.random.default_rng([options.seed, NAMES.index(name)])
            about = word_class(name, made)
            token, word = tokens_of(about, made)
            group, source = blind_group(about, made, options.atlas, seed=options.seed)
            raw = None if held is None else held.rows(token)
            versions = versions_of(about, made, group, raw=raw, token=token, word=word)
            document = np.asarray(made.codes.tokens.document)[token]
            weights = document_weights(document, n_draws=options.n_boot, rng=rng)
            found = measured(versions, word=word, weights=weights, n_null=options.n_null, rng=rng)
            per_word = np.bincount(word, minlength=len(about.words))
            print(f"\n{name}: {len(token):,} tokens of {np.unique(document).size:,} documents, "
                  f"{per_word.min()} to {per_word.max()} a word; blind: {source}; labelled: "
                  f"{about.rows.size} features; smallest p of the order "
                  f"{next(iter(found.values()))['reach_order']:.4f}\n")  # fmt: skip
            print(table_of(found, len(about.words)), flush=True)
            saved[name] = {"blind": source, "versions": found}
            if name == "months" and options.figure is not None:
                draw(found, about.words, options.figure)
    saved["lesson"] = lesson({name: saved[name]["versions"] for name in NAMES})
    print(f"\n{saved['lesson']}")
    if options.out is not None:
        options.out.write_text(json.dumps(plain(saved), indent=1) + "\n")
    return saved


if __name__ == "__main__":
    main()
