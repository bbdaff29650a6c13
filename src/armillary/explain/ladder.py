"""The ladder: which theories are tried on a subject, from nothing said to everything."""

from armillary.core.errors import BadInput
from armillary.explain.subject import Subject
from armillary.knockoffs import Exact, RandomUnit, Theory

SIZES = ("tiny", "full")


def ladder(subject: Subject, *, size: str = "full") -> list[Theory]:
    """Return the theories that suit a subject, roughly from the cheapest to the dearest.

    Parameters
    ----------
    subject
        What is to be explained; named groups and labels decide which theories can be stated.
    size
        ``"tiny"`` for small spaces and first looks, ``"full"`` for a whole dictionary.

    Returns
    -------
    list of Theory
        The random theory first: it is the zero line.

    Raises
    ------
    BadInput
        If the size is neither.
    """
    if size not in SIZES:
        raise BadInput(f"the ladder has no size {size!r}: use {' or '.join(SIZES)}")
    del subject
    return [RandomUnit(), *(Exact(bits) for bits in (8, 16, 32))]
