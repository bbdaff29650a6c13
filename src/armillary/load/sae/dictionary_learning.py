"""dictionary_learning: ``ae.pt``, a state dict, and ``config.json`` with a ``trainer`` object."""

import re
from collections.abc import Callable

import numpy as np

from armillary.core.errors import BadInput
from armillary.core.firing import Firing, Gated, JumpReLU, ReLU, TopK
from armillary.load.sae.config import facts, inner, number, one_of, sizes
from armillary.load.sae.stored_sae import SaeFiles, StoredMatrix, StoredSae, StoredVector
from armillary.load.stored import Offer, small_float32

NAME = "dictionary_learning"
_BACKUP = "ae."
# class: name of the decoder's bias, whether it is taken off the input
_CLASSES = {
    "AutoEncoder": ("bias", True),
    "AutoEncoderNew": ("decoder.bias", False),
    "GatedAutoEncoder": ("decoder_bias", True),
    "AutoEncoderTopK": ("b_dec", True),
    "BatchTopKSAE": ("b_dec", True),
    "JumpReluAutoEncoder": ("b_dec", False),
    "MatryoshkaBatchTopKSAE": ("b_dec", True),
}
_NAMED_AS_SAELENS = ("JumpReluAutoEncoder", "MatryoshkaBatchTopKSAE")


def claims(files: SaeFiles) -> bool:
    """Tell whether the config has a trainer, or the file is ``ae.pt`` or ``ae_<step>.pt``."""
    named = re.fullmatch(r"ae(_\d+)?\.pt", files.weights.name) is not None
    return named or "dict_class" in inner(files.config, "trainer")


def read(files: SaeFiles) -> StoredSae:
    """Describe any of its seven classes.

    A file left by an interrupted run holds ``{step, ae, optimizer, norm_factor}``; its biases are
    multiplied by ``norm_factor``, as the end of training would have done.
    """
    files, notes, factor = _unpacked(files)
    trainer = inner(files.config, "trainer")
    where = str(files.config_path or files.weights)
    if trainer.get("dict_class") is not None:
        kind: str = one_of(trainer, "dict_class", known={n: n for n in _CLASSES}, where=where)
    else:
        kind, note = _guessed(files)
        notes.append(note)
    bias, centred = _CLASSES[kind]
    own = f"{NAME} {kind}"
    upright = kind in _NAMED_AS_SAELENS
    decoder = files.need("W_dec" if upright else "decoder.weight", of=own)
    encoder = files.need("W_enc" if upright else "encoder.weight", of=own)
    encoder_bias = None
    if kind != "GatedAutoEncoder":
        encoder_bias = files.need("b_enc" if upright else "encoder.bias", of=own)
    notes.append(f"{kind}: {bias!r} is {'' if centred else 'not '}taken off the input")
    stated = sizes(trainer, {"d_in": "activation_dim", "d_sae": "dict_size", "k": "k"}, where=where)
    found = facts(trainer, {"model_name": trainer.get("lm_name")})
    for name in ("layer", "submodule_name"):
        if name in trainer:
            found[name] = trainer[name]
    return StoredSae(
        format=NAME,
        files=files,
        decoder=StoredMatrix(decoder, transpose=not upright),
        encoder=StoredMatrix(encoder, transpose=not upright),
        encoder_bias=None if encoder_bias is None else StoredVector(encoder_bias, factor),
        decoder_bias=StoredVector(files.need(bias, of=own), factor),
        firing=_firing(files, kind, factor=factor, own=own, k=stated.get("k")),
        centred=centred,
        sizes=stated,
        facts={**found, "architecture": kind},
        notes=tuple(notes),
        columns=_nesting(files, decoder.shape) if kind == "MatryoshkaBatchTopKSAE" else {},
    )


def _unpacked(files: SaeFiles) -> tuple[SaeFiles, list[str], float]:
    """Return the state dict itself, where a whole checkpoint was saved."""
    offer = files.offer
    if not any(name.startswith(_BACKUP) for name in offer.tensors):
        return files, [], 1.0
    inside = {
        name.removeprefix(_BACKUP): tensor
        for name, tensor in offer.tensors.items()
        if name.startswith(_BACKUP)
    }
    note = "left by an interrupted run"
    factor = 1.0
    if offer.values.get("norm_factor") is not None:
        factor = number(offer.values, "norm_factor", where=str(files.weights))
        note += f": biases are times its norm_factor, {factor:.6g}"
    elif "norm_factor" in offer.tensors:
        factor = float(small_float32(offer.tensors["norm_factor"]))
        note += f": biases are times its norm_factor, {factor:.6g}"
    unpacked = SaeFiles(files.weights, Offer(inside), files.config, files.config_path, files.folder)
    return unpacked, [note], factor


def _guessed(files: SaeFiles) -> tuple[str, str]:
    """Return the class that the names of the tensors speak for."""
    by_names = {
        "MatryoshkaBatchTopKSAE": ("group_sizes",),
        "GatedAutoEncoder": ("r_mag",),
        "JumpReluAutoEncoder": ("W_dec", "threshold"),
        "AutoEncoderTopK": ("decoder.weight", "b_dec", "k"),
        "AutoEncoder": ("decoder.weight", "bias"),
        "AutoEncoderNew": ("decoder.weight", "decoder.bias"),
    }
    for kind, names in by_names.items():
        if files.has(*names):
            note = f"no config says which class it is: the tensors are those of {kind}"
            if kind == "AutoEncoderTopK":
                note += " (ASSUMED: those of BatchTopKSAE have the same names)"
            return kind, note
    there = ", ".join(files.offer.tensors) or "nothing"
    raise BadInput(
        f"{files.weights}: no class of {NAME} has the tensors {there}, and there is no config.json "
        "beside it that names one; fetch both again, or name a matrix with --tensor"
    )


def _firing(
    files: SaeFiles, kind: str, *, factor: float, own: str, k: int | None
) -> Callable[[], Firing]:
    def vector(name: str) -> np.ndarray:
        return small_float32(files.need(name, of=own))

    def made() -> Firing:
        if kind == "GatedAutoEncoder":
            gate, magnitude = vector("gate_bias") * factor, vector("mag_bias") * factor
            return Gated(gate, vector("r_mag"), magnitude)
        if kind == "AutoEncoderTopK":
            stored = int(vector("k")) if "k" in files.offer.tensors else k
            if stored is None or stored < 1 or (k is not None and stored != k):
                raise BadInput(
                    f"{files.weights}: its k is {stored}, the config's {k}; fetch both again"
                )
            return TopK(stored)
        if kind in ("BatchTopKSAE", "JumpReluAutoEncoder", "MatryoshkaBatchTopKSAE"):
            threshold = np.atleast_1d(vector("threshold"))  # below 0: every positive value passes
            return JumpReLU(np.where(threshold < 0, threshold, threshold * np.float32(factor)))
        return ReLU()

    return made


def _nesting(files: SaeFiles, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Return the nested group each feature belongs to, 0 for the innermost."""
    group = small_float32(files.need("group_sizes", of=f"{NAME} MatryoshkaBatchTopKSAE"))
    counts = group.astype(np.int64)
    if counts.sum() in shape[1:]:
        return {}  # the decoder is transposed, which the checks that follow refuse
    if counts.ndim != 1 or (counts < 0).any() or counts.sum() not in shape:
        raise BadInput(
            f"{files.weights}: group_sizes add up to {int(counts.sum())}, not to the "
            f"features of a decoder of shape {shape}; fetch the file again"
        )
    return {"nesting": np.repeat(np.arange(counts.size), counts)}
