"""A survey that never was: shapes planted in noise, with real nulls; for tests of its faces."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from armillary.atlas import Atlas
from armillary.atlas.contexts import Firings
from armillary.core import (
    FeatureSpace,
    Finding,
    Group,
    Neighbours,
    PointCloud,
    Rebuilt,
    ShapeFit,
    Tokens,
)
from armillary.core.rebuilt import Indices
from armillary.inference import NullTest

WEEK = [" Monday", " Tuesday", " Wednesday", " Thursday", " Friday", " Saturday", " Sunday"]
MONTHS = [
    *(" January", " February", " March", " April", " May", " June"),
    *(" July", " August", " September", " October", " November", " December"),
]
NUMBERS = [
    *(" one", " two", " three", " four", " five", " six"),
    *(" seven", " eight", " nine", " ten", " eleven", " twelve"),
]
HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "\"quoted\" & 'single'",
    "line\nbreak\ttab\x00nul\x1b[31m",
    "\u202eright to left",
    "\u2028separator",
    "",
    "   ",
    "é 漢字 🙂",
    "`${1}`",
]
D_MODEL = 24


def turn(n: int) -> np.ndarray:
    return 2 * np.pi * np.arange(n) / n


def ring(n: int, rng: np.random.Generator) -> np.ndarray:
    return np.c_[np.cos(turn(n)), np.sin(turn(n))]


def arc(n: int, rng: np.random.Generator) -> np.ndarray:
    angle = np.linspace(0.2, 2.9, n)
    return np.c_[np.cos(angle), np.sin(angle)] * 1.4


def segment(n: int, rng: np.random.Generator) -> np.ndarray:
    return np.c_[np.linspace(-1.5, 1.5, n), np.zeros(n)]


def clusters(n: int, rng: np.random.Generator) -> np.ndarray:
    centres = rng.standard_normal((4, 3)) * 1.2
    return centres[np.arange(n) % 4] + 0.08 * rng.standard_normal((n, 3))


def simplex(n: int, rng: np.random.Generator) -> np.ndarray:
    return np.eye(n)[:, : min(n, 9)]


def sphere(n: int, rng: np.random.Generator) -> np.ndarray:
    points = rng.standard_normal((n, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def grid(n: int, rng: np.random.Generator) -> np.ndarray:
    side = int(np.ceil(np.sqrt(n)))
    return np.c_[np.arange(n) % side, np.arange(n) // side] / side * 2.0


def star(n: int, rng: np.random.Generator) -> np.ndarray:
    ray, step = np.arange(n) % 3, np.arange(n) // 3 + 0.3
    angle = 2 * np.pi * ray / 3
    return np.c_[np.cos(angle), np.sin(angle)] * step[:, None] / (n / 6)


def helix(n: int, rng: np.random.Generator) -> np.ndarray:
    t = np.linspace(0, 4 * np.pi, n)
    return np.c_[np.cos(t), np.sin(t), t / 5]


MAKERS: dict[str, Callable[[int, np.random.Generator], np.ndarray]] = {
    "circle": ring,
    "arc": arc,
    "segment": segment,
    "k clusters": clusters,
    "simplex": simplex,
    "sphere": sphere,
    "grid": grid,
    "star": star,
    "helix": helix,
}
RIVAL = {
    "circle": "clusters on a ring",
    "arc": "segment",
    "segment": "arc",
    "k clusters": "none",
    "simplex": "k clusters",
    "sphere": "disk",
    "grid": "sheet",
    "star": "tree",
    "helix": "circle",
}
ORDERED = {"circle", "arc", "segment", "helix"}


def ring_energy(points: np.ndarray) -> float:
    """How even the distances from the mean are: mean radius over its spread, in two axes."""
    radius = np.linalg.norm(points - points.mean(axis=0), axis=1)
    return float(radius.mean() / (radius.std() + 1e-3))


def null_of(points: np.ndarray, *, n_draws: int, name: str, rng: np.random.Generator) -> NullTest:
    spread = points.std(axis=0)
    draws = [ring_energy(rng.standard_normal(points.shape) * spread) for _ in range(n_draws)]
    return NullTest(ring_energy(points), np.array(draws), name)


def fitted(shape: str, cloud: PointCloud, *, order: np.ndarray) -> ShapeFit:
    parameters: dict[str, object] = {"noise": 0.05}
    if shape in ("circle", "arc"):
        flat = cloud.scores[:, :2]
        left = np.c_[2 * flat, np.ones(len(flat))]
        a, b, c = np.linalg.lstsq(left, (flat**2).sum(axis=1), rcond=None)[0]
        parameters |= {"center": [a, b], "radius": float(np.sqrt(c + a * a + b * b)), "turns": 1.0}
    if shape == "k clusters":
        parameters |= {"clusters": 4}
    axes = {"sphere": (0, 1, 2), "helix": (1, 2, 0), "simplex": tuple(range(6))}.get(shape, (0, 1))
    empty = np.empty(0, dtype=np.int64)
    return ShapeFit(shape, 1.2, axes, parameters, order if shape in ORDERED else empty)


def labels_for(shape: str, k: int, n: int) -> list[str]:
    known = {("circle", 0): WEEK, ("circle", 1): MONTHS, ("arc", 0): NUMBERS, ("grid", 0): HOSTILE}
    return known.get((shape, k), [f" {shape.split()[-1]}{k}-{i}" for i in range(n)])


def survey(
    *, seed: int = 0, per_shape: int = 3, n_grey: int = 400, significant: bool = True
) -> tuple[FeatureSpace, list[Group], list[Finding], np.ndarray]:
    """Plant ``per_shape`` groups of each shape among ``n_grey`` random features."""
    rng = np.random.default_rng(seed)
    rows: list[np.ndarray] = []
    labels: list[str] = []
    blocks: list[np.ndarray] = []
    places: list[np.ndarray] = []
    made: list[tuple[str, int]] = []
    start = 0
    for k in range(per_shape):
        for shape, make in MAKERS.items():
            names = labels_for(shape, k, 9 + 6 * k + len(made) % 5)
            n = len(names)
            flat = make(n, rng)
            frame = np.linalg.qr(rng.standard_normal((D_MODEL, flat.shape[1])))[0]
            blocks.append(
                flat @ frame.T
                + 0.05 * rng.standard_normal((n, D_MODEL))
                + 3 * rng.standard_normal(D_MODEL) / np.sqrt(D_MODEL)
            )
            places.append(rng.uniform(-8, 8, 2) + 0.25 * rng.standard_normal((n, 2)))
            rows.append(np.arange(start, start + n))
            labels += names
            made.append((shape, k))
            start += n
    blocks.append(rng.standard_normal((n_grey, D_MODEL)))
    labels += [f" word{i}" for i in range(n_grey)]
    blobs = rng.uniform(-10, 10, (24, 2))
    places.append(blobs[rng.integers(0, 24, n_grey)] + rng.standard_normal((n_grey, 2)))
    space = FeatureSpace(
        np.concatenate(blocks).astype(np.float32),
        np.arange(start + n_grey) * 3 + 5,
        {"label": np.array(labels, dtype=object)},
        {"uri": "synthetic:shapes", "sha256": "0" * 64, "orientation": "rows are features"},
    )
    groups: list[Group] = []
    findings: list[Finding] = []
    for g, ((shape, k), member) in enumerate(zip(made, rows, strict=True)):
        group, finding = _one(space, shape, member, rng=rng, rank=k + 1, g=g, found=significant)
        groups.append(group)
        if finding is not None:
            findings.append(finding)
    return space, groups, findings, np.concatenate(places)


def _one(
    space: FeatureSpace,
    shape: str,
    member: np.ndarray,
    *,
    rng: np.random.Generator,
    rank: int,
    g: int,
    found: bool,
) -> tuple[Group, Finding | None]:
    cloud = PointCloud.from_points(space.directions[member], member)
    fit = fitted(shape, cloud, order=np.arange(member.size))
    placement = null_of(cloud.scores[:, :2], n_draws=199, name="spectrum-matched draws", rng=rng)
    q = 0.008 * rank if found else 0.31 + 0.01 * g % 0.5
    group = Group(
        g,
        member,
        "leiden",
        0.35,
        0.4 + 0.1 * rng.random(),
        cloud.scores[:, :10],
        (cloud.sd**2 / (cloud.sd**2).sum())[:10],
        placement,
        q,
    )
    if not found:
        return group, None
    rival = None
    if rank < 3:
        name = f"parametric bootstrap of {RIVAL[shape]}"
        rival = null_of(cloud.scores[:, :2] + 0.3, n_draws=99, name=name, rng=rng)
    grade = {1: f"{shape} against its rivals and rare here", 2: f"{shape} against its rivals"}
    finding = Finding(
        g,
        member,
        fit,
        ShapeFit(RIVAL[shape], 0.7),
        placement,
        q,
        min(1.0, q * 4),
        rival,
        0.97 - 0.1 * rank,
        1.84 / rank,
        0.42 / rank,
        1 - 0.13 * rank,
        "spectrum-matched draws" if rank % 2 else "isotropic directions",
        grade.get(rank, "structured"),
        rank,
        "weekdays" if shape == "circle" and rank == 1 else "",
    )
    return group, finding


def manifest() -> dict[str, object]:
    return {
        "version": "0.1.0",
        "command": "armillary survey synthetic:shapes --seed 7",
        "seed": 7,
        "parameters": {"neighbours": 16, "resolutions": [0.2, 0.35, 0.5], "draws": 199},
        "timings": {"neighbours": 1.5, "groups": 0.4, "shapes": 12.25},
        "peak_memory_bytes": 1_234_567_890,
        "left_out": ["groups of fewer than 5 members: 1,204"],
    }


def atlas(*, seed: int = 0, significant: bool = True, per_shape: int = 3) -> Atlas:
    space, groups, findings, place = survey(seed=seed, significant=significant, per_shape=per_shape)
    note = {"method": "UMAP", "trustworthiness": 0.87, "neighbours": 16}
    return Atlas.from_survey(
        space, groups, findings, manifest=manifest(), map_xy=place, map_note=note
    )


FILLER = [" the", " in", " of", " was", " late", ",", ".", "\n", "</b><img src=x onerror=alert(3)>"]
FILLER += ['"quoted"', " & so", "\ton", "\u202e", "\r\n"]
PLACES = ["<script>alert(4)</script>", " Paris", " Rome\n", " Oslo", " Lima", " Cairo"]


def corpus(words: list[list[str]], *, n_tokens: int = 6_000, seed: int = 3) -> Tokens:
    """Running text of fillers, in which every third token is one of the words."""
    rng = np.random.default_rng(seed)
    named = [word for some in words for word in some]
    vocabulary = np.array(FILLER + named, dtype=object)
    token_id = rng.integers(0, len(FILLER), n_tokens)
    third = np.arange(0, n_tokens, 3)
    token_id[third] = len(FILLER) + rng.integers(0, len(named), third.size)
    order = np.arange(n_tokens)
    return Tokens(token_id, order // 60, order % 60, vocabulary)


WORDS = [MONTHS, NUMBERS, PLACES, *([f" w{k}{i}" for i in range(6)] for k in range(4))]


def rebuilt(space: FeatureSpace, groups: list[Group]) -> list[Rebuilt]:
    """Months on a circle, numbers in a row, places merely flat, and groups of no shape."""
    shapes = [("circle", ring), ("segment", arc), ("flat", clusters), *[("none", sphere)] * 4]
    tokens = corpus(WORDS)
    rows_of = next(g.rows for g in groups if " March" in space.labels[g.rows].tolist())
    return [
        _rebuilt_one(shape, words, make(len(words), np.random.default_rng(k)), k=k, tokens=tokens,
                     rows=rows_of if k == 0 else np.arange(k, k + 5))
        for k, ((shape, make), words) in enumerate(zip(shapes, WORDS, strict=True))
    ]  # fmt: skip


def _rebuilt_one(
    shape: str, words: list[str], flat: np.ndarray, *, k: int, tokens: Tokens, rows: np.ndarray
) -> Rebuilt:
    rng = np.random.default_rng(k)
    wide = np.c_[3 * flat, 0.3 * rng.standard_normal((len(words), 4))]
    points = wide - wide.mean(axis=0)
    scores = points @ np.linalg.svd(points, full_matrices=False)[2].T
    text = tokens.text(tokens.token_id.tolist())
    here = np.array([i for i, token in enumerate(text) if token in words])
    row = np.sort(rng.choice(here, min(here.size, 300), replace=False))
    word = np.array([words.index(text[i]) for i in row])
    word[::17] = -1
    gain = 1 + 0.25 * rng.standard_normal((row.size, 1))
    tests = ["same codes, random rays", "same codes, rays of the same spectrum"]
    none = shape == "none"
    index = Indices(np.array([0.41, 0.2]), np.array([0.21, 0.33]),
                    NullTest(9.0, np.arange(99.0) / 40, "same codes, random rays"))  # fmt: skip
    return Rebuilt(
        group_id=40 + k, found_by="decoder rows" if k == 0 else "firings", rows=rows,
        words=tuple(word.strip() for word in words), count=np.arange(30, 30 + len(words)),
        share=np.full(len(words), 0.93), n_active=4321, n_points=4000, scores=scores, shape=shape,
        row_scores=rng.standard_normal((rows.size, 2)),
        explained=0.404, excess=0.103, margin=0.04, order=np.arange(len(words)),
        axes=(0,) if shape == "segment" else (0, 1),
        placement=tuple(
            NullTest(9.0, np.r_[np.full(i * (1 + k), 10.0), np.zeros(999 - i * (1 + k))], name)
            for i, name in enumerate(tests, start=1)
        ),
        q=0.6 if none else 0.004 * (k + 1), q_by=0.9 if none else 0.02 * (k + 1),
        spectrum=NullTest(5.0, np.r_[np.full(1 + 40 * (k == 2), 6.0), np.zeros(98)],
                          "same spectrum (Haar)"),
        battery="" if none else ("ellipse", "arc", "k_clusters")[k],
        stability=float("nan") if none else 0.875, token=row, token_word=word,
        token_scores=scores[word] * gain + 0.25 * rng.standard_normal((row.size, 6)),
        indices=None if none else index,
        grade="" if none else "structured" if k == 2 else f"{shape} against its rivals",
        rank=0 if none else 1, n_folded=2 if k == 1 else 0,
    )  # fmt: skip


def atlas_with_codes(*, significant: bool = True, copies: int = 1) -> Atlas:
    """Add the same claims ``copies`` times."""
    space, groups, findings, place = survey(significant=significant)
    told = rebuilt(space, groups)
    claims = [replace(one, group_id=100 * c + one.group_id) for c in range(copies) for one in told]
    claims.sort(key=lambda one: one.shape == "none")
    return Atlas.from_survey(
        space, groups, findings, manifest=manifest(), map_xy=place, rebuilt=claims,
        tokens=corpus(WORDS),
    )  # fmt: skip


def atlas_with_contexts() -> Atlas:
    """Members of findings fire on three tokens each: the strongest occurs nowhere else.

    Member ``k``, counted over all findings, fires most on `` planted<k>``. True neighbours and the
    spectrum of the space are there too.
    """
    space, groups, findings, place = survey()
    member = np.concatenate([finding.rows for finding in findings])
    plain, order = corpus(WORDS), np.arange(member.size)
    token_id, vocabulary = plain.token_id.copy(), plain.vocabulary
    assert vocabulary is not None
    strong = 5 + 13 * order
    token_id[strong] = vocabulary.size + order
    words = np.array([*vocabulary.tolist(), *(f" planted{k}" for k in order)], dtype=object)
    spot = np.column_stack([strong, *((strong + step) % token_id.size for step in (601, 1202))])
    firings = Firings(
        np.repeat(space.feature_id[member], 3),
        spot.ravel(),
        np.tile([9.5, 4.25, 1.125], member.size),
    )
    unit = space.directions / np.linalg.norm(space.directions, axis=1, keepdims=True)
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -2)
    index = np.argsort(-cosine, axis=1, kind="stable")[:, :7]
    return Atlas.from_survey(
        space, groups, findings, manifest=manifest(), map_xy=place,
        map_note={"method": "UMAP", "kept_neighbours": 0.31},
        tokens=Tokens(token_id, plain.document, plain.position, words), firings=firings,
        neighbours=Neighbours(index, np.take_along_axis(cosine, index, axis=1)),
        shares=np.square(np.linalg.svd(unit - unit.mean(axis=0), compute_uv=False)) / len(unit),
    )  # fmt: skip


def large_atlas(*, n_features: int = 49_152, n_findings: int = 300) -> Atlas:
    """A fake of the size of the built-in survey: few real points, many copies."""
    rng = np.random.default_rng(1)
    space, groups, findings, _ = survey(per_shape=-(-n_findings // len(MAKERS)), n_grey=0, seed=1)
    findings = findings[:n_findings]
    need = n_features - space.n_features
    words = [f" tok{i:05d}" for i in range(need)]
    grown = FeatureSpace(
        np.concatenate([space.directions, np.zeros((need, D_MODEL), dtype=np.float32)]),
        np.arange(n_features),
        {"label": np.array([*space.labels.tolist(), *words], dtype=object)},
        {"uri": "synthetic:large", "sha256": "1" * 64},
    )
    blobs = rng.uniform(-20, 20, (200, 2))
    place = blobs[rng.integers(0, 200, n_features)] + rng.standard_normal((n_features, 2))
    for group in groups:
        place[group.rows] = blobs[group.group_id % 200] + 0.15 * rng.standard_normal(
            (group.rows.size, 2)
        )
    note = {"method": "UMAP", "trustworthiness": 0.81}
    return Atlas.from_survey(
        grown, groups, findings, manifest=manifest(), map_xy=place, map_note=note
    )
