import pytest

torch = pytest.importorskip("torch")

from armillary.core import BadInput  # noqa: E402
from armillary.models.hook_names import HookPoint, point_names  # noqa: E402
from armillary.models.layout import layout_of, modules_of  # noqa: E402

PATHS = {
    "llama": ("model.layers.1", "self_attn", "mlp", "model.embed_tokens"),
    "gpt2": ("transformer.h.1", "attn", "mlp", "transformer.wte"),
    "neox": ("gpt_neox.layers.1", "attention", "mlp", "gpt_neox.embed_in"),
    "opt": ("model.decoder.layers.1", "self_attn", "fc2", "model.decoder.embed_tokens"),
    "gemma3": (
        "model.layers.1",
        "post_attention_layernorm",
        "post_feedforward_layernorm",
        "model.embed_tokens",
    ),
}


def test_names_of_transformer_lens_mean_modules_of_each_architecture(lm):
    layer, attention, mlp, embedding = PATHS[lm.name]
    expected = {
        "blocks.1.hook_resid_post": (layer, "output"),
        "blocks.1.hook_out": (layer, "output"),
        "blocks.1.hook_resid_pre": (layer, "input"),
        "blocks.1.hook_in": (layer, "input"),
        "blocks.1.hook_attn_out": (f"{layer}.{attention}", "output"),
        "blocks.1.hook_mlp_out": (f"{layer}.{mlp}", "output"),
        "hook_embed": (embedding, "output"),
    }
    for name, (path, side) in expected.items():
        assert lm.hook_point(name) == HookPoint(name, path, side)


def test_a_dotted_path_means_its_output_unless_it_says_input(lm):
    layer = PATHS[lm.name][0]
    assert lm.hook_point(layer) == HookPoint(layer, layer, "output")
    assert lm.hook_point(f"{layer}.output") == HookPoint(f"{layer}.output", layer, "output")
    assert lm.hook_point(f"{layer}.input") == HookPoint(f"{layer}.input", layer, "input")


def test_the_middle_of_a_layer_can_only_be_read(llama):
    point = llama.hook_point("blocks.1.hook_resid_mid")
    assert (point.path, point.side) == ("model.layers.1.post_attention_layernorm", "input")
    assert not point.splices


def test_every_listed_name_is_a_place(lm):
    names = point_names(lm.layout)
    assert len(set(names)) == len(names) >= 1 + 4 * lm.n_layers
    for name in names:
        assert lm.hook_point(name).path in modules_of(lm.model)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("blocks.1.hook_resid_pst", "blocks.1.hook_resid_post"),
        ("model.layer.3", "model.layers.3"),
        ("model.layers.2.self_atn", "model.layers.2.self_attn"),
        ("blocks.4.hook_resid_post", "Its layers are 0 to 3"),
        ("blocks.-1.hook_out", "Its layers are 0 to 3"),
        ("", "For example blocks.1.hook_out"),
        (".input", "Its layers"),
    ],
)
def test_an_unknown_name_is_refused_with_the_closest(llama, name, near):
    with pytest.raises(BadInput) as refused:
        llama.hook_point(name)
    assert near in str(refused.value)


def test_a_model_without_layers_is_refused():
    with pytest.raises(BadInput, match="no list of layers in this model \\(of class Linear\\)"):
        layout_of(torch.nn.Linear(2, 2))


def test_layers_under_an_unknown_name_are_found_by_their_number(gpt2):
    class Odd(torch.nn.Module):
        def __init__(self, model):
            super().__init__()
            self.trunk = torch.nn.Module()
            self.trunk.stages = model.transformer.h
            self.words = model.transformer.wte

        def get_input_embeddings(self):
            return self.words

    layout = layout_of(Odd(gpt2.model))
    assert (layout.layers, layout.n_layers, layout.embedding) == ("trunk.stages", 3, "words")
    assert layout.position is None


def test_a_model_that_hides_its_embedding_is_refused(gpt2):
    gpt2.model.get_input_embeddings = lambda: None
    with pytest.raises(BadInput, match="does not say where its token embedding is"):
        layout_of(gpt2.model)
