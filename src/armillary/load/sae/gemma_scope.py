"""Gemma Scope: 1 is ``params.npz`` without a config, 2 is ``params.safetensors`` with one."""

import re

from armillary.core.errors import BadInput
from armillary.core.firing import Firing, JumpReLU
from armillary.load.sae.config import facts, one_of
from armillary.load.sae.stored_sae import SaeFiles, StoredMatrix, StoredSae, StoredVector
from armillary.load.stored import small_float32

NAME = "Gemma Scope"
_PLACES = ("resid_post", "attn_out", "mlp_out", "transcoder", "embedding", "clt")


def claims(files: SaeFiles) -> bool:
    """Tell whether the file is named as Gemma Scope names it, or its config says so."""
    named = files.weights.name in ("params.npz", "params.safetensors")
    return named or files.config.get("architecture") == "jump_relu"


def read(files: SaeFiles) -> StoredSae:
    """Describe a JumpReLU autoencoder whose input is neither centred nor scaled.

    Names are ``W_dec`` or ``w_dec``. Autoencoders of the *embedding* were trained on vectors over
    ``sqrt(d_model)``: encoder and decoder are brought to the model's own.
    """
    if "architecture" in files.config:
        one_of(files.config, "architecture", known={"jump_relu": 1}, where=str(files.config_path))
    lower = bool({"w_dec", "w_enc"} & files.offer.tensors.keys())
    decoder = files.need("w_dec" if lower else "W_dec", of=NAME)
    encoder = files.need("w_enc" if lower else "W_enc", of=NAME)
    threshold = files.need("threshold", of=NAME)
    skip = files.offer.tensors.get("affine_skip_connection")
    if len(decoder.shape) == 3:
        raise BadInput(
            f"{files.weights}: a cross-layer transcoder: {decoder.name!r} has an axis for the "
            f"layers it writes to ({list(decoder.shape)}). Save the rows of one layer as an array"
        )
    place = str(files.folder.resolve())
    root = 1.0
    notes = ["Gemma Scope: b_dec is not taken off the input; norms are as stored"]
    if "embedding" in place and len(decoder.shape) == 2:
        root = float(decoder.shape[1]) ** 0.5
        notes.append(f"trained on embeddings over sqrt(d_model): rows are times {root:.6g}")
    where = next((word for word in _PLACES if word in place), None)
    layer = re.search(r"layer_(\d+)", place)
    seen = {"place": where, "layer": int(layer[1]) if layer else None}

    def firing() -> Firing:
        return JumpReLU(small_float32(threshold))

    return StoredSae(
        format=NAME,
        files=files,
        decoder=StoredMatrix(decoder, factor=root),
        encoder=StoredMatrix(encoder, factor=1 / root),
        encoder_bias=StoredVector(files.need("b_enc", of=NAME)),
        decoder_bias=StoredVector(files.need("b_dec", of=NAME)),
        firing=firing,
        skip=StoredMatrix(skip) if skip is not None else None,
        facts={
            **facts(files.config),
            **{name: value for name, value in seen.items() if value is not None},
            **{
                name: files.config[name]
                for name in ("hf_hook_point_in", "hf_hook_point_out")
                if name in files.config
            },
        },
        notes=tuple(notes),
    )
