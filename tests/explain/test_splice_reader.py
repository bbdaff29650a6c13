import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from tiny_reading import knockoff, random_rows  # noqa: E402

from armillary.core import BadInput  # noqa: E402
from armillary.explain import GAUGES, Reader, Subject  # noqa: E402
from armillary.explain.forward import SplicedForward  # noqa: E402
from armillary.explain.readers.splice import Splice, spliced_forward  # noqa: E402


@pytest.fixture(scope="module", params=["embedded", "encoded"])
def splice(request: pytest.FixtureRequest):
    subject = request.getfixturevalue(request.param)
    return subject, Splice(subject)


@pytest.mark.parametrize("hook", ["hook_embed", "blocks.1.hook_resid_pre", "blocks.1.hook_out"])
def test_its_own_vectors_change_nothing(embedded, walker, hook: str):
    lm, _ = walker
    texts = embedded.parts["test_texts"]
    forward = SplicedForward(lm, hook, texts)
    found = forward(forward.vectors)
    assert np.allclose(found.loss, forward.clean.loss, atol=1e-4)
    assert found.kl.max() < 1e-5
    assert (found.right == forward.clean.right).all()
    assert np.allclose(forward.clean.loss, lm.losses(texts.token_id).numpy(), atol=1e-4)


def test_passing_over_lower_layers_gives_what_running_them_gives(embedded, walker, monkeypatch):
    lm, _ = walker
    texts, hook = embedded.parts["test_texts"], "blocks.1.hook_resid_post"
    forward = SplicedForward(lm, hook, texts)
    other = np.random.default_rng(0).standard_normal(forward.vectors.shape).astype(np.float32)
    whole = torch.as_tensor(other).reshape(*texts.token_id.shape, -1)
    plain = lm.losses(texts.token_id, splice={hook: lambda _: whole}).numpy()
    ran = []
    for layer in range(3):
        module = lm.model.get_submodule(f"model.layers.{layer}.mlp")
        handle = module.register_forward_hook(lambda *_, n=layer: ran.append(n))
        monkeypatch.setattr(handle, "left", True, raising=False)
    found = forward(other)
    assert np.allclose(found.loss, plain, atol=1e-4)
    assert set(ran) == {2}
    assert not any("forward" in vars(module) for module in lm.model.modules())


def test_divergence_is_that_of_the_two_predictions(embedded, walker):
    lm, _ = walker
    texts = embedded.parts["test_texts"]
    forward = SplicedForward(lm, "hook_embed", texts)
    zero = np.zeros_like(forward.vectors)
    clean = lm.logits(texts.token_id)[:, :-1].double().log_softmax(-1)
    there = lm.logits(texts.token_id, splice={"hook_embed": torch.zeros_like})[:, :-1].double()
    kl = (clean.exp() * (clean - there.log_softmax(-1))).sum(-1).numpy()
    assert np.allclose(forward(zero).kl, kl, atol=2e-3)
    assert np.isnan(SplicedForward(lm, "hook_embed", texts, divergence=False)(zero).kl).all()


@pytest.mark.parametrize("gauge", list(GAUGES))
def test_the_true_decoder_scores_one(splice, gauge: str):
    subject, reader = splice
    for score in reader.score(knockoff(subject, subject.space.directions, gauge)):
        assert score.value == pytest.approx(1.0, abs=1e-3)
        assert score.low == pytest.approx(1.0, abs=2e-3)


def test_saying_nothing_scores_zero(splice):
    subject, reader = splice
    nothing = knockoff(subject, np.zeros_like(subject.space.directions))
    mean = subject.parts.get("mean", subject.bias)
    if np.allclose(mean, subject.bias, atol=1e-3):
        assert [s.value for s in reader.score(nothing)] == pytest.approx([0.0, 0.0], abs=1e-2)
    assert reader.score(nothing)[0].raw["loss_mean"] > reader.score(nothing)[0].raw["loss_one"]


def test_random_directions_keep_less_and_a_refit_helps(splice):
    subject, reader = splice
    rows = random_rows(subject)
    bare, turned = (
        reader.score(knockoff(subject, rows, gauge))[0].value for gauge in ("none", "rotation")
    )
    assert bare < 0.6
    assert bare < turned < 1


def test_units_add_up_to_the_mean_loss(splice):
    subject, reader = splice
    loss, divergence = reader.score(knockoff(subject, random_rows(subject)))
    assert isinstance(reader, Reader)
    assert (loss.reader, divergence.reader) == ("splice", "splice KL")
    total = loss.units.sum(axis=0) / loss.raw["predictions"]
    named = [loss.raw[name] for name in ("loss", "loss_mean", "loss_one")]
    assert np.allclose(total, named)
    total = divergence.units.sum(axis=0) / loss.raw["predictions"]
    assert np.allclose(total, [loss.raw[name] for name in ("kl", "kl_mean", "kl_one")])
    assert len(loss.units) == subject.test.unit.max() + 1


@pytest.mark.refusal
def test_what_cannot_be_spliced_is_refused(embedded, walker):
    bare = Subject(
        "bare", embedded.space, embedded.bias, embedded.shared, embedded.calibration, embedded.test
    )
    with pytest.raises(BadInput, match="no language model"):
        Splice(bare)
    forward = spliced_forward(embedded)
    with pytest.raises(BadInput, match="finite ones"):
        forward(forward.vectors[1:])
    with pytest.raises(BadInput, match="finite ones"):
        forward(forward.vectors * np.nan)
