"""A tiny Llama as a GGUF file, written with the gguf package from arrays of transformers' order."""

from pathlib import Path

import gguf
import numpy as np

WIDTH, HEADS, KEY_HEADS, MLP, LAYERS = 16, 4, 2, 24, 2
TOKENS = ["<|end|>", *"abcdefgh", "Ġ", "ab", "Ġa"]
NAMES = {
    "attn_norm": ("input_layernorm", (WIDTH,)),
    "attn_q": ("self_attn.q_proj", (WIDTH, WIDTH)),
    "attn_k": ("self_attn.k_proj", (WIDTH * KEY_HEADS // HEADS, WIDTH)),
    "attn_v": ("self_attn.v_proj", (WIDTH * KEY_HEADS // HEADS, WIDTH)),
    "attn_output": ("self_attn.o_proj", (WIDTH, WIDTH)),
    "ffn_norm": ("post_attention_layernorm", (WIDTH,)),
    "ffn_gate": ("mlp.gate_proj", (MLP, WIDTH)),
    "ffn_up": ("mlp.up_proj", (MLP, WIDTH)),
    "ffn_down": ("mlp.down_proj", (WIDTH, MLP)),
}


def interleaved(weight: np.ndarray, n_heads: int) -> np.ndarray:
    """Rows as llama.cpp keeps them: row 2i of a head is its row i, row 2i + 1 its row i + h/2."""
    rows = weight.shape[0] // n_heads
    order = [
        head * rows + i + half * rows // 2
        for head in range(n_heads)
        for i in range(rows // 2)
        for half in (0, 1)
    ]
    return weight[order]


def random_arrays(seed: int = 0) -> dict[str, np.ndarray]:
    """A Llama's arrays, named and ordered as transformers has them."""
    rng = np.random.default_rng(seed)

    def draw(shape: tuple[int, ...]) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    arrays = {"model.embed_tokens.weight": draw((len(TOKENS), WIDTH))}
    for layer in range(LAYERS):
        for name, shape in NAMES.values():
            arrays[f"model.layers.{layer}.{name}.weight"] = draw(shape)
    return arrays | {"model.norm.weight": draw((WIDTH,))}


def write_gguf(path: Path, arrays: dict[str, np.ndarray], **changes: object) -> Path:
    """Write them as llama.cpp would; ``changes`` are ``arch``, ``pre``, ``extra``."""
    writer = gguf.GGUFWriter(path, str(changes.get("arch", "llama")))
    writer.add_block_count(LAYERS)
    writer.add_context_length(32)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(MLP)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(1000.0)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(str(changes.get("pre", "smollm")))
    writer.add_token_list(TOKENS)
    writer.add_token_types([3] + [1] * (len(TOKENS) - 1))
    writer.add_token_merges(["a b", "Ġ a"])
    writer.add_bos_token_id(0)
    writer.add_tensor("token_embd.weight", arrays["model.embed_tokens.weight"])
    writer.add_tensor("output_norm.weight", arrays["model.norm.weight"])
    for layer in range(LAYERS):
        for short, (name, _) in NAMES.items():
            values = arrays[f"model.layers.{layer}.{name}.weight"]
            if short in ("attn_q", "attn_k"):
                values = interleaved(values, HEADS if short == "attn_q" else KEY_HEADS)
            writer.add_tensor(f"blk.{layer}.{short}.weight", values)
    if "extra" in changes:
        writer.add_tensor(str(changes["extra"]), np.ones((4, 4), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
