"""The fast selections pick what a full ranking picks."""

import pytest
import torch

from armillary.training.strongest import strongest_of_batch, strongest_of_token
from armillary.training.weights import Weights


@pytest.mark.parametrize(("n_features", "k"), [(64, 5), (600, 4), (1000, 31), (1024, 32)])
@pytest.mark.parametrize("n_tokens", [3, 700])
def test_the_strongest_of_a_token_are_those_of_a_full_ranking(
    n_features: int, k: int, n_tokens: int
):
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(n_features)
    weights = Weights(
        torch.randn(n_features, 8, generator=generator),
        torch.randn(n_features, 8, generator=generator),
        torch.randn(n_features, generator=generator) - 1,
        torch.randn(8, generator=generator),
    )
    tokens = torch.randn(n_tokens, 8, generator=generator)
    found = strongest_of_token(weights, tokens, k)
    pre = torch.addmm(weights.pre_bias(), tokens, weights.encoder.T)
    wanted = torch.topk(pre, k)
    mask = torch.zeros_like(pre).scatter(1, wanted.indices, 1.0) * (pre > 0)
    made = torch.zeros_like(pre)
    made[found.token, found.feature] = found.value
    torch.testing.assert_close(made, pre * mask, rtol=1e-5, atol=1e-5)


def test_equal_values_still_give_k():
    weights = Weights(torch.zeros(512, 4), torch.zeros(512, 4), torch.ones(512), torch.zeros(4))
    found = strongest_of_token(weights, torch.randn(9, 4), 6)
    assert torch.bincount(found.token).tolist() == [6] * 9


@pytest.mark.parametrize("spread", [1.0, 8.0])
@pytest.mark.parametrize("n", [1, 300, 40_000])
def test_the_strongest_of_a_batch_are_those_of_a_full_ranking(n: int, spread: float):
    generator = torch.Generator().manual_seed(n)
    pre = torch.randn(300, 400, generator=generator)
    pre = pre * spread ** torch.randn(300, 1, generator=generator)
    found = strongest_of_batch(pre, n)
    wanted = torch.topk(pre.reshape(-1), n).values
    wanted = wanted[wanted > 0]
    torch.testing.assert_close(found.value.sort().values, wanted.sort().values)
    assert (found.token.diff() >= 0).all()


def test_where_the_sample_misleads_everything_positive_is_ranked():
    pre = torch.full((1024, 1024), -1.0)
    flat = pre.view(-1)
    flat[::16] = 5.0  # all that the sample sees
    flat[1::16] = 4.0
    found = strongest_of_batch(pre, 100_000)
    assert found.value.numel() == 100_000
    assert (found.value == 5).sum() == 65_536
