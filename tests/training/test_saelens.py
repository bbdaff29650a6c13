"""Files for sae-lens: read back by armillary, and by the real library where it is installed."""

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from planted_dictionary import planted

import armillary
from armillary.core import BadInput, SparseAutoencoder
from armillary.core.firing import BatchTopK as OnlyInTraining
from armillary.training import (
    BatchTopK,
    JumpReLU,
    Matryoshka,
    ReLU,
    TopK,
    TrainedSae,
    TrainingConfig,
    to_saelens,
    train,
)

VECTORS, _ = planted(4096)
RULES = [TopK(3), BatchTopK(3), Matryoshka(3), ReLU(1.0), JumpReLU(0.5)]
each = pytest.mark.parametrize("architecture", RULES, ids=lambda a: a.name)


def trained(architecture: Any) -> TrainedSae:
    torch.set_num_threads(1)
    config = TrainingConfig(architecture, 32, epochs=3, batch=256, lr=3e-3)
    return train(VECTORS, config)


@each
def test_armillary_reads_back_equal_encodings(architecture: Any, tmp_path: Path):
    made = trained(architecture)
    folder = to_saelens(tmp_path / "sae", made, metadata={"model_name": "a world"})
    read = armillary.load_sae(folder, activations=VECTORS[:500])
    assert np.array_equal(read.encode(VECTORS), made.autoencoder.encode(VECTORS))
    assert np.array_equal(read.directions, made.autoencoder.directions)
    config = json.loads((folder / "cfg.json").read_text())
    stored = {"batchtopk": "jumprelu", "matryoshka_batchtopk": "jumprelu"}
    assert config["architecture"] == stored.get(architecture.name, architecture.name)
    assert config["metadata"]["training_architecture"] == architecture.name
    assert config["metadata"]["model_name"] == "a world"


@each
def test_half_precision_halves_the_file_and_equals_the_rounded_matrices(
    architecture: Any, tmp_path: Path
):
    made = trained(architecture).autoencoder
    small = to_saelens(tmp_path / "half", made, dtype="float16")
    read = armillary.load_sae(small)
    rounded = SparseAutoencoder(
        directions=made.directions.astype(np.float16).astype(np.float32),
        encoder=made.encoder.astype(np.float16).astype(np.float32),
        encoder_bias=made.encoder_bias,
        decoder_bias=made.decoder_bias,
        firing=made.firing,
    )
    assert np.array_equal(read.encode(VECTORS), rounded.encode(VECTORS))
    whole = to_saelens(tmp_path / "whole", made)
    sizes = [(f / "sae_weights.safetensors").stat().st_size for f in (small, whole)]
    assert sizes[0] < 0.75 * sizes[1]


@each
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_the_real_library_encodes_alike(architecture: Any, dtype: str, tmp_path: Path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sae_lens = pytest.importorskip("sae_lens")
        folder = to_saelens(tmp_path / "sae", trained(architecture), dtype=dtype)
        theirs = sae_lens.SAE.load_from_disk(folder)
        read = armillary.load_sae(folder)
        with torch.no_grad():
            codes = theirs.encode(torch.from_numpy(VECTORS))
            made = theirs.decode(codes).numpy()
    ours = read.encode(VECTORS)
    scale = np.abs(ours).max()
    assert (ours > 0).sum() > 1000
    near = np.isclose(codes.numpy(), ours, atol=2e-5 * scale)
    assert near.mean() > 0.9999  # a value on its threshold may fall on either side
    assert np.abs(made - read.decode(codes.numpy(), of=VECTORS)).max() < 1e-4 * scale


@pytest.mark.refusal
def test_what_the_format_has_no_place_for_is_refused(tmp_path: Path):
    sae = trained(TopK(3)).autoencoder
    with pytest.raises(BadInput, match="float8"):
        to_saelens(tmp_path, sae, dtype="float8")
    other = SparseAutoencoder(
        sae.directions, sae.encoder, sae.encoder_bias, sae.decoder_bias, OnlyInTraining(3)
    )
    with pytest.raises(BadInput, match="no place for BatchTopK"):
        to_saelens(tmp_path, other)
    by_norm = SparseAutoencoder(
        sae.directions, sae.encoder, sae.encoder_bias, sae.decoder_bias, sae.firing, by_norm=True
    )
    with pytest.raises(BadInput, match="only autoencoders of raw vectors"):
        to_saelens(tmp_path, by_norm)
