import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.core import BadInput, Corpus
from armillary.harvest.plan import plan_harvest
from armillary.harvest.windows import Bos, cut_windows

lengths = st.lists(st.integers(0, 30), min_size=1, max_size=8)
kinds = st.sampled_from(list(Bos))


def corpus_of(sizes):
    offset = np.cumsum([0, *sizes])
    return Corpus(np.arange(offset[-1], dtype=np.int32), offset)


@given(sizes=lengths, context_size=st.integers(2, 9), bos=kinds)
def test_every_token_is_in_exactly_one_window_of_one_document(sizes, context_size, bos):
    corpus = corpus_of(sizes)
    windows = cut_windows(corpus.offset, context_size=context_size, bos=bos)
    covered = [
        range(s, s + n)
        for s, n in zip(windows.start.tolist(), windows.length.tolist(), strict=True)
    ]
    assert [i for stretch in covered for i in stretch] == list(range(corpus.n_tokens))
    for stretch in covered:
        ends = np.searchsorted(corpus.offset, [stretch[0], stretch[-1]], side="right")
        assert ends[0] == ends[1], "a window spans two documents"
    assert windows.read.max(initial=0) <= context_size
    starts_document = np.isin(windows.start, corpus.offset)
    wanted = {Bos.none: False, Bos.window: True, Bos.document: starts_document}[bos]
    np.testing.assert_array_equal(windows.bos, np.broadcast_to(wanted, windows.bos.shape))


def test_a_known_document_is_cut_as_one_would_by_hand():
    windows = cut_windows(np.array([0, 10, 10, 13]), context_size=4, bos=Bos.document)
    assert windows.start.tolist() == [0, 3, 7, 10]
    assert windows.length.tolist() == [3, 4, 3, 3]
    assert windows.read.tolist() == [4, 4, 3, 4]
    assert windows.stored(1).tolist() == [3, 3, 2, 3]
    assert windows.stored(0).tolist() == [3, 4, 3, 3]


@given(
    sizes=lengths,
    context_size=st.integers(2, 9),
    batch_size=st.integers(1, 4),
    bos=kinds,
    skip=st.integers(0, 1),
    shard_rows=st.integers(1, 40),
)
def test_rows_are_in_reading_order_and_every_batch_is_whole(
    sizes, context_size, batch_size, bos, skip, shard_rows
):
    corpus = corpus_of([*sizes, 5])
    plan = plan_harvest(
        corpus, context_size=context_size, batch_size=batch_size, bos=bos, skip=skip
    )
    tokens = plan.tokens()
    assert tokens.n_tokens == plan.row[-1]
    assert (np.diff(tokens.token_id) > 0).all(), "ids rise in this corpus: reading order"
    np.testing.assert_array_equal(corpus.offset[tokens.document] + tokens.position, tokens.token_id)
    shards = plan.shards(shard_rows)
    assert [w for s in shards for w in s] == list(range(plan.windows.start.size))
    assert all(plan.row[s.stop] - plan.row[s.start] < shard_rows + context_size for s in shards)
    for shard in shards:
        batches = plan.batches(shard)
        assert sorted(w for b in batches for w in b.tolist()) == list(shard)
        for windows in batches:
            ids = plan.ids(windows, bos_id=99)
            assert ids.shape == (windows.size, plan.windows.read[windows[0]])
            assert ids.size <= batch_size * context_size
            kept = ids[:, plan.first(windows) :]
            for window, row in zip(windows, kept, strict=True):
                mine = tokens.token_id[plan.row[window] : plan.row[window + 1]]
                np.testing.assert_array_equal(row, mine)


def test_windows_with_nothing_to_keep_are_not_read():
    plan = plan_harvest(corpus_of([5, 1]), context_size=4, batch_size=2, bos=Bos.none, skip=1)
    assert plan.windows.length.tolist() == [4], "two windows of one token are left out"


def test_text_too_short_and_contexts_too_small_are_refused():
    with pytest.raises(BadInput, match="no token would be kept: the longest of 2 documents has 1"):
        plan_harvest(corpus_of([1, 1]), context_size=4, batch_size=2, bos=Bos.none, skip=1)
    with pytest.raises(BadInput, match="leaves no room for text"):
        cut_windows(np.array([0, 3]), context_size=1, bos=Bos.window)
    plan = plan_harvest(corpus_of([5]), context_size=4, batch_size=2, bos=Bos.window, skip=1)
    with pytest.raises(BadInput, match="no BOS"):
        plan.ids(np.array([0]), bos_id=None)
