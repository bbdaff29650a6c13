import numpy as np
import pytest

torch = pytest.importorskip("torch")

from armillary.core import BadInput  # noqa: E402
from armillary.models.hooks import run  # noqa: E402


def stream(lm, ids):
    """The residual stream as the model itself reports it: before the first layer, after each."""
    with torch.inference_mode():
        return lm.model(input_ids=ids, output_hidden_states=True).hidden_states


def same(x):
    return x


def test_layer_outputs_are_what_the_model_itself_reports(lm, ids):
    names = [f"blocks.{i}.hook_resid_post" for i in range(lm.n_layers - 1)]
    found = lm.capture(ids, [*names, "blocks.0.hook_resid_pre"])
    told = stream(lm, ids)
    for i, name in enumerate(names):  # the last one the model reports after its final norm
        assert torch.equal(found[name], told[i + 1])
    assert torch.equal(found["blocks.0.hook_resid_pre"], told[0])
    assert all(v.dtype == torch.float32 and v.shape == (2, 7, lm.d_model) for v in found.values())


def test_attention_and_mlp_add_up_to_the_step_a_layer_makes(lm, ids):
    kinds = ("resid_pre", "attn_out", "mlp_out", "resid_post")
    before, attention, mlp, after = (
        lm.capture(ids, [f"blocks.1.hook_{k}" for k in kinds])[f"blocks.1.hook_{k}"] for k in kinds
    )
    torch.testing.assert_close(before + attention + mlp, after)


def test_the_middle_of_a_layer_is_the_stream_after_attention(lm, ids):
    if lm.name in ("neox", "opt"):
        with pytest.raises(BadInput, match=r"no hook 'blocks\.1\.hook_resid_mid'"):
            lm.hook_point("blocks.1.hook_resid_mid")
        return
    names = [f"blocks.1.hook_{k}" for k in ("resid_pre", "attn_out", "resid_mid")]
    before, attention, middle = lm.capture(ids, names).values()
    torch.testing.assert_close(before + attention, middle)


def test_an_identity_splice_changes_nothing_at_all(lm, ids):
    plain = lm.losses(ids)
    kinds = ("resid_pre", "resid_post", "attn_out", "mlp_out")
    for name in [
        "hook_embed",
        *(f"blocks.1.hook_{k}" for k in kinds),
        lm.hook_point("blocks.1.hook_out").path,
    ]:
        assert torch.equal(lm.losses(ids, splice={name: same}), plain), name


def test_a_splice_is_what_the_model_goes_on_with(lm, ids):
    gone = {"blocks.1.hook_resid_post": torch.zeros_like}
    after = lm.capture(
        ids, ["blocks.1.hook_resid_post", "blocks.2.hook_resid_pre"][: lm.n_layers - 1], splice=gone
    )
    assert all(not v.any() for v in after.values())
    assert not torch.allclose(lm.logits(ids, splice=gone), lm.logits(ids))
    first = lm.capture(ids, "blocks.0.hook_resid_post")["blocks.0.hook_resid_post"]
    moved = lm.capture(ids, "blocks.0.hook_resid_post", splice=gone)["blocks.0.hook_resid_post"]
    assert torch.equal(first, moved), "what lies before a splice stays as it is"


def test_a_splice_before_a_layer_is_a_splice_after_the_one_before(lm, ids):
    def edit(x):
        return 0.5 * x + 1

    after = lm.logits(ids, splice={"blocks.0.hook_resid_post": edit})
    assert torch.equal(lm.logits(ids, splice={"blocks.1.hook_resid_pre": edit}), after)


def test_a_losses_formula_is_minus_the_log_probability_of_the_next_token(lm, ids):
    log_p = lm.logits(ids).double().log_softmax(-1)
    by_hand = -torch.stack([log_p[b, torch.arange(6), ids[b, 1:]] for b in range(2)])
    torch.testing.assert_close(lm.losses(ids).double(), by_hand, atol=1e-6, rtol=0)
    assert lm.losses(ids).shape == (2, 6)


def test_the_run_stops_after_the_last_place_asked_for(lm, ids):
    calls = []
    handles = [
        lm.model.get_submodule(f"{lm.layout.layers}.{i}").register_forward_pre_hook(
            lambda *_, i=i: calls.append(i)
        )
        for i in range(lm.n_layers)
    ]
    lm.capture(ids, ["hook_embed", "blocks.0.hook_resid_post"])
    assert calls == [0]
    calls.clear()
    lm.capture(ids, "blocks.1.hook_resid_pre")
    assert calls == [0, 1], "the hook that counts came first"
    calls.clear()
    lm.logits(ids)
    assert calls == list(range(lm.n_layers))
    for handle in handles:
        handle.remove()


def test_no_hook_is_left_behind_even_after_a_failure(llama, ids):
    def broken(_):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        llama.logits(ids, splice={"blocks.1.hook_out": broken})
    llama.capture(ids, ["blocks.0.hook_resid_pre", "blocks.1.hook_out"])
    for module in llama.model.modules():
        assert not module._forward_hooks
        assert not module._forward_pre_hooks


class Pair(torch.nn.Module):
    """A layer as older versions of transformers have them: a tuple comes out."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, *args, **kwargs):
        return (self.layer(*args, **kwargs), "cache")


class Unpair(torch.nn.Module):
    def __init__(self, pair):
        super().__init__()
        self.pair = pair

    def forward(self, *args, **kwargs):
        first, second = self.pair(*args, **kwargs)
        assert second == "cache"
        return first


def test_a_tuple_that_starts_with_the_vectors_is_read_and_replaced_as_bare_vectors_are(llama, ids):
    plain = llama.capture(ids, "model.layers.1")["model.layers.1"]
    cut = llama.logits(ids, splice={"model.layers.1": torch.zeros_like})
    llama.model.model.layers[1] = Unpair(Pair(llama.model.model.layers[1]))
    llama._paths = frozenset(n for n, _ in llama.model.named_modules())
    name = "model.layers.1.pair"
    assert torch.equal(llama.capture(ids, name)[name], plain)
    assert torch.equal(llama.logits(ids, splice={name: torch.zeros_like}), cut)
    assert torch.equal(llama.logits(ids, splice={name: same}), llama.logits(ids))


def test_half_precision_runs_in_it_and_answers_in_float32(llama, ids):
    exact = llama.capture(ids, "blocks.2.hook_out")["blocks.2.hook_out"]
    llama.model.to(torch.bfloat16)
    seen = []
    near = llama.capture(
        ids, "blocks.2.hook_out", splice={"blocks.0.hook_out": lambda x: seen.append(x.dtype) or x}
    )
    near = near["blocks.2.hook_out"]
    assert seen == [torch.float32]
    assert near.dtype == torch.float32
    assert 0 < (near - exact).norm() / exact.norm() < 0.02
    plain = llama.losses(ids)
    assert plain.dtype == torch.float32
    assert torch.equal(llama.losses(ids, splice={"blocks.1.hook_out": same}), plain)


def test_numpy_ids_will_do_and_names_come_back_in_the_order_asked(llama, ids):
    names = ["blocks.2.hook_out", "hook_embed", "blocks.0.hook_out", "hook_embed"]
    found = llama.capture(ids.numpy(), names)
    assert list(found) == names[:3]
    assert torch.equal(found["hook_embed"], llama.model.model.embed_tokens(ids).detach())


def test_text_goes_to_ids_and_back(llama):
    assert llama.encode("a cab").tolist() == [1, 0, 3, 1, 2]
    assert llama.encode("").dtype == np.int64
    assert llama.token_text(np.array([0, 3])) == [" ", "c"]
    assert (llama.vocab_size, llama.d_model, llama.n_layers, llama.bos_id) == (40, 16, 4, None)
    assert (str(llama.device), llama.dtype) == ("cpu", torch.float32)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda lm, x: lm.capture(x, []), "at least one hook"),
        (lambda lm, x: lm.logits(x + 40), "token ids from 4. to 7.; llama has 40 tokens"),
        (lambda lm, x: lm.logits(-1 - x), "token ids from -"),
        (lambda lm, x: lm.losses(x[:, :1]), "at least two positions"),
        (lambda lm, x: lm.logits(x, splice={"blocks.1.hook_resid_mid": same}), "read but not rep"),
        (
            lambda lm, x: lm.logits(x, splice={"blocks.1.hook_out": lambda v: v[:1]}),
            r"\(1, 7, 16\), expected \(2, 7, 16\)",
        ),
        (lambda lm, x: lm.capture(x, "model.rotary_emb"), "is a dict, not vectors"),
    ],
)
def test_what_cannot_be_run_is_refused_in_words(llama, ids, ask, words):
    if "vectors" in words:
        llama.model.model.rotary_emb.forward = lambda *_, **__: {"cos": 1}
    with pytest.raises(BadInput, match=words):
        ask(llama, ids)


def test_a_text_longer_than_the_table_of_positions_is_refused(gpt2):
    ids = torch.zeros((1, 33), dtype=torch.int64)
    assert gpt2.logits(ids[:, :32]).shape == (1, 32, 40)
    with pytest.raises(BadInput, match="33 positions; gpt2 has embeddings for 32"):
        gpt2.logits(ids)


@pytest.mark.refusal
@pytest.mark.parametrize("shape", [(7,), (0, 7), (1, 2, 3)])
def test_ids_of_another_shape_are_refused(llama, shape):
    with pytest.raises(BadInput, match=r"expected \(batch, position\)"):
        llama.logits(torch.zeros(shape, dtype=torch.int64))


def test_a_module_that_is_never_passed_is_refused_when_asked_for(llama, ids):
    llama.model.unused = torch.nn.Linear(16, 16)
    llama._paths = frozenset(n for n, _ in llama.model.named_modules())
    with pytest.raises(BadInput, match="never passes unused"):
        llama.capture(ids, ["blocks.0.hook_out", "unused"])


def test_vectors_given_by_name_are_found(llama, ids):
    class ByName(torch.nn.Module):
        def __init__(self, layer):
            super().__init__()
            self.inner = layer

        def forward(self, hidden_states, **kwargs):
            return self.inner(hidden_states=hidden_states, **kwargs)

    plain = llama.capture(ids, "blocks.1.hook_resid_pre")["blocks.1.hook_resid_pre"]
    cut = llama.logits(ids, splice={"blocks.1.hook_resid_pre": torch.zeros_like})
    llama.model.model.layers[1] = ByName(llama.model.model.layers[1])
    llama._paths = frozenset(n for n, _ in llama.model.named_modules())
    name = "model.layers.1.inner.input"
    assert torch.equal(llama.capture(ids, name)[name], plain)
    assert torch.equal(llama.logits(ids, splice={name: torch.zeros_like}), cut)


def test_a_run_without_places_gives_the_output(llama, ids):
    with torch.inference_mode():
        output, kept = run(llama.model, ids, splice={})
    assert output.logits.shape == (2, 7, 40)
    assert kept == {}
