import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
tokenizers = pytest.importorskip("tokenizers")

from armillary.core import BadInput  # noqa: E402
from armillary.models import door, load_lm  # noqa: E402


@pytest.fixture
def folder(llama, tmp_path):
    llama.model.save_pretrained(tmp_path / "model")
    words = {"<s>": 0, "a": 1, "b": 2, "[UNK]": 3}
    backend = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="[UNK]"))
    backend.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=backend, bos_token="<s>")
    fast.save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def test_a_folder_of_transformers_is_loaded_as_it_was_saved(folder, llama, ids, capsys):
    said = []
    lm = load_lm(folder, device="cpu", progress=said.append)
    assert torch.equal(lm.logits(ids), llama.logits(ids))
    assert lm.encode("a b a").tolist() == [1, 2, 1]
    assert (lm.bos_id, lm.name, said) == (0, str(folder), [f"loading {folder}"])
    assert capsys.readouterr() == ("", ""), "the library's own progress bar stays away"


@pytest.mark.parametrize("dtype", list(door.DTYPES))
def test_it_runs_in_the_precision_asked_for(folder, ids, dtype):
    lm = load_lm(folder, dtype=dtype, device="cpu")
    assert lm.dtype == door.DTYPES[dtype]
    assert lm.logits(ids).dtype == torch.float32


def test_the_progress_bar_of_transformers_is_left_as_it_was(folder):
    log = transformers.utils.logging
    assert log.is_progress_bar_enabled()
    load_lm(folder, device="cpu")
    assert log.is_progress_bar_enabled()


def test_options_that_are_unknown_are_refused(folder):
    with pytest.raises(BadInput, match="dtype 'int8' is not known; use one of float32"):
        load_lm(folder, dtype="int8")
    with pytest.raises(BadInput, match="device 'nowhere' cannot be used"):
        load_lm(folder, device="nowhere")


def test_what_is_no_model_is_refused_in_words(folder, tmp_path):
    with pytest.raises(BadInput, match="not in the hub's cache, and nothing is fetched"):
        load_lm("org/none-such-model", offline=True)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="the folder is not a causal language model"):
        load_lm(tmp_path / "empty", offline=True)
    (folder / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(BadInput, match="the folder is not a causal language model"):
        load_lm(folder, offline=True)


def test_a_folder_without_a_tokenizer_is_refused(folder):
    for path in folder.glob("tokenizer*"):
        path.unlink()
    with pytest.raises(BadInput, match="Use demo, a folder"):
        load_lm(folder, offline=True)


def test_a_tokenizer_in_python_will_do(folder, monkeypatch):
    class Slow:
        bos_token_id = 7

        def encode(self, text, *, add_special_tokens):
            assert not add_special_tokens
            return [len(text)]

        def decode(self, ids):
            return f"<{ids[0]}>"

    monkeypatch.setattr(transformers.AutoTokenizer, "from_pretrained", lambda *_, **__: Slow())
    lm = load_lm(folder, device="cpu")
    assert (lm.encode("abc").tolist(), lm.token_text([5]), lm.bos_id) == ([3], ["<5>"], 7)
