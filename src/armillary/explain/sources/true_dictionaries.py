"""True dictionaries: features that a world is made of, with codes that need no training."""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import sparse

from armillary.core.errors import BadInput
from armillary.worlds import Sample, World

Parts = tuple[Float[np.ndarray, "feature d_model"], Float[np.ndarray, " d_model"], Any, Any]


def true_dictionary(world: World, sample: Sample) -> Parts:
    """Return a world's own features with their codes, else its exact autoencoder's.

    Parameters
    ----------
    world
        With ``space`` and codes in its samples, or with ``truth.exact_sae``.
    sample
        Rows that are coded.

    Returns
    -------
    tuple
        Directions, bias, codes (sparse) and labels (None where there are none).

    Raises
    ------
    BadInput
        If the world has neither.
    """
    if world.space is not None and sample.codes is not None:
        label = world.space.columns.get("label")
        zero = np.zeros(world.d_model, dtype=np.float32)
        return world.space.directions, zero, sparse.csr_array(sample.codes), label
    exact = world.truth.exact_sae
    if exact is None:
        raise BadInput(f"{world.name} has no true dictionary: train one (dictionary='plan')")
    codes = sparse.csr_array(exact.encode(sample.activations))
    return exact.directions, exact.decoder_bias, codes, None


def cell_dictionary(sample: Sample, calibration: Sample) -> Parts:
    """Return one feature a combination of values: "clusters" of a space that is a product.

    ``D_c = mean of calibration rows in c - mean of calibration rows``; the mean is the bias, and
    every row fires its own cell with 1, a row of an unseen cell fires nothing.

    Parameters
    ----------
    sample
        Rows that are coded; with ``cells``.
    calibration
        Rows that cells and means are taken from.

    Returns
    -------
    tuple
        Directions, bias, codes (sparse) and labels such as ``"colour 2, shape 5"``.

    Raises
    ------
    BadInput
        If the sample knows no attributes.
    """
    if not calibration.cells:
        raise BadInput("this world has no attributes, so no cells to make a dictionary of")
    seen, of = np.unique(
        np.column_stack(list(calibration.cells.values())), axis=0, return_inverse=True
    )
    bias = calibration.activations.mean(axis=0)
    total = np.zeros((len(seen), bias.size))
    np.add.at(total, of.ravel(), calibration.activations - bias)
    directions = (total / np.bincount(of.ravel())[:, None]).astype(np.float32)
    number = {tuple(row): i for i, row in enumerate(seen.tolist())}
    asked = np.column_stack([sample.cells[name] for name in calibration.cells]).tolist()
    column = np.array([number.get(tuple(row), -1) for row in asked])
    token = np.flatnonzero(column >= 0)
    codes = sparse.csr_array(
        (np.ones(token.size, np.float32), (token, column[token])), shape=(len(asked), len(seen))
    )
    names = list(calibration.cells)
    labels = [", ".join(f"{a} {v}" for a, v in zip(names, row, strict=True)) for row in seen]
    return directions, bias, codes, np.array(labels)
