"""Descriptors as rows of the table: what functions of the inputs keep, without any dictionary."""

from typing import cast

from armillary.explain.cells import Bench
from armillary.explain.descriptors import FAMILY, KIND, describe
from armillary.explain.measured import Measured, Said
from armillary.explain.readers.task import Task

_KEEPS = "activations, as circles of the inputs at the network's frequencies"
_BREAKS = "the dictionary: no feature of it is used"


def read_descriptors(bench: Bench) -> tuple[list[Said], list[Measured]]:
    """Score the descriptors of a world that adds modulo p.

    Parameters
    ----------
    bench
        Of such a world, with the reader ``task``.

    Returns
    -------
    tuple of list of Said and list of Measured
        One theory a descriptor, of the family ``descriptor``: it says activations and not
        placement, so questions about placement leave it out. Read as it is alone.
    """
    found = describe(bench.subject, task=cast(Task, bench.reader("task")))
    said = [
        Said(
            one.label, KIND, FAMILY, _KEEPS, _BREAKS, False, one.message.bits,
            one.message.overhead_bits, {k: 8 * len(v) for k, v in one.message.parts.items()},
            quotes=False, generic=False,
        )
        for one in found
    ]  # fmt: skip
    seen = [
        Measured(one.label, 0, "none", 0, s.reader, s.group, s.value, s.low, s.high, s.raw, s.units)
        for one in found
        for s in [one.score]
    ]
    return said, seen
