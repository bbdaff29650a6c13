"""Settling one matrix: the best evidence there is on which of its axes counts features."""

from pathlib import Path

from armillary.load.orientation import settle_orientation
from armillary.load.shards import width_in_config
from armillary.load.stored import Offer, StoredTensor, encoder_shape, width_from_biases


def settle_matrix(
    offer: Offer, chosen: StoredTensor, *, folder: Path, orientation: str, d_model: int | None
) -> tuple[bool, bool, list[str]]:
    """Settle a matrix's orientation from the caller's word, its biases, a config and its encoder.

    Parameters
    ----------
    offer
        What lies in the file beside it.
    chosen
        The matrix.
    folder
        Where a config may lie.
    orientation, d_model
        As for ``settle_orientation``.

    Returns
    -------
    transpose : bool
        True where columns are features.
    certain : bool
        Whether something other than its name says so.
    notes : list of str
        What was decided and why.
    """
    notes: list[str] = []
    width, reason = d_model, ""
    if width is None:
        stated = (offer.d_model, f"d_model is {offer.d_model}: the file says so")
        config = width_in_config(folder)
        for width, reason in (stated, width_from_biases(offer, chosen), config):
            if width is not None and width in chosen.shape:
                notes.append(reason)
                break
            width = None
    transpose, sentence = settle_orientation(
        chosen.shape,
        asked=orientation,
        d_model=width if orientation == "auto" or d_model is not None else None,
        partner_shape=encoder_shape(offer, chosen),
        tensor_name=chosen.name,
    )
    certain = width is not None and chosen.shape[0] != chosen.shape[1]
    return transpose, certain, [*notes, sentence]
