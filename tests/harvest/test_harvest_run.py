import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
import torch

from armillary.core import BadInput, Corpus, TooLarge
from armillary.harvest import Bos, HarvestSettings, harvest
from armillary.load import open_activations
from tiny_lm import TinyModel

HOOK = "blocks.2.hook_resid_post"
SMALL = HarvestSettings(context_size=8, batch_size=3, shard_rows=40)


def corpus_of(*sizes, vocab_size=64, seed=0):
    offset = np.cumsum([0, *sizes])
    ids = np.random.default_rng(seed).integers(0, vocab_size, offset[-1])
    return Corpus(ids, offset, {"uri": "made"})


CORPUS = corpus_of(50, 3, 1, 21, 0, 90, 8)


class Told:
    def __init__(self):
        self.notes, self.total, self.done = [], 0, 0

    def stage(self, name, total):
        self.total += total

    def advance(self, n=1):
        self.done += n

    def note(self, text):
        self.notes.append(text)


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def by_hand(lm, corpus, *, context_size, skip):
    """Every document alone, window after window: what must be on disk."""
    rows = []
    for document in corpus:
        for start in range(0, document.size, context_size):
            ids = np.asarray(document[start : start + context_size])[None]
            rows.append(2 * lm.plain(ids)[0, skip:].numpy())
    return np.concatenate(rows)


@pytest.mark.parametrize("skip", [0, 1])
def test_rows_are_what_the_model_holds_for_each_token_in_reading_order(tmp_path, skip):
    lm = TinyModel()
    settings = HarvestSettings(8, 3, skip_first=skip, dtype="float32", shard_rows=40)
    done = harvest(lm, CORPUS, tmp_path / "a", hook_names=[HOOK], settings=settings)
    stored = done.activations[HOOK]
    expected = by_hand(lm, CORPUS, context_size=8, skip=skip)
    np.testing.assert_array_equal(np.vstack(stored.shards), expected)
    assert len(stored.shards) > 2
    tokens = stored.tokens
    place = CORPUS.offset[tokens.document] + tokens.position
    np.testing.assert_array_equal(tokens.token_id, CORPUS.token_id[place])
    assert tokens.text([3]) == [" t3"]
    if not skip:
        assert stored.n_tokens == CORPUS.n_tokens


def test_float16_is_the_rounded_float32(tmp_path):
    made = {
        dtype: harvest(
            TinyModel(), CORPUS, tmp_path / dtype, hook_names=[HOOK],
            settings=HarvestSettings(8, 3, dtype=dtype),
        ).activations[HOOK].shards[0]
        for dtype in ("float16", "float32")
    }  # fmt: skip
    np.testing.assert_array_equal(made["float16"], made["float32"].astype(np.float16))


@pytest.mark.parametrize("names", [[HOOK], [HOOK, "blocks.3.hook_resid_post"]])
@pytest.mark.parametrize("cut_after", [1, 2, 5, 9, 11])
def test_interrupted_and_gone_on_with_gives_the_same_bytes(tmp_path, names, cut_after):
    harvest(TinyModel(), CORPUS, tmp_path / "whole", hook_names=names, settings=SMALL)
    lm = TinyModel()
    lm.stop_after = cut_after
    with pytest.raises(KeyboardInterrupt):
        harvest(lm, CORPUS, tmp_path / "cut", hook_names=names, settings=SMALL)
    for name in names:
        folder = tmp_path / "cut" if len(names) == 1 else tmp_path / "cut" / name
        with pytest.raises(BadInput):
            open_activations(folder)
    told = Told()
    harvest(TinyModel(), CORPUS, tmp_path / "cut", hook_names=names, settings=SMALL, progress=told)
    assert contents(tmp_path / "whole") == contents(tmp_path / "cut")
    assert told.done == told.total
    assert any("shards are there already" in n for n in told.notes) == (cut_after >= 5)


KILLED = """
import sys, time
sys.path[:0] = [{here!r}, {above!r}]
from test_harvest_run import CORPUS, HOOK, SMALL, TinyModel, harvest
class Slow(TinyModel):
    def capture(self, token_id, at):
        time.sleep(0.02)
        return super().capture(token_id, at)
harvest(Slow(), CORPUS, {folder!r}, hook_names=[HOOK], settings=SMALL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_process_leaves_a_folder_that_can_be_gone_on_with(tmp_path):
    harvest(TinyModel(), CORPUS, tmp_path / "whole", hook_names=[HOOK], settings=SMALL)
    here = Path(__file__).parent
    folder = tmp_path / "cut"
    code = KILLED.format(here=str(here), above=str(here.parent), folder=str(folder))
    process = subprocess.Popen([sys.executable, "-c", code])
    second = folder / "shard-00001.npy"
    for _ in range(3000):
        if second.exists() or process.poll() is not None:
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=60)
    assert second.exists()
    assert not (tmp_path / "cut" / "activations.json").exists()
    harvest(TinyModel(), CORPUS, tmp_path / "cut", hook_names=[HOOK], settings=SMALL)
    assert contents(tmp_path / "whole") == contents(tmp_path / "cut")


def test_run_again_it_reads_nothing_and_changes_nothing(tmp_path):
    harvest(TinyModel(), CORPUS, tmp_path / "a", hook_names=[HOOK], settings=SMALL)
    before = contents(tmp_path / "a")
    again = harvest(TinyModel(), CORPUS, tmp_path / "a", hook_names=[HOOK], settings=SMALL)
    assert again.positions_read == 0
    assert contents(tmp_path / "a") == before


def begun(folder, lm=None):
    lm = lm or TinyModel()
    lm.stop_after = 12
    with pytest.raises(KeyboardInterrupt):
        harvest(lm, CORPUS, folder, hook_names=[HOOK], settings=SMALL)


@pytest.mark.parametrize(
    ("lm", "corpus", "settings", "match"),
    [
        (TinyModel(seed=1), CORPUS, SMALL, "fingerprint was"),
        (TinyModel(), corpus_of(170, seed=1), SMALL, "sha256 was"),
        (TinyModel(), CORPUS, HarvestSettings(9, 3, shard_rows=40), "context_size was 8, now 9"),
        (TinyModel(), CORPUS, HarvestSettings(8, 2, shard_rows=40), "batch_size was 3, now 2"),
    ],
)
def test_another_model_text_or_setting_does_not_go_on(tmp_path, lm, corpus, settings, match):
    begun(tmp_path / "a")
    with pytest.raises(BadInput, match=match):
        harvest(lm, corpus, tmp_path / "a", hook_names=[HOOK], settings=settings)


class Drifting(TinyModel):
    """The same weights on another machine."""

    def __init__(self, away):
        super().__init__()
        self.away = away

    def plain(self, token_id):
        return (1 + self.away) * super().plain(token_id)


def test_a_machine_with_other_rounding_goes_on_and_says_so(tmp_path):
    begun(tmp_path / "a")
    told = Told()
    harvest(
        Drifting(1e-5), CORPUS, tmp_path / "a", hook_names=[HOOK], settings=SMALL, progress=told
    )
    assert any("not byte-equal" in note for note in told.notes)
    begun(tmp_path / "b")
    with pytest.raises(BadInput, match="gives other vectors"):
        harvest(Drifting(0.1), CORPUS, tmp_path / "b", hook_names=[HOOK], settings=SMALL)


def test_bos_is_read_but_never_stored(tmp_path):
    lm = TinyModel(bos_id=63)
    corpus = corpus_of(20, 5, vocab_size=60)
    for bos, skip, rows in [
        (Bos.window, 1, 25), (Bos.window, 0, 25), (Bos.document, 1, 23), (Bos.document, 0, 25),
        (Bos.window, 2, 25 - 4),
    ]:  # fmt: skip
        lm.read.clear()
        settings = HarvestSettings(8, 3, bos=bos, skip_first=skip)
        folder = tmp_path / f"{bos}{skip}"
        done = harvest(lm, corpus, folder, hook_names=[HOOK], settings=settings)
        stored = done.activations[HOOK]
        assert stored.n_tokens == rows
        assert 63 not in stored.tokens.token_id
        assert any((ids[:, 0] == 63).all() for ids in lm.read)
        assert not any((ids[:, 1:] == 63).any() for ids in lm.read)
        assert (stored.source["bos"], stored.source["bos_id"]) == (bos.value, 63)


def test_the_manifest_says_what_is_needed_to_make_it_again(tmp_path):
    harvest(TinyModel(), CORPUS, tmp_path / "a", hook_names=[HOOK], settings=SMALL)
    source = open_activations(tmp_path / "a", check=True).source
    assert source["corpus"]["sha256"] == CORPUS.sha256
    assert source["corpus"]["uri"] == "made"
    assert source["model"]["name"] == "tiny"
    assert len(source["model"]["fingerprint"]) == 64
    assert (source["context_size"], source["batch_size"], source["skip_first"]) == (8, 3, 1)


def test_size_and_time_are_told_before_the_first_shard(tmp_path):
    told = Told()
    done = harvest(
        TinyModel(), CORPUS, tmp_path / "a", hook_names=[HOOK], settings=SMALL, progress=told
    )
    assert any(note.startswith("disk: ") for note in told.notes)
    assert any(note.startswith("time: about ") for note in told.notes)
    assert told.done == told.total == done.positions_read


def test_a_disk_without_room_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 9, 1000))
    with pytest.raises(TooLarge, match="lower --max-tokens"):
        harvest(TinyModel(), CORPUS, tmp_path / "a", hook_names=[HOOK], settings=SMALL)
    assert not (tmp_path / "a").exists()


def test_vectors_too_large_for_float16_are_stored_as_float32_and_it_says_so(tmp_path):
    told = Told()
    done = harvest(
        TinyModel(scale=1e5), CORPUS, tmp_path / "a",
        hook_names=[HOOK], settings=SMALL, progress=told,
    )  # fmt: skip
    assert done.activations[HOOK].shards[0].dtype == np.float32
    assert any("stored as float32" in note for note in told.notes)


class Outlier(TinyModel):
    """One token whose vector float16 cannot hold, late in the text."""

    def plain(self, token_id):
        vectors = super().plain(token_id)
        return torch.where(torch.as_tensor(token_id == 63)[..., None], 1e6, vectors)


def test_a_late_outlier_is_refused_and_whole_shards_stay(tmp_path):
    early, late = corpus_of(60, vocab_size=60).token_id, np.array([1, 63, 2])
    corpus = Corpus(np.concatenate([early, late]), np.array([0, 60, 63]))
    with pytest.raises(BadInput, match=r"--dtype float32"):
        harvest(Outlier(), corpus, tmp_path / "a", hook_names=[HOOK], settings=SMALL)
    assert (tmp_path / "a" / "shard-00000.npy").exists()


def test_what_cannot_be_harvested_is_refused(tmp_path):
    lm = TinyModel()
    for settings, corpus, names, match in [
        (HarvestSettings(bos=Bos.window), CORPUS, [HOOK], "no BOS token"),
        (SMALL, corpus_of(9, vocab_size=99), [HOOK], "another tokenizer"),
        (SMALL, CORPUS, [], "at least one hook point"),
    ]:
        with pytest.raises(BadInput, match=match):
            harvest(lm, corpus, tmp_path / "a", hook_names=names, settings=settings)
    for wrong, match in [
        ({"context_size": 0}, "at least one"),
        ({"skip_first": 256}, "leaves nothing"),
        ({"dtype": "int8"}, "is not known"),
    ]:
        with pytest.raises(BadInput, match=match):
            HarvestSettings(**wrong)


class Flat(TinyModel):
    """A hook that gives no vectors."""

    def plain(self, token_id):
        return super().plain(token_id)[..., 0]


def test_a_hook_that_gives_no_vector_a_position_is_refused(tmp_path):
    with pytest.raises(BadInput, match="expected one vector a position"):
        harvest(Flat(), CORPUS, tmp_path / "a", hook_names=[HOOK], settings=SMALL)
