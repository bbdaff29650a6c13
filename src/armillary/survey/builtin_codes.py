"""Codes of the built-in autoencoder: the built-in corpus read by the built-in model, once."""

from pathlib import Path

from armillary.core import Codes
from armillary.survey.progress import Progress


def builtin_codes(cache: Path, *, offline: bool, tell: Progress) -> Codes:
    """Return which feature of the built-in autoencoder fires on which token of the corpus."""
    raise NotImplementedError
