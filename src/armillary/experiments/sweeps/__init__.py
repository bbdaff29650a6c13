"""Sweeps: width x sparsity x architecture on worlds, each a function that returns a table."""

from collections.abc import Callable

from armillary.experiments.sweeps.boats import boats as boats
from armillary.experiments.sweeps.compatible import compatible as compatible
from armillary.experiments.sweeps.exact import exact as exact
from armillary.experiments.sweeps.faces import faces as faces
from armillary.experiments.sweeps.manifolds import manifolds as manifolds
from armillary.experiments.table import SweepTable

SWEEPS: dict[str, Callable[..., SweepTable]] = {
    "boats": boats,
    "manifolds": manifolds,
    "faces": faces,
    "exact": exact,
    "compatible": compatible,
}
