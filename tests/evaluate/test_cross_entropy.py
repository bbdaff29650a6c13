"""Cross-entropy with something else at one place of a model."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from armillary.core import BadInput, SparseAutoencoder
from armillary.core.firing import ReLU, TopK
from armillary.evaluate import ce_with_sae, reconstructing

HOOK = "blocks.0.hook_resid_post"


class Tiny:
    """A model of one embedding and one unembedding, with a place between them."""

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(0)
        self.embed = torch.randn(11, 6, generator=generator)
        self.unembed = torch.randn(6, 11, generator=generator)

    def capture(self, token_id: Any, at: str) -> dict[str, Tensor]:
        return {at: self.embed[torch.as_tensor(token_id)]}

    def losses(self, token_id: Any, *, splice: Mapping[str, Any] | None = None) -> Tensor:
        ids = torch.as_tensor(token_id)
        vectors = self.embed[ids]
        for replace in (splice or {}).values():
            vectors = replace(vectors)
        logits = (vectors @ self.unembed)[:, :-1]
        return torch.nn.functional.cross_entropy(
            logits.transpose(1, 2), ids[:, 1:], reduction="none"
        )


def identity(scale: float = 1.0) -> SparseAutoencoder:
    """Reconstruct exactly (times ``scale``): every axis and its negative is a feature."""
    rows = np.concatenate([np.eye(6), -np.eye(6)]).astype(np.float32)
    zeros = np.zeros(12, np.float32)
    return SparseAutoencoder(
        scale * rows, rows.T.copy(), zeros, np.zeros(6, np.float32), ReLU(),
        source={"hook_name": HOOK},
    )  # fmt: skip


TEXTS = np.random.default_rng(0).integers(0, 11, (20, 9))


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


def test_a_perfect_autoencoder_costs_nothing():
    found = ce_with_sae(Tiny(), identity(), TEXTS)
    assert found.n_predictions == 160
    assert found.ce_loss_with_sae == pytest.approx(found.ce_loss_without_sae, abs=1e-6)
    assert found.ce_loss_score_mean == pytest.approx(1, abs=1e-4)
    assert found.ce_loss_score_zero == pytest.approx(1, abs=1e-4)
    assert set(found.as_dict()) >= {"ce_loss_with_zero_ablation", "ce_loss_score_mean"}


def test_each_number_is_its_definition():
    lm, sae = Tiny(), identity(0.5)
    found = ce_with_sae(lm, sae, TEXTS, batch=7)
    vectors = lm.embed[torch.as_tensor(TEXTS)]
    mean = vectors.mean((0, 1))
    wanted = [
        lm.losses(TEXTS, splice={HOOK: replace}).mean()
        for replace in (
            lambda v: v,
            lambda v: 0.5 * v,
            lambda v: mean.expand(v.shape),
            lambda v: 0 * v,
        )
    ]
    got = [
        found.ce_loss_without_sae,
        found.ce_loss_with_sae,
        found.ce_loss_with_mean_ablation,
        found.ce_loss_with_zero_ablation,
    ]
    assert got == pytest.approx([float(w) for w in wanted], rel=1e-5)
    clean, with_sae, by_mean, by_zero = got
    assert found.ce_loss_score_mean == pytest.approx((by_mean - with_sae) / (by_mean - clean))
    assert found.ce_loss_score_zero == pytest.approx((by_zero - with_sae) / (by_zero - clean))


def test_first_positions_can_be_left_as_they_are():
    lm = Tiny()
    whole = ce_with_sae(lm, identity(0.0), TEXTS)
    late = ce_with_sae(lm, identity(0.0), TEXTS, from_position=7)
    assert whole.ce_loss_with_sae == pytest.approx(whole.ce_loss_with_zero_ablation)
    assert late.ce_loss_with_sae != late.ce_loss_without_sae
    half = ce_with_sae(lm, identity(0.0), TEXTS, from_position=4)
    clean = lm.losses(TEXTS)
    assert half.ce_loss_with_sae == pytest.approx(
        float(torch.cat([clean[:, :4], torch.full((20, 4), float(np.log(11)))], 1).mean())
    )


def test_a_given_mean_and_place_go_first():
    lm = Tiny()
    zero = np.zeros(6, np.float32)
    found = ce_with_sae(lm, identity(), TEXTS, hook_name="elsewhere", mean=zero)
    assert found.ce_loss_with_mean_ablation == found.ce_loss_with_zero_ablation


def test_the_splice_keeps_shape_and_type():
    vectors = torch.randn(2, 3, 6, dtype=torch.float64)
    made = reconstructing(identity())(vectors)
    assert made.dtype == torch.float64
    assert torch.allclose(made, vectors, atol=1e-6)


@pytest.mark.refusal
def test_what_cannot_be_measured_is_refused():
    sae = identity()
    nowhere = SparseAutoencoder(
        sae.directions, sae.encoder, sae.encoder_bias, sae.decoder_bias, TopK(2)
    )
    with pytest.raises(BadInput, match="hook_name="):
        ce_with_sae(Tiny(), nowhere, TEXTS)
    with pytest.raises(BadInput, match="at least 2 positions"):
        ce_with_sae(Tiny(), sae, TEXTS[:, :1])
    with pytest.raises(BadInput, match="at least 11 positions"):
        ce_with_sae(Tiny(), sae, TEXTS, from_position=9)
