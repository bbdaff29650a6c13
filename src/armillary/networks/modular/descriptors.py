"""Completeness of a descriptor: what a network still knows when only that much is left of it."""

from collections.abc import Sequence
from typing import cast

import numpy as np
from jaxtyping import Float, Int

from armillary.networks.modular.network import ModularNetwork, accuracy_of, every_pair

STEPS = ("disks", "+ circle of a + b", "+ circle of a - b")
TORI = "tori"


def descriptor(
    pairs: Int[np.ndarray, "row 2"], frequencies: Sequence[int], *, p: int, step: str = STEPS[0]
) -> Float[np.ndarray, "row column"]:
    """Return what a descriptor says of every pair, one column a number.

    For every frequency the disk ``cos w a + cos w b, sin w a + sin w b``; from the second step on
    ``cos, sin w (a + b)``; in the third ``cos, sin w (a - b)``. Tori are ``cos w a, sin w a, cos w
    b, sin w b``: disks whose two residues are told apart.

    Parameters
    ----------
    pairs
        Residues.
    frequencies
        ``w = 2 pi frequency / p``.
    p
        Number of residues.
    step
        One of ``STEPS``, or ``TORI``.
    """
    a, b = (2 * np.pi / p * np.outer(column, frequencies) for column in pairs.T)
    if step == TORI:
        return np.hstack([np.cos(a), np.sin(a), np.cos(b), np.sin(b)])
    blocks = [np.cos(a) + np.cos(b), np.sin(a) + np.sin(b)]
    if step != STEPS[0]:
        blocks += [np.cos(a + b), np.sin(a + b)]
    if step == STEPS[2]:
        blocks += [np.cos(a - b), np.sin(a - b)]
    return np.hstack(blocks)


def completeness(network: ModularNetwork, frequencies: Sequence[int]) -> dict[str, float]:
    """Return the accuracy that is left when ``resid_mid`` is replaced by its fit on a descriptor.

    ``resid_mid`` of all pairs is regressed by least squares on a constant and the descriptor; the
    fitted rows go through the rest of the network.

    Parameters
    ----------
    network
        Any network of this room.
    frequencies
        The circles that are claimed.

    Returns
    -------
    dict of str to float
        By step of ``STEPS``, and for ``TORI``: accuracy over all pairs. ``1 / p`` is chance.
    """
    pairs = every_pair(network.p)
    rows = network.resid_mid(pairs)
    kept: dict[str, float] = {}
    for step in (*STEPS, TORI):
        columns = descriptor(pairs, frequencies, p=network.p, step=step)
        fitted, _ = fit_rows(rows, columns)
        kept[step] = accuracy_of(network, resid_mid=fitted)
    return kept


def fit_rows(
    rows: Float[np.ndarray, "row d_model"], columns: Float[np.ndarray, "row column"]
) -> tuple[Float[np.ndarray, "row d_model"], Float[np.ndarray, "column d_model"]]:
    """Return the least-squares fit of rows on a constant and columns, and the columns' weights."""
    centre, mean = columns.mean(axis=0), rows.mean(axis=0)
    weights = least_squares(columns - centre, rows - mean)
    return mean + (columns - centre) @ weights, weights


def least_squares(
    columns: Float[np.ndarray, "row column"], rows: Float[np.ndarray, "row d_model"]
) -> Float[np.ndarray, "column d_model"]:
    """Return the weights of columns that come nearest to rows, the shortest where several do."""
    return cast(np.ndarray, np.linalg.lstsq(columns, rows, rcond=None)[0])
