"""The door for whole autoencoders: encoder, decoder and the rule that joins them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.errors import BadInput
from armillary.load.address import existing
from armillary.load.hashing import sha256_of
from armillary.load.openers import FILE_OPENERS
from armillary.load.sae.build import built
from armillary.load.sae.live import live_sae
from armillary.load.sae.recognise import folders_within, recognised


def load_sae(
    source: Any,
    *,
    activations: np.ndarray | str | Path | None = None,
    d_model: int | None = None,
    offline: bool = False,
    progress: Callable[[str], None] | None = None,
) -> SparseAutoencoder:
    """Load a sparse autoencoder from a file, a folder, a hub, or an object in memory.

    Parameters
    ----------
    source
        A path, ``"hf:org/repo/folder"``, ``"saelens:release/id"``, a live autoencoder or a mapping
        of its arrays. Formats and what is assumed of each: docs/sources.md.
    activations
        Vectors that it was made for, or a ``.npy`` file of them: they are encoded and decoded, and
        the share of variance that is lost is recorded in ``source["check"]``.
    d_model
        Dimension, where the caller knows it; it is checked.
    offline
        Fetch nothing; take only what is cached.
    progress
        Called with one line of text now and then.

    Returns
    -------
    SparseAutoencoder
        float32, raw norms; ``source`` says where it came from and everything that was assumed.

    Raises
    ------
    BadInput
        If it is no autoencoder, damaged, contradicts itself, or rebuilds the activations worse
        than their mean does (FVU of 1 or more).
    MissingExtra
        If a hub is named and the package that reaches it is not installed.
    """
    record: dict[str, Any] = {"uri": f"a live {type(source).__name__}"}
    if isinstance(source, str | Path):
        path = existing(str(source), offline=offline, progress=progress)
        record["uri"] = str(source)
        try:
            found = recognised(path, openers=FILE_OPENERS, d_model=d_model)
            if found is not None:
                files = found.decoder.tensor.files
                record["files"] = [str(file) for file in files]
                record["sha256"] = {file.name: sha256_of(file) for file in files}
        except OSError as error:
            raise BadInput(f"{path} cannot be read: {error}") from error
        if found is None:
            inner = (
                [str(p.relative_to(path)) for p in folders_within(path)] if path.is_dir() else []
            )
            hint = f"it holds some in {', '.join(inner[:5])}" if inner else "see docs/sources.md"
            raise BadInput(
                f"{source}: no autoencoder with an encoder was recognised; {hint}. For directions "
                "alone use armillary.load_space"
            )
    else:
        found = live_sae(source, d_model=d_model)
        if found is None:
            raise BadInput(
                f"a {type(source).__name__} is no autoencoder: expected W_dec, decoder.weight or "
                "get_dictionary()"
            )
    sae = built(found, source=record)
    if d_model is not None and sae.d_model != d_model:
        raise BadInput(f"{record['uri']}: it reads {sae.d_model} dimensions, d_model is {d_model}")
    return sae if activations is None else _checked(sae, activations)


def _checked(sae: SparseAutoencoder, activations: np.ndarray | str | Path) -> SparseAutoencoder:
    """Rebuild the vectors, and record how much is lost or refuse."""
    tokens, what = activations, "the activations"
    if isinstance(activations, str | Path):
        what = str(activations)
        try:
            tokens = np.load(activations, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise BadInput(f"{what}: not a .npy file of vectors ({error})") from error
    check = sae.unexplained(np.asarray(tokens))
    if not check["fvu"] < 1:
        raise BadInput(
            f"{sae.source['uri']} rebuilds {what} worse than their mean does (FVU "
            f"{check['fvu']:.3g}, {check['l0']:.1f} features a token): they are of another "
            "layer or model or scaled otherwise, or one of the assumptions is wrong: "
            + "; ".join(sae.source["assumptions"])
        )
    source = {**sae.source, "check": check}
    return SparseAutoencoder(
        sae.directions, sae.encoder, sae.encoder_bias, sae.decoder_bias, sae.firing,
        scaling=sae.scaling, centred=sae.centred, by_norm=sae.by_norm, skip=sae.skip, source=source,
    )  # fmt: skip
