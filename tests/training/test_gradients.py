"""Every hand-written gradient beside autograd's, in float64."""

import numpy as np
import pytest
import torch
from torch import Tensor

from armillary.training import AuxK, BatchTopK, JumpReLU, Matryoshka, ReLU, TopK
from armillary.training.config import Architecture
from armillary.training.pairs import Dense, Sparse
from armillary.training.weights import Weights

B, D, M = 24, 5, 48
TIGHT = {"rtol": 1e-9, "atol": 1e-11}


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


def weights_for(architecture: Architecture, *, seed: int = 0) -> tuple[Weights, Tensor]:
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    weights = Weights(draw(M, D), draw(M, D), 0.3 * draw(M), 0.5 * draw(D))
    architecture.prepare(weights)
    for vector in weights.extra.values():
        vector += 0.1 * draw(M)
    return weights, draw(B, D)


def leaves(weights: Weights) -> dict[str, Tensor]:
    return {name: t.clone().requires_grad_() for name, t in weights.trained().items()}


def dense_pre(w: dict[str, Tensor], tokens: Tensor) -> Tensor:
    return (tokens - w["decoder_bias"]) @ w["encoder"].T + w["encoder_bias"]


def topk_mask(pre: Tensor, k: int) -> Tensor:
    mask = torch.zeros_like(pre).scatter(1, torch.topk(pre, k).indices, 1.0)
    return mask * (pre > 0)


def batch_mask(pre: Tensor, n: int) -> Tensor:
    flat = pre.reshape(-1)
    mask = torch.zeros_like(flat).scatter(0, torch.topk(flat, n).indices, 1.0)
    return mask.view_as(pre) * (pre > 0)


def squared(w: dict[str, Tensor], tokens: Tensor, code: Tensor) -> Tensor:
    return (code @ w["decoder"] + w["decoder_bias"] - tokens).square().sum(1).mean()


def same(grads: dict[str, Tensor], loss: Tensor, w: dict[str, Tensor]) -> None:
    wanted = torch.autograd.grad(loss, list(w.values()))
    for name, grad in zip(w, wanted, strict=True):
        torch.testing.assert_close(grads[name], grad, **TIGHT, msg=lambda m, n=name: f"{n}: {m}")


NOBODY = torch.zeros(M, dtype=torch.bool)


@pytest.mark.parametrize("dense_from", [0.0, 2.0], ids=["dense", "sparse"])
@pytest.mark.parametrize("share", [0.01, 0.5])
def test_relu(dense_from: float, share: float, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("armillary.training.pairs._DENSE_FROM", dense_from)
    rule = ReLU(l1=0.7, warmup=0.05)
    weights, tokens = weights_for(rule)
    made = rule.step(weights, tokens, dead=NOBODY, share=share)
    w = leaves(weights)
    code = dense_pre(w, tokens).clamp(min=0)
    penalty = 0.7 * min(1.0, share / 0.05) * (code * w["decoder"].norm(dim=1)).sum(1).mean()
    same(made.grads, squared(w, tokens, code) + penalty, w)
    assert float(made.losses["l1"]) == pytest.approx(float(penalty.detach()))
    assert made.counts.sum() == (code > 0).sum()


@pytest.mark.parametrize("dense_from", [0.0, 2.0], ids=["dense", "sparse"])
def test_jumprelu_in_all_but_its_thresholds(dense_from: float, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("armillary.training.pairs._DENSE_FROM", dense_from)
    rule = JumpReLU(l0=0.3, threshold=0.6, bandwidth=0.4, warmup=0.0)
    weights, tokens = weights_for(rule)
    made = rule.step(weights, tokens, dead=NOBODY, share=0.5)
    w = leaves(weights)
    theta, width = w["log_threshold"].exp(), 0.4
    pre = dense_pre(w, tokens)
    fires = (pre > theta).double().detach()
    window = ((pre - theta).abs() < width / 2).double().detach()
    jump = (theta.detach() - theta) * window / width  # zero, but its slope is the window's
    code = pre * fires + jump * theta.detach()
    count = (fires + jump).sum(1).mean()
    assert 0 < window.sum() < window.numel()
    same(made.grads, squared(w, tokens, code) + 0.3 * count, w)


def test_topk():
    rule = TopK(k=7)
    weights, tokens = weights_for(rule)
    made = rule.step(weights, tokens, dead=NOBODY, share=0.5)
    w = leaves(weights)
    pre = dense_pre(w, tokens)
    same(made.grads, squared(w, tokens, pre * topk_mask(pre.detach(), 7)), w)


def test_batch_topk_and_its_threshold():
    rule = BatchTopK(k=3, memory=0.5)
    weights, tokens = weights_for(rule)
    weights.kept["threshold"] = torch.tensor(1.0, dtype=torch.float64)
    made = rule.step(weights, tokens, dead=NOBODY, share=0.5)
    w = leaves(weights)
    pre = dense_pre(w, tokens)
    mask = batch_mask(pre.detach(), 3 * B)
    same(made.grads, squared(w, tokens, pre * mask), w)
    smallest = float(pre.detach()[mask > 0].min())
    assert float(weights.kept["threshold"]) == pytest.approx(0.5 + 0.5 * smallest)


def test_matryoshka():
    rule = Matryoshka(k=3, widths=(4, 15, 30))
    weights, tokens = weights_for(rule)
    made = rule.step(weights, tokens, dead=NOBODY, share=0.5)
    w = leaves(weights)
    pre = dense_pre(w, tokens)
    code = pre * batch_mask(pre.detach(), 3 * B)
    prefixes = [squared(w, tokens, code * (torch.arange(M) < width)) for width in (4, 15, 30, M)]
    loss = torch.stack(prefixes).mean()
    same(made.grads, loss, w)
    assert float(made.losses["nested"]) == pytest.approx(float(loss.detach()))


@pytest.mark.parametrize("n_dead", [1, 4, 20])
@pytest.mark.parametrize("rule", [TopK(5, AuxK(0.5, 6)), BatchTopK(5, AuxK(0.5, 6))], ids=str)
def test_auxiliary_loss_of_the_dead(rule: TopK | BatchTopK, n_dead: int):
    weights, tokens = weights_for(rule)
    dead = NOBODY.clone()
    dead[torch.arange(n_dead) * 2 + 1] = True
    made = rule.step(weights, tokens, dead=dead, share=0.5)
    w = leaves(weights)
    pre = dense_pre(w, tokens)
    mask = topk_mask(pre.detach(), 5) if isinstance(rule, TopK) else batch_mask(pre.detach(), 5 * B)
    code = pre * mask
    k = min(6, n_dead)
    beside = torch.where(dead, pre, -torch.inf).detach()
    aux = torch.where(topk_mask(beside + 1e3, k) > 0, pre, 0.0) @ w["decoder"]
    missed = (tokens - code @ w["decoder"] - w["decoder_bias"]).detach()
    extra = 0.5 * min(1, n_dead / 6) * (missed - aux).square().sum(1).mean()
    same(made.grads, squared(w, tokens, code) + extra, w)


def test_sparse_and_dense_pairs_answer_alike():
    generator = torch.Generator().manual_seed(1)
    pre = torch.randn(B, M, generator=generator, dtype=torch.float64)
    rows = torch.randn(M, D, generator=generator, dtype=torch.float64)
    vectors = torch.randn(B, D, generator=generator, dtype=torch.float64)
    sparse, dense = Sparse.where(pre > 0.4, pre), Dense(pre)
    code = torch.where(pre > 0.4, pre, 0.0)
    at = (sparse.token, sparse.feature)
    torch.testing.assert_close(sparse.decode(sparse.value, rows), dense.decode(code, rows))
    torch.testing.assert_close(sparse.gather(sparse.value, vectors), dense.gather(code, vectors))
    torch.testing.assert_close(sparse.dots(vectors, rows), dense.dots(vectors, rows)[at])
    torch.testing.assert_close(sparse.total(sparse.value), dense.total(code))
    torch.testing.assert_close(sparse.spread(rows[:, 0]), rows[sparse.feature, 0])


def test_no_pair_at_all_gives_zero_gradients():
    rule = TopK(k=3)
    weights, tokens = weights_for(rule)
    weights.encoder_bias -= 1e6
    made = rule.step(weights, tokens, dead=NOBODY, share=0.5)
    assert not made.grads["decoder"].any()
    assert not made.grads["encoder"].any()
    assert np.isfinite(float(made.losses["mse"]))
