import numpy as np
import pytest
from scipy.stats import ortho_group

pytest.importorskip("torch")
pytest.importorskip("transformers")

from tiny_reading import knockoff, random_rows  # noqa: E402

from armillary.core import BadInput  # noqa: E402
from armillary.explain import Subject  # noqa: E402
from armillary.explain.readers.relearn import (  # noqa: E402
    Relearn,
    next_block,
    tokens_needed,
    with_previous,
)
from armillary.explain.readers.ridge import ridge_predict  # noqa: E402

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("n", [30, 300])
def test_a_linear_answer_is_learned(n: int):
    x = RNG.standard_normal((n, 20)).astype(np.float32)
    weight = RNG.standard_normal((20, 5)).astype(np.float32)
    at = RNG.standard_normal((50, 20)).astype(np.float32)
    guess = ridge_predict(x, x @ weight + 3, at=at)
    assert np.abs(guess - (at @ weight + 3)).max() < 0.01


@pytest.mark.parametrize("n", [12, 60])
def test_readings_turned_shifted_and_scaled_are_learned_as_well(n: int):
    x = RNG.standard_normal((n, 20)).astype(np.float32)
    y = np.tanh(x[:, :3]) + 0.1 * RNG.standard_normal((n, 3)).astype(np.float32)
    at = RNG.standard_normal((10, 20)).astype(np.float32)
    turn = ortho_group.rvs(20, random_state=0).astype(np.float32)
    plain = ridge_predict(x, y, at=at)
    assert np.allclose(plain, ridge_predict(5 * x @ turn + 1, y, at=5 * at @ turn + 1), atol=1e-3)


def test_noise_is_answered_by_the_mean():
    x, y = (RNG.standard_normal((400, k)).astype(np.float32) for k in (30, 4))
    guess = ridge_predict(x, y, at=x)
    assert (guess - y.mean(axis=0)).std() < 0.1
    assert np.allclose(ridge_predict(0 * x, y, at=x), y.mean(axis=0))


@pytest.mark.parametrize("name", ["embedded", "encoded"])
@pytest.mark.parametrize("mlp", [False, True])
def test_the_true_decoder_scores_one_and_nothing_zero(name, mlp, request):
    subject = request.getfixturevalue(name)
    reader = Relearn(subject, sizes=(64, 512), mlp=mlp)
    true = subject.space.directions
    for score in reader.score(knockoff(subject, true)):
        assert score.value == pytest.approx(1.0)
        assert score.raw["tokens for one at 512"] == pytest.approx(512)
    for score in reader.score(knockoff(subject, 0 * true)):
        assert score.value == pytest.approx(0.0, abs=0.05 if "MLP" in score.reader else 1e-6)
        assert score.units.shape == (subject.test.unit.max() + 1, 3)


def test_random_directions_are_harder_to_learn_from_where_features_outnumber_dimensions(embedded):
    (score,) = Relearn(embedded, sizes=(64, 512)).score(knockoff(embedded, random_rows(embedded)))
    assert score.high < 1


def test_fewer_tokens_are_nested_in_more_and_sizes_past_the_text_are_left_out(embedded):
    raw = Relearn(embedded, sizes=(64, 10**6)).score(knockoff(embedded, random_rows(embedded)))[0]
    assert {name for name in raw.raw if name.startswith("fvu at")} == {"fvu at 64"}


def test_tokens_needed_lie_between_sizes_on_a_power_law():
    sizes = (100, 400, 1600)
    loss = [8 / np.sqrt(n) for n in sizes]
    assert tokens_needed(sizes, loss, 8 / np.sqrt(900)) == pytest.approx(900)
    assert tokens_needed(sizes, loss, 5.0) == 100
    assert np.isnan(tokens_needed(sizes, loss, 0.1))


def test_each_vector_stands_beside_the_one_before_it():
    x = np.arange(12.0, dtype=np.float32).reshape(6, 2)
    beside = with_previous(x, n_texts=2)
    assert beside[:, :2].tolist() == x.tolist()
    assert beside[:, 2:].tolist() == [[0, 0], [0, 1], [2, 3], [0, 0], [6, 7], [8, 9]]


def test_the_next_block_is_the_one_that_reads_the_place(walker):
    lm, _ = walker
    assert next_block(lm, "hook_embed") == 0
    assert next_block(lm, "blocks.1.hook_resid_pre") == 1
    assert next_block(lm, "blocks.1.hook_resid_post") == 2


@pytest.mark.refusal
def test_what_has_no_next_block_is_refused(walker, embedded):
    lm, _ = walker
    with pytest.raises(BadInput, match="after the last block"):
        next_block(lm, "blocks.2.hook_resid_post")
    with pytest.raises(BadInput, match="not on the residual stream"):
        next_block(lm, "blocks.1.hook_mlp_out")
    bare = Subject(
        "bare", embedded.space, embedded.bias, embedded.shared, embedded.calibration, embedded.test
    )
    with pytest.raises(BadInput, match="no language model"):
        Relearn(bare)
    with pytest.raises(BadInput, match="too few to learn from"):
        Relearn(embedded, sizes=(10**6,))
