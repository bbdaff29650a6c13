import os

import numpy as np
import pytest
import torch
from steer_toys import TASK, ToyModel

from armillary.intervene import class_means, fit_geometry, rotation, steer, text_effects
from armillary.intervene.forward import edited_answers, hook_of, last_logits, residuals
from armillary.intervene.moves import turned
from armillary.intervene.prompts import encoded, word_ids

transformers = pytest.importorskip("transformers", reason="the torch extra is not installed")


@pytest.fixture(scope="module")
def lm():
    """A tiny Llama of random weights that knows the toy's words."""
    from armillary.models import LanguageModel
    from armillary.models.vocabulary import Vocabulary

    toy = ToyModel(by_circle=1, by_identity=1)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=len(toy.vocabulary), hidden_size=32, intermediate_size=48, num_hidden_layers=3,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64,
        pad_token_id=None, bos_token_id=None, eos_token_id=None,
    )  # fmt: skip
    model = transformers.LlamaForCausalLM(config)
    vocabulary = Vocabulary(toy.encode, lambda ids: [toy.vocabulary[i] for i in ids], None)
    return LanguageModel(model, vocabulary=vocabulary, name="tiny")


@pytest.mark.parametrize("layer", [-1, 0, 1, 2])
def test_running_lower_layers_once_gives_what_running_everything_gives(lm, layer: int):
    prompts = encoded(lm.encode, TASK.templates[1], TASK.words)
    rng = np.random.default_rng(0)
    moves = rng.standard_normal((30, 12, 1, 32))
    moves[0] = 0
    ids, reference = word_ids(lm.encode, TASK.words), last_logits(lm, prompts)
    log_share, kl = edited_answers(
        lm, prompts, layer=layer, positions=[prompts.place], moves=moves, ids=ids,
        reference=reference,
    )  # fmt: skip
    assert log_share[0] == pytest.approx(reference[:, ids], abs=1e-6)
    assert kl[0] == pytest.approx(0, abs=1e-6)
    for row in (7, 29):

        def splice(x, row=row):
            out = x.clone()
            out[:, prompts.place] += torch.tensor(moves[row, :, 0], dtype=x.dtype)
            return out

        plain = lm.logits(prompts.token_id, splice={hook_of(layer): splice})[:, -1]
        plain = plain.log_softmax(-1).numpy()
        assert log_share[row] == pytest.approx(plain[:, ids], abs=1e-5)
        wanted = (np.exp(reference) * (reference - plain)).sum(axis=1)
        assert kl[row] == pytest.approx(wanted, abs=1e-5)


def test_a_rotation_spliced_into_a_model_gives_the_answers_that_steering_reports(lm):
    found = steer(lm, TASK, layers=[1], steps=(2,), edits=["circle"], most=1)
    prompts = encoded(lm.encode, found.chosen[0], TASK.words)
    plane = fit_geometry(class_means(lm, TASK, [1])[0]).circle
    splice = rotation(plane, 2 * np.pi * 2 / 12, position=prompts.place)
    logits = lm.logits(prompts.token_id, splice={hook_of(1): splice})[:, -1]
    wanted = logits[:, word_ids(lm.encode, TASK.words)].softmax(-1).numpy()
    assert found.turns[0].probability[0, 0] == pytest.approx(wanted, abs=1e-5)


def test_edits_at_the_last_position_are_fitted_on_the_other_templates(lm):
    found = steer(lm, TASK, layers=[2], steps=(1,), edits=["circle"], where="last", share=0.0)
    each = [encoded(lm.encode, text, TASK.words) for text in found.chosen]
    last = [residuals(lm, prompts, [2])[0, :, -1] for prompts in each]
    assert len(last) == 3
    lengths = []
    for points in last:
        plane = fit_geometry((sum(last) - points) / 2).circle
        lengths.append(np.linalg.norm(turned(points, plane, 2 * np.pi / 12), axis=1).mean())
    assert found.turns[0].size == pytest.approx(np.mean(lengths))


def test_the_stream_after_a_layer_is_what_goes_into_the_next(lm):
    prompts = encoded(lm.encode, TASK.templates[0], TASK.words)
    both = residuals(lm, prompts, [-1, 0, 2])
    assert both.shape == (3, 12, 3, 32)
    again = lm.capture(prompts.token_id, "blocks.1.hook_resid_pre")["blocks.1.hook_resid_pre"]
    assert both[1] == pytest.approx(again.numpy(), abs=1e-6)


def test_a_turn_of_no_angle_leaves_ordinary_text_alone_and_a_large_one_does_not(lm):
    geometry = fit_geometry(class_means(lm, TASK, [1])[0])
    texts = ["Now it is in and was", "Then at next is in"]
    still = text_effects(lm, geometry, layer=1, angle=0.0, texts=texts)
    assert [e.plane for e in still] == ["circle", "second", "random"]
    for effect in still:
        assert effect.loss == pytest.approx(effect.base_loss, abs=1e-6)
        assert effect.kl == pytest.approx(0, abs=1e-6)
    moved = text_effects(lm, geometry, layer=1, angle=3.0, texts=texts)
    assert min(e.kl for e in moved) > 0
    assert len({round(e.size, 4) for e in moved}) == 1
