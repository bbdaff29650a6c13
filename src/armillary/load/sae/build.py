"""Building: a described autoencoder becomes arrays, once everything about it has been checked."""

import json
from pathlib import Path
from typing import Any, cast

import numpy as np
from jaxtyping import Float

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.errors import BadInput
from armillary.core.firing import Firing, Gated, JumpReLU
from armillary.load.sae.check import refuse_if_crossed, refuse_misfits
from armillary.load.sae.stored_sae import StoredSae

MEASURED = "about.json"  # what its maker measured, beside the weights


def checked_directions(
    sae: StoredSae,
) -> tuple[Float[np.ndarray, "feature d_out"], list[str]]:
    """Read the decoder, checked against everything that is known about it.

    Returns
    -------
    directions : array
        Rows are features, raw norms.
    notes : list of str
        Every assumption, the orientation first.

    Raises
    ------
    BadInput
        As ``refuse_misfits`` and ``refuse_if_crossed``.
    """
    notes = [*refuse_misfits(sae)]
    directions = sae.decoder.read()
    n, d_out = directions.shape
    if n == d_out and sae.encoder is not None and sae.encoder.shape == (n, n):
        where = str(sae.files.weights)
        notes.append(refuse_if_crossed(directions, sae.encoder.read(), where=where))
    notes += [note for note in (*sae.files.offer.notes, *sae.notes) if note not in notes]
    if sae.no_codes:
        notes.append(f"codes cannot be computed from this file: {sae.no_codes}")
    return directions, notes


def provenance(sae: StoredSae) -> dict[str, Any]:
    """Return what is recorded of an autoencoder, JSON-ready."""
    tensor = sae.decoder.tensor
    return {
        "format": sae.format,
        "decoder_space": sae.scaling.space,
        "input_scaling": str(sae.scaling),
        "centred": sae.centred,
        "model": dict(sae.facts),
        "measured": _measured(sae.files.weights.parent / MEASURED),
        "dtype": tensor.dtype,
        "tensor": tensor.name,
        "shape": list(tensor.shape),
        "orientation": "columns" if sae.decoder.transpose else "rows",
    }


def _measured(path: Path) -> dict[str, Any] | None:
    """Read what its maker measured, where a file of it lies beside the weights."""
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def built(sae: StoredSae, *, source: dict[str, Any] | None = None) -> SparseAutoencoder:
    """Read everything and return the autoencoder.

    Raises
    ------
    BadInput
        If codes cannot be computed from the file, or anything in it does not fit.
    """
    where = str(sae.files.weights)
    if sae.no_codes or sae.encoder is None:
        raise BadInput(
            f"{where}: {sae.no_codes or 'there is no encoder'}; its directions can still be loaded "
            "(armillary.load_space)"
        )
    directions, notes = checked_directions(sae)
    n, d_out = directions.shape
    firing = sae.firing()
    _refuse_rule(firing, n, where=where)
    parts = {
        "the encoder": sae.encoder.read(),
        "the encoder's bias": sae.encoder_bias.read() if sae.encoder_bias else _zeros(n),
        "the decoder's bias": sae.decoder_bias.read() if sae.decoder_bias else _zeros(d_out),
    }
    for name, values in {"the decoder": directions, **parts}.items():
        if not np.isfinite(values).all():
            raise BadInput(
                f"{where}: {name} holds NaN or infinite values, so it cannot encode; its usable "
                "directions can still be loaded (armillary.load_space)"
            )
    encoder, encoder_bias, decoder_bias = parts.values()
    return SparseAutoencoder(
        directions,
        encoder,
        encoder_bias,
        decoder_bias,
        firing,
        scaling=sae.scaling,
        centred=sae.centred,
        by_norm=sae.by_norm,
        skip=sae.skip.read() if sae.skip else None,
        source={**(source or {}), **provenance(sae), "firing": str(firing), "assumptions": notes},
    )


def _zeros(n: int) -> np.ndarray:
    return np.zeros(n, dtype=np.float32)


def _refuse_rule(firing: Firing, n_features: int, *, where: str) -> None:
    """Refuse thresholds and gates that are not one a feature, or not numbers."""
    vectors: dict[str, np.ndarray] = {}
    allowed = ((n_features,),)
    if isinstance(firing, JumpReLU):
        vectors, allowed = {"threshold": firing.threshold}, ((1,), (n_features,))
    if isinstance(firing, Gated):
        vectors = {"gate bias": firing.gate_bias, "magnitude bias": firing.magnitude_bias} | {
            "magnitude scale": firing.log_scale
        }
    for name, vector in vectors.items():
        if vector.shape not in allowed or not np.isfinite(vector).all():
            raise BadInput(
                f"{where}: its {name} has shape {vector.shape}, expected {n_features} finite "
                "entries, one a feature; fetch the file again"
            )
