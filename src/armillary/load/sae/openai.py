"""OpenAI's sparse_autoencoder: one ``.pt`` file, a state dict with texts beside the tensors."""

from collections.abc import Callable

from armillary.core.errors import BadInput
from armillary.core.firing import Firing, ReLU, TopK
from armillary.core.input_scaling import LayerNorm, Unscaled
from armillary.load.sae.stored_sae import SaeFiles, StoredMatrix, StoredSae, StoredVector
from armillary.load.stored import small_float32

NAME = "OpenAI"
_STATE = "activation_state_dict."


def claims(files: SaeFiles) -> bool:
    """Tell whether the biases bear the names that only this library gives."""
    return "pre_bias" in files.offer.tensors or "latent_bias" in files.offer.tensors


def read(files: SaeFiles) -> StoredSae:
    """Describe an autoencoder; with TopK each token is layer-normed before and scaled back after.

    Without ``decoder.weight`` it is tied: the decoder is the encoder turned over.
    """
    rule = files.offer.values.get("activation", "ReLU")
    if rule not in ("ReLU", "TopK"):
        raise BadInput(f"{files.weights}: activation {rule!r} is not read; known are ReLU, TopK")
    encoder = files.need("encoder.weight", of=NAME)
    tied = "decoder.weight" not in files.offer.tensors and "decoder.linear.weight" in (
        files.offer.tensors
    )
    decoder = encoder if tied else files.need("decoder.weight", of=NAME)
    notes = ["pre_bias is taken off the input"]
    if "activation" not in files.offer.values:
        notes.append("no activation is named: ASSUMED ReLU, as the library does")
    if rule == "TopK":
        notes.append("TopK: every token is layer-normed first, so rows live in that space")
    if tied:
        notes.append("tied: the decoder is the encoder turned over")
    return StoredSae(
        format=NAME,
        files=files,
        decoder=StoredMatrix(decoder, transpose=not tied),
        encoder=StoredMatrix(encoder, transpose=True),
        encoder_bias=StoredVector(files.need("latent_bias", of=NAME)),
        decoder_bias=StoredVector(files.need("pre_bias", of=NAME)),
        firing=_topk(files) if rule == "TopK" else ReLU,
        scaling=LayerNorm() if rule == "TopK" else Unscaled(),
        centred=True,
        facts={"architecture": str(rule)},
        notes=tuple(notes),
    )


def _topk(files: SaeFiles) -> Callable[[], Firing]:
    """Return the rule; its k lies among the values, or as a tensor in a file saved anew."""
    values, tensors = files.offer.values, files.offer.tensors
    k = values.get(_STATE + "k", values.get("activation.k"))
    if k is None and "activation.k" in tensors:
        k = int(small_float32(tensors["activation.k"]))
    after = values.get(_STATE + "postact_fn", "ReLU")
    n = tensors["encoder.weight"].shape[0] if "encoder.weight" in tensors else 0
    if type(k) is not int or not 1 <= k <= n:
        raise BadInput(f"{files.weights}: k is {k!r}, expected a whole number from 1 to {n}")
    if after not in ("ReLU", "Identity"):
        raise BadInput(f"{files.weights}: postact_fn {after!r} is not known: ReLU or Identity")
    count = k

    def made() -> Firing:
        return TopK(count, rectified=after == "ReLU")

    return made
