"""The ladder: which theories are tried on a subject, from nothing said to everything."""

import numpy as np

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.explain.subject import Subject
from armillary.knockoffs import (
    Attributes,
    Clusters,
    Dealt,
    Exact,
    FiringGram,
    Foreign,
    KMeans,
    LowRank,
    MinimumCoherence,
    Permuted,
    Product,
    RandomUnit,
    Residual,
    Scalar,
    ShapedGroup,
    Shapes,
    SignFlip,
    SpectrumMatched,
    Stacked,
    Stretched,
    Theory,
    Told,
    TotalInterference,
    Transform,
    Tree,
)

SIZES = ("tiny", "full")
_FOREIGN_SEED = 20  # of the space that the control of another space is fitted to


def ladder(subject: Subject, *, size: str = "full") -> list[Theory]:
    """Return the theories that suit a subject, roughly from the cheapest to the dearest.

    Parameters
    ----------
    subject
        What is to be explained; its codes, named groups and labels decide which theories can be
        stated. Groups that are cyclic or linear become shapes in order, each with its controls.
    size
        ``"tiny"`` for small spaces and first looks, ``"full"`` for a whole dictionary.

    Returns
    -------
    list of Theory
        The random theory first: it is the zero line. Labels differ.

    Raises
    ------
    BadInput
        If the size is neither.
    """
    if size not in SIZES:
        raise BadInput(f"the ladder has no size {size!r}: use {' or '.join(SIZES)}")
    full = size == "full"
    found = _nulls(full=full) + _statistics(subject, full=full)
    found += _structure(subject, full=full) + _codecs(subject, full=full)
    exact = [Exact(bits) for bits in (8, 16, 32)]
    return list({theory.label: theory for theory in [*found, *exact]}.values())


def shaped_groups(subject: Subject) -> tuple[ShapedGroup, ...]:
    """Return the named groups of a subject as shapes: cyclic ones rings, linear ones segments.

    Parameters
    ----------
    subject
        Groups of fewer than five different words are left out, as are rows that an earlier, larger
        group has.
    """
    found: list[ShapedGroup] = []
    for group in subject.groups:
        if group.kind in ("cyclic", "linear") and np.unique(group.step).size >= 5:
            order = np.argsort(group.rows)
            shape = "ring" if group.kind == "cyclic" else "segment"
            rows, step = group.rows[order], group.step[order].astype(np.int64)
            part = _parts(step)
            found.append(ShapedGroup(group.name, rows, shape, step, len(group.words), part))
    return tuple(sorted(found, key=lambda one: -one.rows.size))


def _parts(step: np.ndarray) -> np.ndarray:
    """Return which spelling of its word each member is: the first, the second and so on."""
    seen: dict[int, int] = {}
    out = np.zeros(step.size, dtype=np.int64)
    for i, place in enumerate(step.tolist()):
        out[i] = seen.get(place, 0)
        seen[place] = out[i] + 1
    return out


def _nulls(*, full: bool) -> list[Theory]:
    several = [SpectrumMatched(axes=False)] if full else []
    return [RandomUnit(), MinimumCoherence(), *several, SpectrumMatched(), Permuted()]


def _statistics(subject: Subject, *, full: bool) -> list[Theory]:
    found: list[Theory] = [TotalInterference(), SignFlip()]
    if subject.shared.codes is None:
        return found
    one_hot = float(np.diff(subject.shared.codes.offset).mean()) <= 1.0
    if one_hot:  # nothing fires with anything else: only neighbours in the text say something
        return [FiringGram("company"), *found]
    measures = ("covariance", "correlation", "phi") if full else ("correlation",)
    return [*(FiringGram(measure) for measure in measures), *found]


def _structure(subject: Subject, *, full: bool) -> list[Theory]:
    m = subject.space.n_features
    sizes = [k for k in ((64, 256, 1024, 4096) if full else (4, 8)) if k <= m // 3]
    leaves = [n for n in ((1024, 4096) if full else (8, 16)) if n <= m // 2]
    found: list[Theory] = []
    for k in sizes:
        found += [Clusters(k, arranged="random"), Clusters(k), Clusters(k, spread=True)]
    for n in leaves:
        found += [Tree(n), Tree(n, arranged="sent", step=4.0), Tree(n, arranged="sent", step=1.5)]
    base: Theory = Clusters(sizes[-1]) if sizes else RandomUnit()
    if leaves:
        base = Tree(leaves[-1], arranged="sent", step=1.5)
    if sizes:
        found += [Dealt(Clusters(sizes[-1])), Foreign(Clusters(sizes[-1]), _other(subject))]
    groups = shaped_groups(subject)
    if groups:
        found += [Shapes(groups, mode=mode, base=base)
                  for mode in ("order", "scrambled", "simplex")]  # fmt: skip
        base = Shapes(groups, base=base)
    if not full and m >= 24:
        found += [Attributes((4, 4)), Attributes((6, 6))]
    rates = (64, 256) if full else (16,)
    return [*found, *(Stacked((base, Transform(rate))) for rate in rates)]


def _other(subject: Subject) -> FeatureSpace:
    """Return the space that the control of another space is fitted to: a draw of its spectrum."""
    rng = np.random.default_rng(_FOREIGN_SEED)
    d = subject.space.directions
    mean = d.mean(axis=0)
    _, scale, axes = np.linalg.svd(np.cov(d.T.astype(np.float64)))
    drawn = rng.standard_normal(d.shape) * np.sqrt(scale) @ axes + mean
    return FeatureSpace(drawn.astype(np.float32), subject.space.feature_id)


def _codecs(subject: Subject, *, full: bool) -> list[Theory]:
    m, d = subject.space.directions.shape
    rates = (32, 64, 128, 256, 512, 1024, 2048) if full else (16, 32, 64, 128)
    found: list[Theory] = [Transform(rate) for rate in rates]
    energy = subject.shared.codes is not None
    found += [Transform(rate, by_energy=True) for rate in rates[1:-1] if energy]
    found += [Scalar(rate) for rate in (rates[-3:] if full else rates[1:])]
    found += [KMeans(k) for k in ((1024,) if full else (4, 8)) if k < m]
    ranks = (64, 256) if full else (2, 4)
    found += [LowRank(rank) for rank in ranks if rank < d]
    if full:
        found += [Product(slices) for slices in (8, 32, 72) if d % slices == 0 and m > 2048]
        found += [Residual(8, 8)] if m > 2048 else []
        if energy and subject.shared.labels is not None:
            told = [Told(step=step) for step in (2.0, 1.0, 0.5)]
            found += [*told, *(Stretched(one) for one in told)]
    return found
