"""The built-in model itself; fetched once where it is not cached."""

import math
import time

import pytest

torch = pytest.importorskip("torch")

from armillary.load import load_space  # noqa: E402
from armillary.load.lm_checkpoint import builtin_checkpoint  # noqa: E402
from armillary.models import load_lm, token_embedding  # noqa: E402

pytestmark = pytest.mark.slow
AT = "blocks.9.hook_resid_post"
SENTENCES = (
    "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday and Sunday are the days of the week.",
    "The capital of France is Paris, and the capital of Germany is Berlin.",
    "She opened the door, looked around the room, and saw that nobody was there.",
    "Once upon a time there was a little girl who lived in a small village near the forest.",
    "The old house stood at the end of a narrow road near the sea.",
)


@pytest.fixture(scope="module")
def lm():
    return load_lm("demo", device="cpu")


def ids_of(lm, text):
    return torch.as_tensor(lm.encode(text))[None]


def perplexity(lm, text):
    return math.exp(lm.losses(ids_of(lm, text)).mean())


def test_it_knows_the_capital_of_france(lm):
    logits = lm.logits(ids_of(lm, "The capital of France is"))
    assert lm.token_text([int(logits[0, -1].argmax())]) == [" Paris"]


def test_ordinary_sentences_surprise_it_little_and_shuffled_ones_much(lm):
    found = [perplexity(lm, sentence) for sentence in SENTENCES]
    assert all(2 < value < 60 for value in found)
    ids = ids_of(lm, SENTENCES[2])
    order = torch.randperm(ids.shape[1], generator=torch.Generator().manual_seed(0))
    assert math.exp(lm.losses(ids[:, order]).mean()) > 20 * found[2]


def test_its_first_token_helps_and_the_one_the_file_names_does_not(lm):
    assert lm.token_text([lm.bos_id, 1]) == ["<|endoftext|>", "<|im_start|>"]

    def after(start):
        texts = [torch.cat([torch.tensor([[start]]), ids_of(lm, s)], 1) for s in SENTENCES]
        return float(torch.cat([lm.losses(t)[0, 1:] for t in texts]).mean())

    plain = float(torch.cat([lm.losses(ids_of(lm, s))[0] for s in SENTENCES]).mean())
    assert after(lm.bos_id) < plain < after(1)


def test_its_tokens_are_those_of_the_file(lm):
    assert lm.encode(" Monday").tolist() == [12397]
    assert lm.token_text(lm.encode("In 1984,  we\n\nleft")) == [
        *("In", " ", "1", "9", "8", "4", ",", " ", " we", "\n", "\n", "left")
    ]
    assert lm.encode("a").size == 1, "nothing is put before a text"
    space, embedding = load_space("smollm2:embed"), token_embedding(lm)
    assert embedding.labels.tolist() == space.labels.tolist()
    assert (embedding.directions == space.directions).all()


def test_splices_in_the_middle(lm):
    """Identity changes nothing; without what the first ten layers made, it hardly predicts."""
    texts = [torch.cat([ids_of(lm, s)] * 4, 1) for s in SENTENCES]
    mean = torch.cat([lm.capture(t, AT)[AT].flatten(0, 1) for t in texts]).mean(0)

    def cross_entropy(edit):
        splice = {AT: edit} if edit else None
        return float(torch.cat([lm.losses(t, splice=splice).flatten() for t in texts]).mean())

    base = cross_entropy(None)
    assert cross_entropy(lambda x: x) == base
    by_mean = cross_entropy(lambda x: mean.expand_as(x))
    by_zero = cross_entropy(torch.zeros_like)
    assert base < 1.5
    assert 8 < by_mean < 12
    assert 8 < by_zero < 13


def test_half_precision_is_near(lm):
    half = load_lm("demo", dtype="bfloat16", device="cpu")
    ids = ids_of(lm, SENTENCES[2])
    exact, near = lm.capture(ids, AT)[AT], half.capture(ids, AT)[AT]
    assert torch.nn.functional.cosine_similarity(exact, near, dim=-1).min() > 0.999


def test_it_loads_in_about_a_second_once_it_is_there():
    folder = builtin_checkpoint()
    began = time.process_time()
    load_lm("demo", device="cpu")
    assert time.process_time() - began < 2
    assert folder == builtin_checkpoint(offline=True)
