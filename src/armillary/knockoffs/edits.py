"""Edits: one group of features moved, everything else left exactly where it is."""

from typing import Literal, get_args

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs.templates import laid_over, random_frame, template
from armillary.lexicon.matching import spelling

How = Literal["scrambled", "simplex", "ring", "segment", "mean", "random"]
HOWS: tuple[str, ...] = get_args(How)
IN_ORDER = {"cyclic": "ring", "linear": "segment"}
_FEWEST = 3  # members of a spelling that is edited as a group of its own

Points = Float[np.ndarray, "member d_model"]
Said = Float[np.ndarray, "vector d_model"]
Position = Int[np.ndarray, " member"]


def edited(
    space: FeatureSpace,
    group_rows: Int[np.ndarray, " member"],
    how: str,
    *,
    rng: np.random.Generator,
    step: Int[np.ndarray, " member"] | None = None,
    period: int | None = None,
) -> Float[np.ndarray, "feature d_model"]:
    """Return all directions with one group of them edited; the control of a named group.

    Where several members share a step (a word in several spellings), each spelling is edited as a
    group of its own; spellings of fewer than three members are edited together. ``how`` is

    - ``scrambled``: the members' own vectors dealt to other members of the spelling, every word
      moved (one random cycle through all words, the same for every spelling);
    - ``ring``, ``segment``: on the even template in the order of the steps, laid over the members
      by the best rotation, scale and shift; what does not fit it is lost;
    - ``simplex``: on a regular simplex in a random subspace, centre and mean squared radius kept;
    - ``mean``: all at the mean;
    - ``random``: independent random directions of the members' root mean square length.

    Parameters
    ----------
    space
        The true directions; its labels tell spellings apart.
    group_rows
        Rows of the group.
    how
        As above.
    rng
        Source of scrambling and random placement.
    step
        Which word each row stands for; by default each row is a word, in the order given.
    period
        Words in the list, found or not; by default the largest step and one.

    Returns
    -------
    Float[np.ndarray, "feature d_model"]
        A new array, float32.

    Raises
    ------
    BadInput
        If ``how`` is unknown or ``step`` has another length.
    """
    at = _steps(group_rows, step)
    words = int(at.max(initial=0)) + 1 if period is None else period
    out = np.array(space.directions, dtype=np.float32)
    part = spellings(space, group_rows, at)
    cycle = random_cycle(words, rng=rng)
    for one in range(int(part.max(initial=-1)) + 1):
        mine = part == one
        rows = group_rows[mine]
        said, size = statement(out[rows], how, at[mine], period=words)
        out[rows] = built(said, size, how, position=at[mine], cycle=cycle, rng=rng)
    return out


def spellings(
    space: FeatureSpace, rows: Int[np.ndarray, " member"], step: Position
) -> Int[np.ndarray, " member"]:
    """Split the rows of a group into spellings, numbered from 0.

    Parameters
    ----------
    space
        Its labels are read as a tokenizer's: leading space, case.
    rows, step
        The group. Where no step repeats there is nothing to split.

    Returns
    -------
    Int[np.ndarray, " member"]
        Number of each row's spelling; words without letters go by their leading space alone.
    """
    if np.unique(step).size == step.size:
        return np.zeros(rows.size, dtype=np.int64)
    name = np.array([spelling(str(label))[1] for label in space.labels[rows]])
    _, part = np.unique(name, return_inverse=True)
    rare = np.bincount(part)[part] < _FEWEST
    part = np.where(rare, part.max() + 1, part)
    if 0 < rare.sum() < _FEWEST and not rare.all():  # too few even together
        part[rare] = np.bincount(part[~rare]).argmax()
    return np.unique(part, return_inverse=True)[1].astype(np.int64)


def statement(points: Points, how: str, position: Position, *, period: int) -> tuple[Said, float]:
    """Say of a group's vectors what an edit keeps: some vectors, and one number.

    Parameters
    ----------
    points
        The members' vectors.
    how
        See ``edited``.
    position
        Which word each stands for.
    period
        Words there are.

    Returns
    -------
    vectors : Float[np.ndarray, "vector d_model"]
        ``scrambled`` all; ``simplex`` and ``mean`` the mean; ``ring`` and ``segment`` the centre
        and the axes; ``random`` none.
    size : float
        Radius of the template, or root mean square length of the members.

    Raises
    ------
    BadInput
        If the edit is unknown.
    """
    x = np.asarray(points, dtype=np.float64)
    mean = x.mean(axis=0, keepdims=True)
    if how == "scrambled":
        return x, 0.0
    if how == "random":
        return x[:0], float(np.sqrt((x**2).sum(axis=1).mean()))
    if how in ("mean", "simplex"):
        return mean, float(np.sqrt(((x - mean) ** 2).sum(axis=1).mean()))
    if how in ("ring", "segment"):
        centre, axes, size = laid_over(template(how, position, period=period), x)
        return np.vstack([centre[None], axes]), size
    raise BadInput(f"no edit is called {how!r}: use {', '.join(HOWS)}")


def built(
    said: Said,
    size: float,
    how: str,
    *,
    position: Position,
    cycle: Int[np.ndarray, " word"],
    rng: np.random.Generator,
) -> Points:
    """Build a group's vectors from what an edit keeps of them.

    Parameters
    ----------
    said, size
        From ``statement``.
    how
        See ``edited``.
    position
        Which word each member stands for.
    cycle
        Word to word, one cycle through all; its length is the number of words.
    rng
        Source of random placement.
    """
    n = position.size
    if how == "scrambled":
        return said[dealt(position, cycle, rng=rng)]
    if how == "random":
        drawn = rng.standard_normal((n, said.shape[1]))
        return size * drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    if how == "mean":
        return np.repeat(said, n, axis=0)
    if how == "simplex":
        corner: Position = np.arange(n, dtype=np.int64)
        axes = random_frame(max(n - 1, 1), said.shape[1], rng=rng)
        return said + size * template("simplex", corner, period=max(n, 2)) @ axes
    return said[0] + size * template(how, position, period=cycle.size) @ said[1:]


def random_cycle(n: int, *, rng: np.random.Generator) -> Int[np.ndarray, " word"]:
    """Draw a permutation that is one cycle through everything, uniformly.

    Nothing stays in its place, in no subset of two or more either once others are skipped.

    Parameters
    ----------
    n
        How many.
    rng
        Source of the draw.
    """
    order = rng.permutation(n)
    cycle = np.empty(n, dtype=np.int64)
    cycle[order] = np.roll(order, -1)
    return cycle


def dealt(
    position: Position, cycle: Int[np.ndarray, " word"], *, rng: np.random.Generator
) -> Int[np.ndarray, " member"]:
    """Return whose vector each member gets: the next word of the cycle that is there.

    Parameters
    ----------
    position
        Word of each member.
    cycle
        Word to word, one cycle through all.
    rng
        Where words repeat, members are dealt by a random cycle of their own.
    """
    if np.unique(position).size < position.size:
        return random_cycle(position.size, rng=rng)
    whose = {int(word): i for i, word in enumerate(position)}
    out: list[int] = []
    for word in position.tolist():
        other = int(cycle[word])
        while other not in whose:
            other = int(cycle[other])
        out.append(whose[other])
    return np.array(out, dtype=np.int64)


def _steps(
    rows: Int[np.ndarray, " member"], step: Int[np.ndarray, " member"] | None
) -> Int[np.ndarray, " member"]:
    if step is None:
        return np.arange(rows.size, dtype=np.int64)
    if step.shape != rows.shape:
        raise BadInput(f"{step.size} steps for {rows.size} rows: give one of each a member")
    return np.asarray(step, dtype=np.int64)
