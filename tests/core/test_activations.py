import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.core import Activations, BadInput, Tokens


def made(sizes, *, width=3, dtype=np.float16):
    n = sum(sizes)
    rows = np.arange(n * width, dtype=dtype).reshape(n, width)
    shards = np.split(rows, np.cumsum(sizes)[:-1])
    number = np.arange(n, dtype=np.int32)
    return Activations(
        tuple(shards), Tokens(number, number * 0, number), "blocks.0.hook_resid_post"
    )


def row_numbers(batches, width=3):
    return [(batch[:, 0] / width).astype(int).tolist() for batch in batches]


def test_rows_come_from_whichever_shard_holds_them_in_the_order_asked_for():
    acts = made([4, 1, 6])
    index = np.array([10, 0, 4, 3, 10, 5])
    np.testing.assert_array_equal(acts.rows(index)[:, 0], 3.0 * index)
    assert acts.rows(index).dtype == np.float32
    assert acts.rows(np.empty(0, dtype=int)).shape == (0, 3)


def test_the_mean_is_that_of_all_rows():
    acts = made([4, 1, 6], dtype=np.float32)
    np.testing.assert_allclose(acts.mean(), np.vstack(acts.shards).mean(axis=0))


@given(
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=5),
    size=st.integers(1, 7),
    room=st.integers(14, 60),
    seed=st.integers(0, 3),
)
def test_a_pass_gives_every_row_at_most_once_and_all_but_the_last_short_batch(
    sizes, size, room, seed
):
    acts = made(sizes)
    size = min(size, acts.n_tokens)
    batches = list(acts.batches(size, rng=np.random.default_rng(seed), memory=room * 6))
    given_out = [i for batch in row_numbers(batches) for i in batch]
    assert len(given_out) == len(set(given_out)) == acts.n_tokens // size * size
    assert {b.shape for b in batches} <= {(size, 3)}
    assert all(b.dtype == np.float32 for b in batches)


@pytest.mark.parametrize("memory", [1 << 30, 6 * 300])
def test_the_same_state_of_the_generator_gives_the_same_batches(memory):
    acts = made([500, 200, 300], dtype=np.float32)
    once, again, other = (
        row_numbers(acts.batches(20, rng=np.random.default_rng(s), memory=memory))
        for s in (1, 1, 2)
    )
    assert once == again
    assert once != other


def test_rows_larger_than_the_buffer_are_mixed_across_shards():
    acts = made([400] * 5)
    batches = row_numbers(acts.batches(50, rng=np.random.default_rng(0), memory=6 * 400))
    of_shard = [np.unique(np.array(batch) // 400).size for batch in batches]
    assert min(of_shard) >= 3, "every batch has rows of several shards"
    order = np.concatenate(batches)
    assert abs(np.corrcoef(order, np.arange(order.size))[0, 1]) < 0.2


@pytest.mark.parametrize(
    ("shards", "match"),
    [
        ((), "at least one shard"),
        ((np.zeros((2, 3)),), "float16 or all float32"),
        ((np.zeros((1, 3), np.float32), np.zeros((1, 3), np.float16)), "all float32"),
        ((np.zeros((3, 3), np.float32),), "3 rows for 2 tokens"),
    ],
)
@pytest.mark.refusal
def test_shards_that_do_not_belong_together_are_refused(shards, match):
    two = np.zeros(2, dtype=int)
    with pytest.raises(BadInput, match=match):
        Activations(shards, Tokens(two, two, two), "x")


def test_batches_and_rows_that_cannot_be_had_are_refused(rng):
    acts = made([100])
    with pytest.raises(BadInput, match="cannot be drawn from 100"):
        acts.batches(101, rng=rng)
    with pytest.raises(BadInput, match="too few to shuffle"):
        acts.batches(20, rng=rng, memory=6 * 30)
    with pytest.raises(BadInput, match="below 100"):
        acts.rows(np.array([100]))


def test_its_text_names_the_axes_and_the_place():
    assert repr(made([4, 2])) == (
        "Activations(6 tokens x 3 d_model at blocks.0.hook_resid_post, float16, 2 shards)"
    )
