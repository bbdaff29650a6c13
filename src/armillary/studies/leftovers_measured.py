"""A residual measured: its spectrum, and what foretells it, beside a Gaussian twin."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.atlas.study import Chart, Row
from armillary.core import SparseAutoencoder
from armillary.evaluate.leftover import gaussian_like, predictable, residual, spectrum

AXES = 200  # of the spectra that are drawn
GAUSSIAN = "a Gaussian of the same mean and covariance"


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Spectra and predictability of a residual.

    Parameters
    ----------
    left
        The residual.
    spectra, foretold
        Tables.
    variances
        By name, for the drawing.
    """

    left: Float[np.ndarray, "token d_model"]
    spectra: list[Row]
    foretold: list[Row]
    variances: Mapping[str, Float[np.ndarray, " axis"]]


def measured(
    sae: SparseAutoencoder,
    x: Float[np.ndarray, "token d_model"],
    *,
    document: Int[np.ndarray, " token"] | None,
    n_draws: int,
    rng: np.random.Generator,
) -> Measured:
    """Measure the spectrum of a residual and how well vectors foretell it.

    Parameters
    ----------
    sae
        The autoencoder.
    x
        Vectors.
    document
        Of each, in blocks; every row its own where None.
    n_draws
        Of the null.
    rng
        Of folds, null and twin.

    Returns
    -------
    Measured
        Tables; the twin's R^2 is what the same autoencoder leaves predictable of vectors that have
        a mean and a covariance and nothing else.
    """
    left = residual(sae, x)
    twin = gaussian_like(x, rng=rng)
    twin_left = residual(sae, twin)
    of = {
        "x": x, "rebuilt": x - left, "residual": left, f"residual of {GAUSSIAN}": twin_left
    }  # fmt: skip
    each = {name: spectrum(rows) for name, rows in of.items()}
    spectra: list[Row] = [
        {
            "vectors": name, "variance": one.total, "share": one.total / each["x"].total,
            "effective_axes": one.effective, "axes_half": one.axes_for(0.5),
            "axes_90": one.axes_for(0.9),
        }
        for name, one in each.items()
    ]  # fmt: skip
    foretold: list[Row] = []
    targets = {
        "residual": (left, twin_left),
        "log squared length": (_log_length(left), _log_length(twin_left)),
    }
    for target, (real, made) in targets.items():
        test = predictable(x, real, document=document, n_draws=n_draws, rng=rng)
        chance = predictable(twin, made, n_draws=0, rng=rng).observed
        foretold.append({
            "from": "x", "to": target, "r2": test.observed, "r2_documents_dealt": (
                float(test.null.mean()) if test.null.size else None
            ),
            "p": test.pvalue, "r2_gaussian_twin": chance, "left": test.observed - chance,
        })  # fmt: skip
    return Measured(left, spectra, foretold, {name: one.variance for name, one in each.items()})


def _log_length(rows: np.ndarray) -> Float[np.ndarray, "token 1"]:
    square = np.square(rows.astype(np.float64)).sum(axis=1, keepdims=True)
    return np.log(np.maximum(square, 1e-12 * max(float(square.max()), 1e-300)))


def sentences(found: Measured) -> list[str]:
    """Say what was measured, every number beside its null.

    Parameters
    ----------
    found
        What was measured.

    Returns
    -------
    list of str
        Three sentences.
    """
    x, _, left, twin = found.spectra
    whole, length = found.foretold
    return [
        f"{left['share']:.1%} of the variance is left over (of {GAUSSIAN}: {twin['share']:.1%}), "
        f"on {left['effective_axes']:.0f} effective axes; x has {x['effective_axes']:.1f}.",
        f"A linear map of x foretells {whole['r2']:.1%} of the residual on new documents "
        f"(documents dealt out anew p = {whole['p']:.3g}); of the Gaussian twin's residual it "
        f"foretells {whole['r2_gaussian_twin']:.1%}.",
        f"It foretells {length['r2']:.1%} of the residual's length (log squared; p = "
        f"{length['p']:.3g}), of the twin's {length['r2_gaussian_twin']:.1%}.",
    ]


def spectra_chart(found: Measured) -> Chart:
    """Draw the spectra.

    Parameters
    ----------
    found
        What was measured.

    Returns
    -------
    Chart
        Lines.
    """
    series: list[dict[str, Any]] = [
        {
            "name": name, "x": list(range(1, min(AXES, one.size) + 1)),
            "y": list(np.log10(np.maximum(one[:AXES], 1e-12 * max(float(one[0]), 1e-300)))),
            "null": GAUSSIAN in name,
        }
        for name, one in found.variances.items()
    ]  # fmt: skip
    return Chart("lines", "Spectra", {"series": series}, x="axis", y="log10 variance")
