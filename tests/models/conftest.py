"""Tiny random models of three architectures; no hub, no files."""

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from armillary.models import LanguageModel  # noqa: E402
from armillary.models.vocabulary import Vocabulary  # noqa: E402

LETTERS = " abcdefghijklmnopqrstuvwxyz"
SIZES = {"vocab_size": 40, "bos_token_id": None, "eos_token_id": None}


def letters() -> Vocabulary:
    """A vocabulary of letters: enough where what is tested is not the vocabulary."""
    return Vocabulary(
        lambda text: [LETTERS.index(letter) for letter in text],
        lambda ids: [LETTERS[i] if i < len(LETTERS) else f"<{i}>" for i in ids],
        None,
    )


def tiny_llama():
    config = transformers.LlamaConfig(
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
        tie_word_embeddings=True,
        pad_token_id=None,
        **SIZES,
    )
    return transformers.LlamaForCausalLM(config)


def tiny_gpt2():
    config = transformers.GPT2Config(n_embd=16, n_layer=3, n_head=2, n_positions=32, **SIZES)
    return transformers.GPT2LMHeadModel(config)


def tiny_neox():
    config = transformers.GPTNeoXConfig(
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=3,
        num_attention_heads=2,
        max_position_embeddings=64,
        **SIZES,
    )
    return transformers.GPTNeoXForCausalLM(config)


def tiny_opt():
    config = transformers.OPTConfig(
        hidden_size=16,
        ffn_dim=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=32,
        word_embed_proj_dim=16,
        **SIZES,
    )
    return transformers.OPTForCausalLM(config)


def tiny_gemma3():
    config = transformers.Gemma3TextConfig(
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
        max_position_embeddings=32,
        **SIZES,
    )
    return transformers.Gemma3ForCausalLM(config)


MAKERS = {
    "llama": tiny_llama,
    "gpt2": tiny_gpt2,
    "neox": tiny_neox,
    "opt": tiny_opt,
    "gemma3": tiny_gemma3,
}


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def made(kind: str) -> LanguageModel:
    torch.manual_seed(0)
    return LanguageModel(MAKERS[kind](), vocabulary=letters(), name=kind)


@pytest.fixture
def make():
    return made


@pytest.fixture
def llama() -> LanguageModel:
    return made("llama")


@pytest.fixture
def gpt2() -> LanguageModel:
    return made("gpt2")


@pytest.fixture(params=list(MAKERS))
def lm(request: pytest.FixtureRequest) -> LanguageModel:
    return made(request.param)


@pytest.fixture
def ids():
    return torch.randint(0, 40, (2, 7), generator=torch.Generator().manual_seed(1))
