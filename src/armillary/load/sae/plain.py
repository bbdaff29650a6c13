"""Plain arrays: an encoder and a decoder under names the field knows, with nothing said of them."""

from collections.abc import Callable

import numpy as np

from armillary.core.firing import Firing, JumpReLU, ReLU, TopK
from armillary.load.orientation import named_orientation
from armillary.load.sae.config import facts
from armillary.load.sae.stored_sae import SaeFiles, StoredMatrix, StoredSae, StoredVector
from armillary.load.settled import settle_matrix
from armillary.load.stored import StoredTensor, small_float32

NAME = "plain arrays"
_DECODERS = ("W_dec", "w_dec", "decoder.weight", "decoder_linear.weight")
_ENCODERS = ("W_enc", "w_enc", "encoder.weight", "encoder_linear.weight")
_CENTRES = ("b_dec", "pre_bias", "decoder_bias", "decoder.bias", "decoder_linear.bias", "bias")
_OFFSETS = ("b_enc", "encoder.bias", "encoder_linear.bias", "latent_bias")


def claims(files: SaeFiles) -> bool:
    """Tell whether there is one decoder and one encoder, with or without a common prefix."""
    return _pair(files) is not None


def read(files: SaeFiles, *, d_model: int | None = None) -> StoredSae:
    """Describe a pair of matrices; which axis counts features is settled from both.

    The rule is ASSUMED from what lies beside them: a threshold makes it JumpReLU, a whole number
    ``k`` TopK, nothing ReLU. The decoder's bias is ASSUMED to be taken off the input, but not with
    a threshold beside it (as in Gemma Scope).
    """
    pair = _pair(files)
    if pair is None:
        raise AssertionError("read is called after claims")
    stem, decoder, encoder = pair
    transpose, _, notes = settle_matrix(
        files.offer, decoder, folder=files.folder, orientation="auto", d_model=d_model
    )
    n, width = decoder.shape[::-1] if transpose else decoder.shape
    over = encoder.shape == (n, width) and n != width
    if n == width:
        over = named_orientation(encoder.name.removeprefix(stem)) is None and (
            "weight" in encoder.name
        )
    centre = _first(files, stem, _CENTRES, width)
    offset = _first(files, stem, _OFFSETS, n)
    rule, firing = _rule(files, stem, n)
    centred = centre is not None and not rule.startswith("JumpReLU")
    notes += [f"{rule}: ASSUMED from the tensors"]
    if centre is not None:
        notes += [f"{centre.name!r} is {'' if centred else 'not '}taken off the input: ASSUMED"]
    return StoredSae(
        format=NAME,
        files=files,
        decoder=StoredMatrix(decoder, transpose=transpose),
        encoder=StoredMatrix(encoder, transpose=over),
        encoder_bias=None if offset is None else StoredVector(offset),
        decoder_bias=None if centre is None else StoredVector(centre),
        firing=firing,
        centred=centred,
        facts=facts(files.config),
        notes=tuple(notes[:-1]) if centre is None else tuple(notes),
        settled=notes[0],
    )


def _pair(files: SaeFiles) -> tuple[str, StoredTensor, StoredTensor] | None:
    tensors = files.offer.tensors
    found: list[tuple[str, StoredTensor, StoredTensor]] = []
    for name in tensors:
        for ending in _DECODERS:
            stem = name.removesuffix(ending)
            if not name.endswith(ending) or (stem and not stem.endswith(".")):
                continue
            encoders = [tensors[stem + e] for e in _ENCODERS if stem + e in tensors]
            if len(encoders) == 1 and len(tensors[name].shape) == len(encoders[0].shape) == 2:
                found.append((stem, tensors[name], encoders[0]))
    return found[0] if len(found) == 1 else None


def _first(files: SaeFiles, stem: str, names: tuple[str, ...], entries: int) -> StoredTensor | None:
    for name in names:
        tensor = files.offer.tensors.get(stem + name)
        if tensor is not None and tensor.shape == (entries,):
            return tensor
    return None


def _rule(files: SaeFiles, stem: str, n_features: int) -> tuple[str, Callable[[], Firing]]:
    threshold = files.offer.tensors.get(stem + "threshold")
    count = files.offer.tensors.get(stem + "k")
    if count is not None and count.shape == () and count.dtype.startswith(("I", "U")):
        k = int(count.read())
        if 1 <= k <= n_features:
            return f"TopK with k {k}", lambda: TopK(k)
    if threshold is not None and threshold.shape in ((), (1,), (n_features,)):
        stored = threshold
        return "JumpReLU", lambda: JumpReLU(np.atleast_1d(small_float32(stored)))
    return "ReLU", ReLU
