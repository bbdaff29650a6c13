"""Checks every format shares: shapes against each other and the config, encoder against decoder."""

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput
from armillary.load.sae.stored_sae import StoredMatrix, StoredSae, StoredVector

_NEXT = (
    "if it is right as it lies, read the matrix alone: --orientation rows|columns "
    '(in Python: orientation="rows" or "columns")'
)


def refuse_misfits(sae: StoredSae) -> tuple[str, ...]:
    """Check an autoencoder's shapes, and say what settled which axis counts features.

    The decoder must have two axes; the encoder must be its counterpart; biases must have one entry
    a feature or a dimension; what the config states must be so.

    Returns
    -------
    tuple of str
        One sentence on the orientation.

    Raises
    ------
    BadInput
        If anything does not fit; the text names both sides.
    """
    where = str(sae.files.weights)
    _two_axes(sae.decoder, where=where)
    n, d_out = sae.decoder.shape
    witnesses: list[str] = []
    for name, axis in (("d_sae", 0), ("d_out", 1), ("d_in", 1)):
        stated = sae.sizes.get(name)
        if stated is None or (name == "d_in" and ("d_out" in sae.sizes or sae.no_codes)):
            continue
        witnesses.append(f"the config's {name} is {stated}")
        if stated != sae.decoder.shape[axis]:
            raise _wrong(sae, witness=witnesses[-1])
    d_in = sae.sizes.get("d_in", d_out)
    if sae.encoder is not None:
        _two_axes(sae.encoder, where=where)
        if sae.encoder.shape[1] != n or ("d_in" in sae.sizes and sae.encoder.shape[0] != d_in):
            tensor = sae.encoder.tensor
            witness = f"the encoder {tensor.name!r} is {_times(tensor.shape)}"
            raise _wrong(sae, witness=witness)
        d_in = sae.encoder.shape[0]
        witnesses.append("the encoder's shape agrees")
        if d_in != d_out and sae.centred:
            raise BadInput(
                f"{where}: it reads {d_in} dimensions and writes {d_out}, so its decoder bias "
                "cannot be taken off its input; the config contradicts the shapes"
            )
    _entries(sae.encoder_bias, n, per="feature", where=where)
    _entries(sae.decoder_bias, d_out, per="dimension", where=where)
    if sae.skip is not None and sae.skip.shape != (d_in, d_out):
        raise BadInput(
            f"{where}: the skip {sae.skip.tensor.name!r} is {_times(sae.skip.tensor.shape)}, "
            f"expected {d_in} in and {d_out} out"
        )
    if sae.sizes.get("k", 1) > n:
        raise BadInput(f"{where}: k is {sae.sizes['k']}, but there are only {n} features")
    biased = sae.encoder_bias is not None and n != d_out
    if biased:
        witnesses.append("so does the length of its bias")
    if n < d_out and not (sae.encoder or biased or "d_sae" in sae.sizes):
        raise _wrong(sae, witness=f"it would have {n} features in {d_out} dimensions")
    if sae.settled:
        return (sae.settled,)
    side = "columns" if sae.decoder.transpose else "rows"
    agree = f"; {', '.join(witnesses)}" if witnesses else ""
    return (f"{side} of {sae.decoder.tensor.name!r} are features: {sae.format} says so{agree}",)


def refuse_if_crossed(
    directions: Float[np.ndarray, "feature d_out"],
    encoder: Float[np.ndarray, "d_model feature"],
    *,
    where: str,
) -> str:
    """Check a square pair, whose shapes say nothing, by whether features read what they write.

    The mean cosine of each feature's decoder row with its own encoder column is compared with the
    same after turning the decoder over. It is refused where the second is clearly the larger: above
    0.2 and above twice the first.

    Returns
    -------
    str
        What was found, one sentence.

    Raises
    ------
    BadInput
        If decoder and encoder fit only after one of them is turned over.
    """
    here, crossed = _mean_cosine(directions, encoder.T), _mean_cosine(directions.T, encoder.T)
    if crossed > 0.2 and crossed > 2 * here:
        raise BadInput(
            f"{where}: decoder and encoder are square and do not fit as they lie (mean cosine of "
            f"what a feature writes and reads {here:.2f}) but do with one of them turned over "
            f"({crossed:.2f}), so one is transposed; {_NEXT}"
        )
    if here > 0.2 and here > 2 * crossed:
        return f"square: features read what they write (mean cosine {here:.2f}), so both fit"
    return f"square, and encoder and decoder cannot confirm each other (mean cosine {here:.2f})"


def _mean_cosine(a: np.ndarray, b: np.ndarray) -> float:
    length = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    usable = np.isfinite(length) & (length > 0)
    dots = np.einsum("ij,ij->i", a[usable], b[usable], dtype=np.float64)
    return float((dots / length[usable]).mean()) if usable.any() else 0.0


def _two_axes(matrix: StoredMatrix, *, where: str) -> None:
    tensor = matrix.tensor
    if len(tensor.shape) != 2:
        raise BadInput(
            f"{where}: tensor {tensor.name!r} is {_times(tensor.shape)}, expected 2 axes (features "
            "and dimensions); one matrix a layer can be saved as a file of its own"
        )


def _entries(vector: StoredVector | None, count: int, *, per: str, where: str) -> None:
    if vector is not None and vector.tensor.shape != (count,):
        raise BadInput(
            f"{where}: {vector.tensor.name!r} is {_times(vector.tensor.shape)}, expected {count} "
            f"entries, one a {per}; {_NEXT}"
        )


def _wrong(sae: StoredSae, *, witness: str) -> BadInput:
    tensor = sae.decoder.tensor
    side = "columns" if sae.decoder.transpose else "rows"
    n, d_out = sae.decoder.shape
    return BadInput(
        f"{sae.files.weights}: orientation: in a {sae.format} file the {side} of {tensor.name!r} "
        f"are features, which makes {n} features in {d_out} dimensions ({_times(tensor.shape)} on "
        f"disk), but {witness}; fetch the file again, or {_NEXT}"
    )


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) if shape else "a single number"
