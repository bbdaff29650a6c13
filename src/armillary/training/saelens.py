"""Writing: a folder that sae-lens loads, and armillary as well."""

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import numpy as np
from safetensors import numpy as stored

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.errors import BadInput
from armillary.core.firing import JumpReLU, ReLU, TopK
from armillary.core.input_scaling import Unscaled
from armillary.training.result import TrainedSae

_FORMAT_OF = "6.54.12"  # the version of sae-lens whose files these are
_DTYPES = {"float32": np.float32, "float16": np.float16}


def to_saelens(
    folder: str | Path,
    sae: TrainedSae | SparseAutoencoder,
    *,
    dtype: str = "float32",
    metadata: Mapping[str, Any] | None = None,
) -> Path:
    """Write ``cfg.json`` and ``sae_weights.safetensors``.

    A rule with thresholds is written as ``jumprelu``, whatever it was trained as;
    ``metadata.training_architecture`` keeps the truth, as sae-lens does it.

    Parameters
    ----------
    folder
        Made if it is not there; these two files in it are replaced.
    sae
        What to write. It must read raw vectors, as trained ones do.
    dtype
        ``"float32"``, or ``"float16"`` for the two matrices (biases and thresholds stay float32).
        Encodings are equal to those of the rounded matrices. The config says float32 in either
        case, so that whoever loads it computes in float32.
    metadata
        Joined to the config's ``metadata``, for example ``model_name``.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    BadInput
        If the format has no place for a part of the autoencoder, or ``dtype`` is another word.
    """
    if dtype not in _DTYPES:
        raise BadInput(f"dtype {dtype!r} is not one of {', '.join(_DTYPES)}")
    made = sae.autoencoder if isinstance(sae, TrainedSae) else sae
    if not isinstance(made.scaling, Unscaled) or made.by_norm or made.skip is not None:
        raise BadInput("only autoencoders of raw vectors, with plain norms and no skip path, fit")
    tensors = {
        "W_enc": made.encoder.astype(_DTYPES[dtype]),
        "W_dec": made.directions.astype(_DTYPES[dtype]),
        "b_enc": made.encoder_bias.astype(np.float32),
        "b_dec": made.decoder_bias.astype(np.float32),
    }
    rule, further = _rule(made)
    where = Path(folder)
    where.mkdir(parents=True, exist_ok=True)
    contiguous = {k: np.ascontiguousarray(v) for k, v in {**tensors, **further}.items()}
    cast(Any, stored).save_file(
        contiguous, where / "sae_weights.safetensors", metadata={"format": "pt"}
    )
    config = {
        "d_in": made.d_model,
        "d_sae": made.n_features,
        "dtype": "float32",
        "device": "cpu",
        "apply_b_dec_to_input": made.centred,
        "normalize_activations": "none",
        "reshape_activations": "none",
        **rule,
        "metadata": {**_metadata(made, sae), **(metadata or {})},
    }
    (where / "cfg.json").write_text(json.dumps(config, indent=1, default=str) + "\n", "utf-8")
    return where


def _rule(made: SparseAutoencoder) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return what the config says of the rule, and its tensors."""
    firing = made.firing
    if isinstance(firing, TopK) and firing.rectified and not firing.signed:
        return {"architecture": "topk", "k": firing.k, "rescale_acts_by_decoder_norm": False}, {}
    if isinstance(firing, JumpReLU):
        threshold = np.broadcast_to(firing.threshold, (made.n_features,))
        return {"architecture": "jumprelu"}, {"threshold": threshold.astype(np.float32)}
    if isinstance(firing, ReLU):
        return {"architecture": "standard"}, {}
    raise BadInput(f"sae-lens's files have no place for {firing}")


def _metadata(made: SparseAutoencoder, sae: TrainedSae | SparseAutoencoder) -> dict[str, Any]:
    found: dict[str, Any] = {
        "sae_lens_version": _FORMAT_OF,
        "armillary_version": version("armillary"),
        "hook_name": made.source.get("hook_name"),
    }
    if isinstance(sae, TrainedSae):
        last = {name: float(values[-1]) for name, values in sae.history.items() if len(values)}
        found |= {
            "training_architecture": sae.config.architecture.name,
            "training_config": sae.config.record(),
            "training_scale": sae.scale,
            "training_data": dict(sae.data),
            "last_batch": last,
        }
        source = sae.data.get("source", {})
        found |= {k: source[k] for k in ("model_name", "prepend_bos") if k in source}
        if "model" in source:
            found.setdefault("model_name", source["model"])
    return found
