"""The irreducibility indices on published reconstructions: exact scan, gradient ascent, nulls.

    python benchmarks/irreducibility.py [FOLDER] [--n-null 99] [--surveys 3]

FOLDER as for ``refdata.py``. Prints, for four planes of each of three sets of ``modell-2025``: both
indices; what the published optimiser reaches (ascent of ``mean sigmoid(epsilon - |z|)`` from one
normal draw, step 0.1, 10,000 steps, offset from 0) and how long each takes. The ascent runs in
torch where torch is installed, else in numpy; the table says which. Then the decoder rays of the
weekday cluster, recovered from the reconstructions; the calendar among all cyclic orders of the
rays; and the indices and armillary's verdict where the same codes fire on random rays.
"""

import argparse
import importlib.util
import itertools
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from refdata import SETS, default_folder
from rich.console import Console
from rich.table import Table
from scipy.optimize import nnls
from threadpoolctl import threadpool_limits

from armillary import survey_points
from armillary.core import PointCloud
from armillary.shape import dealt_rays, irreducibility, mixture_index, random_rays, separability

STEPS, RATE, EPSILON = 10_000, 0.1, 0.1
D_MODEL = 4_096
PUBLISHED = {  # mixture and separability of planes (1,2) to (4,5)
    "days": ((0.326, 0.454, 0.440, 0.389), (1.028, 1.029, 0.794, 0.523)),
    "months": ((0.221, 0.329, 0.266, 0.318), (0.618, 1.047, 0.962, 0.857)),
    "years": ((0.454, 0.216, 0.210, 0.242), (0.659, 0.275, 0.075, 0.090)),
}


@dataclass(frozen=True)
class Rays:
    """Decoder rays recovered from reconstructions, and the codes that follow.

    Parameters
    ----------
    rays
        Unit rows, one a feature.
    repeats
        On how many tokens exactly this direction was seen; 1 or 2: not to be trusted.
    codes
        Non-negative combination of rays that each token is nearest to.
    residual
        What is left of each token, as a share of its length.
    """

    rays: np.ndarray
    repeats: np.ndarray
    codes: np.ndarray
    residual: np.ndarray


def planes(folder: Path, name: str) -> list[np.ndarray]:
    """Return the four planes of neighbouring principal components of one set."""
    scores = PointCloud.from_points(points_of(folder, name)).scores
    return [scores[:, k : k + 2] for k in range(4)]


def points_of(folder: Path, name: str) -> np.ndarray:
    """Read the reconstructions of one set."""
    return np.loadtxt(folder / "modell-2025" / f"{name}_reprs.csv", delimiter=",")


def labels_of(folder: Path, name: str) -> list[str]:
    """Read the labels of one set."""
    return (folder / "modell-2025" / f"{name}_labels.csv").read_text().split()


def mixture_of(plane: np.ndarray, direction: np.ndarray, offset: float) -> float:
    """Share of points in the slab of one direction and offset."""
    z = plane @ direction + offset
    return float((np.abs(z) < EPSILON * np.sqrt((z**2).mean())).mean())


def ascent_numpy(plane: np.ndarray, *, seed: int = 0) -> float:
    """Climb the published objective by its gradient, written out."""
    v, c = np.random.default_rng(seed).standard_normal(2), 0.0
    n = plane.shape[0]
    for _ in range(STEPS):
        g = plane @ v + c
        rms = np.sqrt((g**2).mean())
        z = g / rms
        slope = 1 / (1 + np.exp(np.abs(z) - EPSILON))
        pull = -np.sign(z) * slope * (1 - slope) / n  # d objective / d z
        by_g = pull / rms - g * (pull @ g) / (n * rms**3)
        v, c = v + RATE * (plane.T @ by_g), c + RATE * by_g.sum()
    return mixture_of(plane, v, c)


def ascent_torch(plane: np.ndarray, *, seed: int = 0) -> float:
    """Climb the published objective by torch's automatic gradient, in single precision."""
    import torch

    points = torch.tensor(plane, dtype=torch.float32)
    start = np.random.default_rng(seed).standard_normal(2)
    v = torch.tensor(start, dtype=torch.float32, requires_grad=True)
    c = torch.zeros(1, requires_grad=True)
    for _ in range(STEPS):
        g = points @ v + c
        objective = torch.sigmoid(EPSILON - (g / g.square().mean().sqrt()).abs()).mean()
        by_v, by_c = torch.autograd.grad(objective, (v, c))
        with torch.no_grad():
            v += RATE * by_v
            c += RATE * by_c
    return mixture_of(plane, v.detach().numpy(), float(c.detach()))


def recover_rays(points: np.ndarray) -> Rays:
    """Recover decoder rays from reconstructions in triangular coordinates.

    Points are non-negative combinations of rays, and the file's coordinates are those in which ray
    ``j`` has no entry after the ``j``-th. So a token whose last entry is the ``j``-th fires feature
    ``j``; where it fires alone the token *is* the ray, and tokens repeat that direction exactly.
    For each ``j``: the direction that most tokens share to 1e-9 in cosine.
    """
    last = (np.abs(points) > 1e-4) @ (1 << np.arange(points.shape[1]))
    last = np.floor(np.log2(last)).astype(int)
    rays, repeats = [], []
    for j in range(points.shape[1]):
        own = points[last == j]
        if own.size == 0:
            continue
        unit = own / np.linalg.norm(own, axis=1, keepdims=True)
        alike = (unit @ unit.T > 1 - 1e-9).sum(axis=1)
        rays.append(unit[alike.argmax()])
        repeats.append(alike.max())
    rows = np.array(rays)
    fitted = [nnls(rows.T, point) for point in points]
    residual = np.array([left for _, left in fitted]) / np.linalg.norm(points, axis=1)
    return Rays(rows, np.array(repeats), np.array([code for code, _ in fitted]), residual)


def cyclic_orders(rays: np.ndarray) -> list[tuple[float, tuple[int, ...]]]:
    """Rank all cyclic orders of rays by the sum of cosines between neighbours, best first."""
    cosine = rays @ rays.T
    n = rays.shape[0]
    found: list[tuple[float, tuple[int, ...]]] = []
    for rest in itertools.permutations(range(1, n)):
        if rest[0] < rest[-1]:  # each order once, not also its mirror image
            order = (0, *rest)
            around = sum(cosine[order[i], order[(i + 1) % n]] for i in range(n))
            found.append((float(around), order))
    return sorted(found, reverse=True)


def in_d_model(rays: np.ndarray) -> np.ndarray:
    """Pad rays with zeros to the dimension of the model they come from."""
    return np.pad(rays, ((0, 0), (0, D_MODEL - rays.shape[1])))


def _scan(console: Console, folder: Path) -> dict[str, float]:
    torch = importlib.util.find_spec("torch") is not None
    ascent = ascent_torch if torch else ascent_numpy
    table = Table(
        "set", "plane", "S", "S published", "M", "M published",
        f"M by {'torch' if torch else 'numpy'} ascent", "ms", "ascent s", "faster",
    )  # fmt: skip
    worst = {"S": 0.0, "M": 0.0, "below ascent": 0.0, "slowest ratio": np.inf}
    spent = np.zeros(2)
    for name in SETS:
        for k, plane in enumerate(planes(folder, name)):
            began = time.perf_counter()
            m = mixture_index(plane)
            took = time.perf_counter() - began
            began = time.perf_counter()
            climbed = ascent(plane)
            climb = time.perf_counter() - began
            s = separability(plane)
            old_m, old_s = PUBLISHED[name][0][k], PUBLISHED[name][1][k]
            table.add_row(
                name, f"{k + 1},{k + 2}", f"{s:.3f}", f"{old_s:.3f}", f"{m:.4f}", f"{old_m:.3f}",
                f"{climbed:.4f}", f"{1e3 * took:.0f}", f"{climb:.2f}", f"{climb / took:.0f}",
            )  # fmt: skip
            spent += took, climb
            worst["S"] = max(worst["S"], abs(s - old_s))
            worst["M"] = max(worst["M"], abs(m - old_m))
            worst["below ascent"] += m < climbed
            worst["slowest ratio"] = min(worst["slowest ratio"], climb / took)
    console.print(table)
    worst["ratio"] = float(spent[1] / spent[0])
    console.print(
        f"largest difference: S {worst['S']:.4f} bits, M {worst['M']:.4f}; planes where ascent "
        f"reaches more: {worst['below ascent']:.0f} of 12; {worst['ratio']:.0f} times faster in "
        f"all, {worst['slowest ratio']:.0f} at least",
        soft_wrap=True,
    )
    large = np.random.default_rng(0).standard_normal((20_000, 2))
    began = time.perf_counter()
    mixture_index(large)
    took = time.perf_counter() - began
    began = time.perf_counter()
    ascent(large)
    climb = time.perf_counter() - began
    console.print(f"20,000 points: {took:.2f} s against {climb:.1f} s, {climb / took:.0f} times")
    return worst


def _rays(console: Console, folder: Path, *, n_null: int, surveys: int) -> None:
    labels = np.array(labels_of(folder, "days"))
    found = recover_rays(points_of(folder, "days"))
    trusted = found.repeats > 2
    trusted |= np.arange(found.repeats.size) == 5  # two tokens, but the only one of Tuesday
    tops = [labels[found.codes[:, i] == found.codes.max(axis=1)] for i in range(len(found.rays))]
    names = ["/".join(_frequent(top)) for top in tops]
    console.print(
        f"rays: {found.rays.shape[0]}, seen exactly on {found.repeats.tolist()} tokens; residual "
        f"median {np.median(found.residual):.1e}, largest {found.residual.max():.3f}; on {names}",
        soft_wrap=True,
    )
    orders = cyclic_orders(found.rays[trusted])
    kept = np.array(names)[trusted]
    for around, order in orders[:2]:
        console.print(f"{around:.3f} {' - '.join(kept[list(order)])}  (of {len(orders)} orders)")
    for what, rays, draw in (
        ("in the file's dimensions", found.rays, random_rays),
        (f"in {D_MODEL:,} dimensions", in_d_model(found.rays), random_rays),
        ("dealt", found.rays, dealt_rays),
    ):
        made = irreducibility(
            found.codes, rays, n_null=n_null, draw=draw, rng=np.random.default_rng(0)
        )
        console.print(f"weekdays, rays {what}\n{made!r}", soft_wrap=True)
    rng = np.random.default_rng(1)
    for i in range(surveys):
        points = found.codes @ np.linalg.qr(random_rays(in_d_model(found.rays), rng=rng).T)[1].T
        named = survey_points(
            points, labels=labels.tolist(), label_order=SETS["days"][1], order="cyclic", n_null=199
        )
        blind = survey_points(points, n_null=199)
        console.print(
            f"random rays {i + 1}: with labels {named.shape} (runner-up {named.runner_up.shape}), "
            f"without {blind.shape}",
            soft_wrap=True,
        )


def _frequent(words: np.ndarray) -> list[str]:
    word, count = np.unique(words, return_counts=True)
    return word[count > 0.2 * count.max()].tolist() if word.size else ["nothing"]


def main(arguments: list[str] | None = None) -> dict[str, float]:
    """Print everything; return the worst differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=default_folder())
    parser.add_argument("--n-null", type=int, default=99, help="draws of the placement null")
    parser.add_argument("--surveys", type=int, default=3, help="random rays given to armillary")
    options = parser.parse_args(arguments)
    console = Console(width=None if Console().is_terminal else 160)
    if not (options.folder / "modell-2025").is_dir():
        console.print(f"skipped: no modell-2025 in {options.folder}; give its folder")
        return {}
    with threadpool_limits(1):
        worst = _scan(console, options.folder)
        _rays(console, options.folder, n_null=options.n_null, surveys=options.surveys)
    return worst


if __name__ == "__main__":
    main()
