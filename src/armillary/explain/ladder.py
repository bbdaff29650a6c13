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
    Gram,
    KMeans,
    LowRank,
    MinimumCoherence,
    Permuted,
    Product,
    RandomUnit,
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
_MANY, _FEW = (
    2048,
    128,
)  # features: from here on theories must be quick; up to here they may be slow
_RATES = (1 / 36, 1 / 9, 4 / 9, 8 / 9, 16 / 9, 4)  # bits a number of the codecs on the curve
_FOREIGN_SEED = 20  # of the space that the control of another space is fitted to


def ladder(subject: Subject, *, size: str = "full") -> list[Theory]:
    """Return the theories that suit a subject, roughly from the cheapest to the dearest.

    Parameters
    ----------
    subject
        What is to be explained; its codes, named groups and labels decide which theories can be
        stated. Groups that are cyclic or linear become shapes in order, each with its controls.
    size
        ``"tiny"`` for a first look at five theories, ``"full"`` for all.

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
    if size == "tiny":
        d = subject.space.d_model
        return [RandomUnit(), Permuted(), Transform(d), *(Exact(bits) for bits in (8, 32))]
    found = [*_nulls(subject), *_statistics(subject), *_structure(subject), *_codecs(subject)]
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


def _nulls(subject: Subject) -> list[Theory]:
    small = subject.space.n_features <= _MANY
    two = [SpectrumMatched(axes=False), Gram()] if small else []
    return [RandomUnit(), MinimumCoherence(), SpectrumMatched(), *two, Permuted()]


def _statistics(subject: Subject) -> list[Theory]:
    found: list[Theory] = [TotalInterference(), SignFlip()]
    if subject.shared.codes is None:
        return found
    one_hot = float(np.diff(subject.shared.codes.offset).mean()) <= 1.0
    if one_hot:  # nothing fires with anything else: only neighbours in the text say something
        return [FiringGram("company"), *found]
    return [*(FiringGram(measure) for measure in ("covariance", "correlation", "phi")), *found]


def _structure(subject: Subject) -> list[Theory]:
    m = subject.space.n_features
    sizes = (256,) if m > _MANY else tuple(k for k in (4, 8, 16, 64, 256) if k <= m // 3)[-2:]
    found: list[Theory] = []
    for k in sizes:
        found += [Clusters(k, arranged="random"), Clusters(k), Tree(2 * k if m <= _MANY else k)]
    base: Theory = RandomUnit()
    if sizes:
        most = sizes[-1]
        found += [Dealt(Clusters(most)), Foreign(Clusters(most), _other(subject))]
        base = Tree(0 if m <= _MANY else most, arranged="sent", step=4.0)
        found += [base, Dealt(base)]
    if m > _MANY:
        found += [Clusters(1024)]
    groups = shaped_groups(subject)
    if groups:
        found += [Shapes(groups, mode=mode, base=base)
                  for mode in ("order", "scrambled", "simplex")]  # fmt: skip
        base = Shapes(groups, base=base)
    if m <= _FEW:
        found += [Attributes((4, 4)), Attributes((6, 6))]
    return [*found, Stacked((base, Transform(round(subject.space.d_model / 9))))]


def _other(subject: Subject) -> FeatureSpace:
    """Return the space that the control of another space is fitted to: a draw of its spectrum."""
    rng = np.random.default_rng(_FOREIGN_SEED)
    d = subject.space.directions
    mean = d.mean(axis=0)
    _, scale, axes = np.linalg.svd(np.cov(d.T.astype(np.float64)))
    drawn = rng.standard_normal(d.shape) * np.sqrt(scale) @ axes + mean
    return FeatureSpace(drawn.astype(np.float32), subject.space.feature_id)


def _codecs(subject: Subject) -> list[Theory]:
    m, d = subject.space.directions.shape
    rates = [max(1, round(d * share)) for share in _RATES]
    found: list[Theory] = [Transform(rate) for rate in rates]
    found += [Scalar(rates[-2]), KMeans(min(1024, max(2, m // 4)))]
    found += [LowRank(rank) for rank in (d * 4 // 9,) if 0 < rank < min(m, d)]
    if m > _MANY:
        found += [Product(slices) for slices in (8, 72) if d % slices == 0]
    if subject.shared.codes is not None:
        weighed = [Transform(rate, by_energy=True) for rate in rates[:3]]
        found += [*weighed, *(Stretched(one) for one in weighed)]
        if subject.shared.labels is not None and m > _MANY:
            alone = Told(step=0.4, by=())
            found += [alone, Stretched(alone), *(Told(step=step) for step in (0.7, 0.4, 0.2))]
        elif m > _MANY:
            found += [Told(step=step, by=()) for step in (2.0, 1.0, 0.5)]
    return found
