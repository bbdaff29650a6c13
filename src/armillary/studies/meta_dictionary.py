"""Meta-dictionary: decoder rows as sums of a few common parts, beside random decoders' rows."""

from importlib import import_module
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.affinity.unit_rows import unit_rows
from armillary.core import BadInput
from armillary.evaluate.matched_nulls import NULLS
from armillary.load import require

PARTS = 4  # of a row
WIDTH = 1 / 16  # meta-features a row
HELD_OUT = 0.2
STEPS, BATCH = 1500, 256
LEAST = 160  # rows: fewer train nothing


def meta_rows(
    directions: Float[np.ndarray, "feature d_model"], *, seed: int
) -> list[dict[str, Any]]:
    """Decompose decoder rows into sums of a few meta-features, and random rows alike.

    A TopK autoencoder with a sixteenth as many features as there are rows, four of them a row, is
    trained on four fifths of the unit rows. ``explained = 1 - sum |x - x'|^2 / sum |x - mean|^2``
    on the rest. The same is done to rows drawn with no structure: uniform on the sphere, Gaussian
    of the same mean and covariance, and the same with every principal coordinate permuted.

    Parameters
    ----------
    directions
        Decoder rows.
    seed
        Of the split, the nulls and the training.

    Returns
    -------
    list of dict
        Real rows first, then every baseline: share explained on rows seen and on rows held out.

    Raises
    ------
    BadInput
        If there are too few rows to train on.
    MissingExtra
        If torch is not installed.

    References
    ----------
    Leask et al. 2025, arXiv:2502.04878: the meta-autoencoder, whose share of explained decoder
    variance says little before it stands beside a random decoder's.
    """
    ready(len(directions))
    rng = np.random.default_rng([seed, 55])
    unit = unit_rows(directions)
    drawn = {"isotropic": unit_rows(rng.standard_normal(unit.shape, dtype=np.float32))}
    drawn |= {name: draw(unit, rng) for name, draw in NULLS.items()}
    return [
        {"rows": name, "seen": seen, "held_out": held, "parts": PARTS, "meta_features": width}
        for name, table in {"decoder": unit, **drawn}.items()
        for seen, held, width in [explained(table, seed=seed)]
    ]


def ready(n_rows: int) -> None:
    """Refuse what no meta-dictionary can be trained on, before anything else is computed.

    Parameters
    ----------
    n_rows
        Of the dictionary.

    Raises
    ------
    BadInput
        If there are too few rows to train on.
    MissingExtra
        If torch is not installed.
    """
    if n_rows < LEAST:
        raise BadInput(
            f"{n_rows} rows are too few for a meta-dictionary: {LEAST} are needed; --no-meta "
            "compares without one"
        )
    require("torch", extra="torch")


def explained(unit: Float[np.ndarray, "feature d_model"], *, seed: int) -> tuple[float, float, int]:
    """Train one meta-dictionary and measure it.

    Parameters
    ----------
    unit
        Rows of length 1.
    seed
        Of the split and the training.

    Returns
    -------
    tuple
        Share explained of the rows trained on and of those held out, and the number of
        meta-features.
    """
    training: Any = import_module("armillary.training")
    order = np.random.default_rng([seed, 56]).permutation(len(unit))
    held, seen = np.split(order, [round(HELD_OUT * len(unit))])
    width = max(2 * PARTS, round(WIDTH * len(unit)))
    config = training.TrainingConfig(
        training.TopK(PARTS), width, tokens=STEPS * BATCH, batch=min(BATCH, len(seen)), lr=2e-3,
        scale=True, seed=seed, log_every=500, dead_after=20 * len(unit), device="cpu",
    )  # fmt: skip
    made = training.train(np.ascontiguousarray(unit[seen]), config).autoencoder
    shares = [1.0 - float(made.unexplained(unit[rows])["fvu"]) for rows in (seen, held)]
    return shares[0], shares[1], width
