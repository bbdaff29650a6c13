"""Effects of added vectors, read through remembered texts, against whole passes."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the torch extra is not installed")
transformers = pytest.importorskip("transformers")

from armillary.core import BadInput  # noqa: E402
from armillary.intervene.effects import Effects  # noqa: E402
from armillary.models import LanguageModel  # noqa: E402
from armillary.models.vocabulary import Vocabulary  # noqa: E402

TEXTS = ("abcdefgh", "hello", "zyxw")
PLACE = "blocks.1.hook_resid_post"


@pytest.fixture(scope="module", params=["llama", "gpt2"])
def lm(request):
    torch.manual_seed(0)
    common = {"vocab_size": 40, "bos_token_id": None, "eos_token_id": None}
    if request.param == "llama":
        model = transformers.LlamaForCausalLM(transformers.LlamaConfig(
            hidden_size=16, intermediate_size=24, num_hidden_layers=4, num_attention_heads=4,
            num_key_value_heads=2, max_position_embeddings=64, pad_token_id=None, **common,
        ))  # fmt: skip
    else:
        model = transformers.GPT2LMHeadModel(
            transformers.GPT2Config(n_embd=16, n_layer=3, n_head=2, n_positions=32, **common)
        )
    model.spare = torch.nn.Linear(1, 1)  # never used
    spelled = Vocabulary(lambda text: [ord(c) - 97 for c in text], lambda ids: [""] * len(ids), 39)
    return LanguageModel(model, vocabulary=spelled, name=request.param)


def whole(lm, text, vectors, *, length):
    ids = np.array([[39, *lm.encode(text)][:length]])
    base = lm.logits(ids)[0, -1].numpy()
    changed: list[np.ndarray] = []
    for vector in vectors:

        def add(x, vector=vector):
            out = x.clone()
            out[:, -1] += torch.as_tensor(vector)
            return out

        changed.append(lm.logits(ids, splice={PLACE: add})[0, -1].numpy() - base)
    found = np.array(changed)
    return found - found.mean(axis=1, keepdims=True)


def test_lengths_and_angles_are_those_of_the_logits_of_whole_passes(lm, rng):
    vectors = rng.standard_normal((5, 16)).astype(np.float32)
    found = Effects(lm, PLACE, texts=TEXTS, length=6).of(vectors)
    assert found.shape == (3, 5, 16)
    for change, text in zip(found, TEXTS, strict=True):
        want = whole(lm, text, vectors, length=6)
        np.testing.assert_allclose(change @ change.T, want @ want.T, rtol=2e-3, atol=1e-6)


def test_the_vectors_of_another_place_can_be_read(lm, rng):
    vectors = rng.standard_normal((300, 16)).astype(np.float32)
    seen: list[int] = []
    found = Effects(lm, PLACE, texts=TEXTS[:1], read=PLACE).of(vectors, tick=seen.append)
    np.testing.assert_allclose(found[0], vectors, atol=1e-5)
    assert seen == [300]


def test_scaled_vectors_are_taken_back_at_the_place(lm, rng):
    vectors = rng.standard_normal((4, 16)).astype(np.float32)
    half = Effects(lm, PLACE, texts=TEXTS, back=lambda held: lambda made: held + made / 2)
    np.testing.assert_allclose(
        half.of(vectors), Effects(lm, PLACE, texts=TEXTS).of(vectors / 2), atol=1e-4
    )


@pytest.mark.refusal
def test_places_and_texts_that_are_not_there_are_refused(lm):
    with pytest.raises(BadInput, match="no hook"):
        Effects(lm, "blocks.9.hook_resid_post")
    with pytest.raises(BadInput, match="longer texts"):
        Effects(lm, PLACE, texts=())
    with pytest.raises(BadInput, match="never passes"):
        Effects(lm, PLACE, texts=TEXTS, read="spare")
