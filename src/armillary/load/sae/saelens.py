"""SAELens: ``cfg.json`` and ``sae_weights.safetensors``, since 6.0 with a ``metadata`` object."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from armillary.core.errors import BadInput
from armillary.core.firing import Firing, Gated, JumpReLU, ReLU, TopK
from armillary.core.input_scaling import (
    FixedScale,
    InputScaling,
    LayerNorm,
    UnitNorm,
    Unscaled,
    Whitening,
)
from armillary.load.sae.config import facts, inner, number, sizes
from armillary.load.sae.stored_sae import SaeFiles, StoredMatrix, StoredSae, StoredVector
from armillary.load.safetensors_file import open_safetensors
from armillary.load.stored import small_float32

NAME = "SAELens"
_NORMALISED = "normalize_activations"
_TRANSCODERS = ("transcoder", "skip_transcoder", "jumprelu_transcoder", "jumprelu_skip_transcoder")
_KNOWN = (
    "standard",
    "gated",
    "topk",
    "abstopk",
    "jumprelu",
    "batchtopk",
    "matryoshka_batchtopk",
) + (
    "matching_pursuit",
    "temporal",
    *_TRANSCODERS,
)


def claims(files: SaeFiles) -> bool:
    """Tell whether the config is one of SAELens."""
    config = files.config
    return (
        "d_in" in config
        and ("d_sae" in config or "expansion_factor" in config)
        and bool({"architecture", "hook_point", "hook_name", "metadata"} & config.keys())
        and "hook_point_in" not in config
    )


def read(files: SaeFiles) -> StoredSae:
    """Describe an autoencoder or transcoder of SAELens.

    Before 6.0: ``apply_b_dec_to_input`` is True where it is absent, ``normalize_activations`` may
    be a flag, and a top-k rule is written in ``activation_fn_str``.
    """
    where = str(files.config_path or files.weights)
    config = _modern(files.config)
    kind = config["architecture"]
    if kind not in _KNOWN:
        raise BadInput(
            f"{where}: architecture {kind!r} is not known; known are {', '.join(_KNOWN)}"
        )
    transcodes = kind in _TRANSCODERS
    notes = [f"architecture {kind!r}"]
    trained = inner(config, "metadata").get("training_architecture")
    if trained not in (None, kind):
        notes.append(f"trained as {trained!r}, saved as {kind!r}")
    no_codes = _no_codes(files, kind)
    scaling, why = _scaling(files, config, where=where)
    notes += [why] if why and scaling is not None else []
    no_codes = no_codes or ("" if scaling is not None else why)
    decoder = files.need("W_dec", of=NAME)
    encoder = None if no_codes else StoredMatrix(files.need("W_enc", of=NAME))
    bias = None if no_codes or kind == "gated" else StoredVector(files.need("b_enc", of=NAME))
    by_norm = config.get("rescale_acts_by_decoder_norm") is True
    if by_norm:
        notes.append(
            "rescale_acts_by_decoder_norm: codes multiply the raw rows here; SAELens shows them "
            "times their row's norm"
        )
    centred = not transcodes and config["apply_b_dec_to_input"] is not False
    notes.append(f"b_dec is {'' if centred else 'not '}taken off the input")
    skip = files.offer.tensors.get("W_skip")
    names = {"d_in": "d_in", "d_sae": "d_sae", "k": "k"} | (
        {"d_out": "d_out"} if transcodes else {}
    )
    found = facts(inner(config, "metadata"), config)
    if transcodes:
        notes.append("a transcoder: its rows write " + str(found.get("hook_name_out", "elsewhere")))
    return StoredSae(
        format=NAME,
        files=files,
        decoder=StoredMatrix(decoder),
        encoder=encoder,
        encoder_bias=bias,
        decoder_bias=StoredVector(files.need("b_dec", of=NAME)),
        firing=_firing(files, kind, config, where=where),
        scaling=scaling or FixedScale(1.0, 1.0),
        centred=centred,
        by_norm=by_norm,
        skip=StoredMatrix(skip, transpose=True) if skip is not None else None,
        no_codes=no_codes,
        sizes=sizes(config, names, where=where),
        facts={**found, "architecture": kind, "version": _version(config)},
        notes=tuple(notes),
        columns=_sparsity(files),
    )


def _modern(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the config with the names and defaults of 6.0."""
    new = dict(config)
    new.setdefault("architecture", "standard")
    new.setdefault("apply_b_dec_to_input", True)
    if "hook_name" not in new and "hook_point" in new:
        new["hook_name"] = new["hook_point"]
    rule = new.get("activation_fn_str", new.get("activation_fn", "relu"))
    if rule == "topk" and new["architecture"] == "standard":
        new["architecture"] = "topk"
    if "k" not in new and "k" in inner(new, "activation_fn_kwargs"):
        new["k"] = inner(new, "activation_fn_kwargs")["k"]
    flag = new.get(_NORMALISED)
    if isinstance(flag, bool) or flag is None:
        new[_NORMALISED] = "expected_average_only_in" if flag else "none"
    return new


def _version(config: Mapping[str, Any]) -> str:
    stated = inner(config, "metadata").get("sae_lens_version", config.get("sae_lens_version"))
    return str(stated) if stated else "before 6.0"


def _no_codes(files: SaeFiles, kind: str) -> str:
    """Return why codes cannot be computed, empty where they can."""
    if kind == "matching_pursuit":
        return "matching pursuit finds its codes by a search, not by an encoder"
    if kind == "temporal":
        return "a temporal autoencoder's codes depend on the tokens before"
    scale = files.offer.tensors.get("scaling_factor")
    if scale is not None and not np.allclose(small_float32(scale), 1):
        return "its codes were rescaled one by one when it was fine-tuned ('scaling_factor')"
    return ""


def _scaling(
    files: SaeFiles, config: Mapping[str, Any], *, where: str
) -> tuple[InputScaling | None, str]:
    """Return the scaling of the input, None where its factor is unknown, and what to say of it."""
    word = config[_NORMALISED]
    fixed: dict[Any, InputScaling] = {
        "none": Unscaled(),
        "layer_norm": LayerNorm(),
        "constant_norm_rescale": UnitNorm(),
    }
    if word in fixed:
        return fixed[word], ""
    if word == "expected_average_only_in":
        beside = files.folder / "activation_scaler.json"
        if not beside.is_file():
            return None, (
                "normalize_activations is 'expected_average_only_in', but the factor is neither "
                "folded in nor in activation_scaler.json beside it"
            )
        try:
            factor = number(
                json.loads(beside.read_text("utf-8")), "scaling_factor", where=str(beside)
            )
        except (ValueError, AttributeError) as error:
            raise BadInput(f"{beside}: expected a JSON object with 'scaling_factor'") from error
        return FixedScale(factor, factor), f"input scaled by {factor:.6g} (activation_scaler.json)"
    if word == "covariance_whitening":
        beside = files.folder / "activation_whitening.safetensors"
        if not beside.is_file():
            raise BadInput(
                f"{where}: trained on whitened activations, but {beside.name} is missing; without "
                "it the rows cannot be placed. Fetch it, or fold the whitening with sae-lens"
            )
        return _whitening(beside), f"rows live in whitened activations ({beside.name})"
    raise BadInput(
        f"{where}: {_NORMALISED} is {word!r}; known are {', '.join(map(str, fixed))}, "
        "expected_average_only_in, covariance_whitening"
    )


def _whitening(path: Path) -> Whitening:
    files = SaeFiles(path, open_safetensors(path))
    tensors = [files.need(name, of="whitening") for name in ("mean", "matrix", "inverse_matrix")]
    mean, matrix, inverse = (small_float32(tensor) for tensor in tensors)
    if mean.ndim != 1 or not matrix.shape == inverse.shape == mean.shape * 2:
        raise BadInput(
            f"{path}: shapes {mean.shape}, {matrix.shape} and {inverse.shape} do not fit"
        )
    return Whitening(mean, matrix, inverse)


def _firing(
    files: SaeFiles, kind: str, config: Mapping[str, Any], *, where: str
) -> Callable[[], Firing]:
    """Return what makes the rule; thresholds are read when it is called."""

    def vector(name: str) -> np.ndarray:
        return small_float32(files.need(name, of=f"{NAME} {kind}"))

    def threshold() -> np.ndarray:
        if "topk" in kind and "topk_threshold" in files.offer.tensors:
            return np.atleast_1d(vector("topk_threshold"))
        if "threshold" not in files.offer.tensors and "log_threshold" in files.offer.tensors:
            return np.exp(vector("log_threshold"))
        return vector("threshold")

    def made() -> Firing:
        if kind in ("topk", "abstopk"):
            if not isinstance(config.get("k"), int):
                raise BadInput(
                    f"{where}: 'k' is {config.get('k')!r}, expected a whole number above 0"
                )
            return TopK(config["k"], signed=kind == "abstopk")
        if kind == "gated":
            return Gated(vector("b_gate"), vector("r_mag"), vector("b_mag"))
        if "jumprelu" in kind or "batchtopk" in kind:
            return JumpReLU(threshold())
        return ReLU()

    return made


def _sparsity(files: SaeFiles) -> dict[str, np.ndarray]:
    """Return the log10 firing frequency of each feature, if it lies beside the weights."""
    beside = files.folder / "sparsity.safetensors"
    if not beside.is_file():
        return {}
    stored = open_safetensors(beside).tensors.get("sparsity")
    return {} if stored is None else {"log10_frequency": small_float32(stored)}
