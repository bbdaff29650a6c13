"""Memory: how much a survey held at most."""

import resource
import sys

UNIT = 1 if sys.platform == "darwin" else 1024  # bytes that the system counts in


def peak_memory() -> int:
    """Return the largest resident size that this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT


def peak_memory_of_a_worker() -> int:
    """Return the largest resident size of any one process started here that has ended, in bytes."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * UNIT
