"""Llama Scope: 2024 with ``hyperparams.json``, since then with ``config.json`` (llamascopium)."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from armillary.core.errors import BadInput
from armillary.core.firing import BatchTopK, Firing, JumpReLU, ReLU, TopK
from armillary.core.input_scaling import FixedScale, InputScaling, UnitNorm, Unscaled
from armillary.load.sae.config import facts, inner, number, one_of, sizes
from armillary.load.sae.stored_sae import SaeFiles, StoredMatrix, StoredSae, StoredVector
from armillary.load.stored import Offer, StoredTensor, small_float32

NAME = "Llama Scope"
_NORMS = "dataset_average_activation_norm"
_SAVED = "sae."


def claims(files: SaeFiles) -> bool:
    """Tell whether the config names a hook the way only this library does."""
    return "hook_point_in" in files.config and "d_model" in files.config


def read(files: SaeFiles) -> StoredSae:
    """Describe an autoencoder whose input is never centred.

    Tensors are ``W_D``, ``W_E`` (new) or ``decoder.weight``, ``encoder.weight`` (2024, R1). With
    ``norm_activation`` "dataset-wise" vectors come in times ``sqrt(d_model) / norm in`` and go out
    divided by ``sqrt(d_model) / norm out``; rows are kept as stored.
    """
    files = _unpacked(files)
    where = str(files.config_path or files.weights)
    config = files.config
    upright = not any(n.endswith(("coder.weight", "coder.bias")) for n in files.offer.tensors)
    stated = sizes(config, {"d_in": "d_model", "d_sae": "d_sae", "k": "top_k"}, where=where)
    if "d_sae" not in stated and isinstance(config.get("expansion_factor"), int | float):
        stated["d_sae"] = int(stated["d_in"] * config["expansion_factor"])
    rule = str(config.get("act_fn", "relu")).lower()
    if rule not in ("topk", "batchtopk"):
        stated.pop("k", None)
    notes = ["b_D is not taken off the input"]
    scaling, why = _scaling(files, where=where)
    notes += [why] if why and scaling is not None else []
    gated = config.get("use_glu_encoder") is True
    no_codes = "its encoder has a second, gating matrix" if gated else ""
    if scaling is None:
        no_codes = no_codes or why
    old_jump = rule == "jumprelu" and "jump_relu_threshold" in config
    by_norm = config.get("sparsity_include_decoder_norm", True) is not False and not old_jump
    if by_norm:
        notes.append("features fire by their pre-activation times their row's norm")
    bias = "b_D" if upright else "decoder.bias"
    encoder_bias = files.need("b_E" if upright else "encoder.bias", of=NAME)
    found = facts(config, {"hook_name": config.get("hook_point_in")})
    if config.get("hook_point_out") not in (None, config.get("hook_point_in")):
        found["hook_name_out"] = config["hook_point_out"]
    return StoredSae(
        format=NAME,
        files=files,
        decoder=StoredMatrix(
            files.need("W_D" if upright else "decoder.weight", of=NAME), transpose=not upright
        ),
        encoder=StoredMatrix(
            files.need("W_E" if upright else "encoder.weight", of=NAME), transpose=not upright
        ),
        encoder_bias=StoredVector(encoder_bias),
        decoder_bias=StoredVector(files.need(bias, of=NAME))
        if config.get("use_decoder_bias", True) is not False
        else None,
        firing=_firing(files, rule, stated, where=where),
        scaling=scaling or Unscaled(),
        by_norm=by_norm,
        no_codes=no_codes,
        sizes=stated,
        facts={**found, "architecture": rule},
        notes=tuple(notes),
    )


def _unpacked(files: SaeFiles) -> SaeFiles:
    """Return the state dict itself; a ``.pt`` holds it under ``sae``."""
    tensors = files.offer.tensors
    if not any(name.startswith(_SAVED) for name in tensors):
        return files
    inside: dict[str, StoredTensor] = {n.removeprefix(_SAVED): t for n, t in tensors.items()}
    return SaeFiles(files.weights, Offer(inside), files.config, files.config_path, files.folder)


def _scaling(files: SaeFiles, *, where: str) -> tuple[InputScaling | None, str]:
    """Return the scaling of the input, None where its factors are unknown, and what to say."""
    word = files.config.get("norm_activation", "dataset-wise")
    known = {"dataset-wise": 1, "inference": 1, "token-wise": 1, "batch-wise": 1, "none": 1}
    one_of({"norm_activation": word}, "norm_activation", known=known, where=where)
    if word in ("inference", "none"):
        return Unscaled(), ""
    if word == "token-wise":
        return UnitNorm(), ""
    if word == "batch-wise":
        return None, "norm_activation is 'batch-wise': codes depend on the tokens beside"
    norms = _norms(files, where=where)
    if norms is None:
        return None, f"norm_activation is 'dataset-wise', but no {_NORMS} is stored"
    root = float(files.config["d_model"]) ** 0.5
    scale = FixedScale(root / norms[0], root / norms[1])
    return scale, f"scaled by the dataset's mean norm: {scale}; rows are as stored"


def _norms(files: SaeFiles, *, where: str) -> tuple[float, float] | None:
    stated = inner(files.config, _NORMS)
    if stated:
        return number(stated, "in", where=where), number(stated, "out", where=where)
    ends: dict[str, Any] = {}
    for key in ("hook_point_in", "hook_point_out"):
        name = f"{_NORMS}.{files.config.get(key, files.config.get('hook_point_in'))}"
        if name not in files.offer.tensors:
            return None
        stored = small_float32(files.need(name, of=NAME))
        ends[name] = float(stored.reshape(-1)[0]) if stored.size == 1 else None
    values = [number(ends, name, where=str(files.weights)) for name in ends]
    return values[0], values[-1]


def _firing(
    files: SaeFiles, rule: str, stated: Mapping[str, int], *, where: str
) -> Callable[[], Firing]:
    """Return what makes the rule; the 2024 threshold holds for scaled input, as in its code."""

    def jump() -> Firing:
        if "jump_relu_threshold" in files.config:
            value = number(files.config, "jump_relu_threshold", where=where)
            return JumpReLU(np.full(1, value, dtype=np.float32))
        if "log_jumprelu_threshold" in files.offer.tensors:  # R1
            stored = files.need("log_jumprelu_threshold", of=NAME)
            return JumpReLU(np.exp(np.atleast_1d(small_float32(stored))))
        stored = files.need("activation_function.log_jumprelu_threshold", of=f"{NAME} jumprelu")
        return JumpReLU(np.exp(np.atleast_1d(small_float32(stored))))

    def made() -> Firing:
        kinds: dict[str, Callable[[], Firing]] = {
            "relu": ReLU,
            "jumprelu": jump,
            "topk": lambda: TopK(stated["k"]),
            "batchtopk": lambda: BatchTopK(stated["k"]),
        }
        if rule not in kinds or ("topk" in rule and "k" not in stated):
            raise BadInput(
                f"{where}: act_fn is {rule!r} with top_k {stated.get('k')}; known are "
                f"{', '.join(kinds)}, and the last two need a top_k"
            )
        return kinds[rule]()

    return made
