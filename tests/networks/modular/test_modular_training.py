"""Training of networks that add residues, at sizes that take a second."""

import numpy as np
import pytest

from armillary.networks.modular import (
    STEPS,
    TORI,
    MlpRecipe,
    ModularMlp,
    ModularTransformer,
    TransformerRecipe,
    accuracy_of,
    circularity,
    completeness,
    describe_modular,
    every_pair,
    frequency_shares,
    isolate,
    key_frequencies,
    logits_of,
    train_mlp,
    train_transformer,
)


def random_transformer(rate: float) -> ModularTransformer:
    rng = np.random.default_rng(4)
    shapes = {
        "embedding": (7, 8), "position": (2, 8), "query": (2, 8, 4), "key": (2, 8, 4),
        "value": (2, 8, 4), "output": (2, 4, 8), "w_in": (8, 16), "b_in": (16,), "w_out": (16, 8),
        "b_out": (8,), "unembed": (8, 7),
    }  # fmt: skip
    weights = {name: rng.standard_normal(shape) / 2 for name, shape in shapes.items()}
    return ModularTransformer.from_weights(weights, rate=rate)


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_the_forward_pass_is_attention_as_written(rate: float):
    network = random_transformer(rate)
    a, b = 3, 5
    x = np.stack([network.embedding[a], network.embedding[b]]) + network.position
    out = x[1].copy()
    for q, k, v, o in zip(network.query, network.key, network.value, network.output, strict=True):
        score = np.exp(x @ k @ (x[1] @ q) / 2)  # sqrt(d_head) = 2
        out += (rate * score / score.sum() + 1 - rate) @ x @ v @ o
    np.testing.assert_allclose(network.resid_mid(np.array([[a, b]]))[0], out, atol=1e-12)


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_gradients_of_a_transformer_agree_with_differences(rate: float):
    network = random_transformer(rate)
    check_gradients(network)


@pytest.mark.parametrize("activation", ["relu", "square", "abs"])
def test_gradients_of_an_mlp_agree_with_differences(activation: str):
    rng = np.random.default_rng(5)
    shapes = {
        "embedding": (7, 6), "into_first": (6, 9), "into_last": (6, 9), "b_in": (9,),
        "w_out": (9, 7), "b_out": (7,),
    }  # fmt: skip
    weights = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    check_gradients(ModularMlp.from_weights(weights, activation=activation))


def check_gradients(network: ModularTransformer | ModularMlp) -> None:
    rng = np.random.default_rng(3)
    a, b, c = 1, 4, 2
    pair = np.array([[a, b]])
    gradients = network.gradients(pair, np.array([c]))
    for token, gradient in zip((a, b), gradients, strict=True):
        step = rng.standard_normal(network.embedding.shape[1])
        moved = np.zeros_like(network.embedding)
        moved[token] = 1e-6 * step
        there, here = (
            logits_of(network.with_embedding(network.embedding + s * moved), pair)[0, c]
            for s in (1, -1)
        )
        assert (there - here) / 2e-6 == pytest.approx(gradient[0] @ step, rel=1e-4, abs=1e-7)


def test_a_spectrum_of_one_wave_is_one_frequency_and_isolating_it_changes_nothing():
    a = np.arange(11)
    wave = np.column_stack([np.cos(2 * np.pi * 3 * a / 11), np.sin(2 * np.pi * 3 * a / 11)]) + 2
    np.testing.assert_allclose(frequency_shares(wave), np.eye(5)[2], atol=1e-12)
    assert key_frequencies(wave) == (3,)
    assert circularity(wave) == pytest.approx(1.0)
    np.testing.assert_allclose(isolate(wave, 3), wave, atol=1e-12)
    np.testing.assert_allclose(isolate(wave, 2), 2, atol=1e-12)


def test_separate_doors_learn_tori_and_one_door_learns_disks():
    pytest.importorskip("torch")
    doors = {
        n: train_mlp(MlpRecipe(p=31, neurons=64, d_embed=32, steps=300, doors=n)) for n in (1, 2)
    }
    kept = {}
    for n, network in doors.items():
        assert accuracy_of(network) > 0.98
        half = range(1, 16)
        kept[n] = completeness(network, tuple(half))
    assert kept[1][STEPS[0]] == accuracy_of(doors[1]), "a sum of embeddings is a sum of disks"
    assert kept[2][TORI] == accuracy_of(doors[2])
    assert kept[2][STEPS[0]] < 0.95


def test_the_wide_mlp_of_summed_embeddings_adds_modulo_59():
    pytest.importorskip("torch")
    assert accuracy_of(train_mlp(MlpRecipe())) > 0.999


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_the_trained_logits_are_those_of_the_numpy_network(rate: float):
    torch = pytest.importorskip("torch")
    from armillary.networks.modular import transformer_training

    recipe = TransformerRecipe(p=7, rate=rate, steps=3, d_model=16, n_heads=2, d_mlp=8)
    network = train_transformer(recipe)
    names = ("embedding", "position", "query", "key", "value", "output")
    w = {name: torch.tensor(getattr(network, name)) for name in names}
    resid = transformer_training._resid_mid(torch, w, rate).numpy()
    np.testing.assert_allclose(resid, network.resid_mid(every_pair(7)), atol=1e-10)


@pytest.mark.slow
def test_attention_zero_learns_pizzas_and_attention_one_clocks():
    pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    pizza = describe_modular(train_transformer(TransformerRecipe(rate=0.0, steps=400)), rng=rng)
    clock = describe_modular(
        train_transformer(TransformerRecipe(rate=1.0, steps=700, seed=1)), rng=rng
    )
    assert pizza.accuracy == clock.accuracy == 1.0
    assert set(pizza.kinds.values()) <= {"pizza", "neither"}
    assert set(clock.kinds.values()) <= {"clock", "neither"}
    assert pizza.gradient_symmetricity > 0.97
    assert clock.gradient_symmetricity < 0.6
    assert pizza.completeness[STEPS[0]] > 0.99
    assert clock.completeness[STEPS[0]] < 0.85
    assert clock.completeness[STEPS[2]] > 0.99
