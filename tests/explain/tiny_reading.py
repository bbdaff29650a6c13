"""A tiny model that has learned to walk through lists of words, and an autoencoder of it."""

import re

import numpy as np
import torch
import transformers

from armillary.core import Corpus, SparseAutoencoder
from armillary.core.firing import TopK
from armillary.explain import GAUGES, Knockoff
from armillary.lexicon import load_lexicon
from armillary.models import LanguageModel
from armillary.models.vocabulary import Vocabulary

LISTS = {h.name: h.words for h in load_lexicon() if h.name in ("weekdays", "months")}
FILLERS = ("alpha", "beta", "gamma", "delta", "kappa", "sigma", "omega", "theta")
WORDS = ("?", *LISTS["weekdays"], *LISTS["months"], *FILLERS)
CONTEXT, D = 16, 16
HOOK = "blocks.1.hook_resid_pre"


def encode(text: str) -> np.ndarray:
    found = re.findall(r"\w+|[^\w\s]", text)
    return np.array([WORDS.index(w) if w in WORDS else 0 for w in found], dtype=np.int64)


def walks(n_documents: int, *, seed: int = 0) -> Corpus:
    """Documents that step through one of three lists, one step in four going to another."""
    rng = np.random.default_rng(seed)
    blocks = [np.arange(1, 8), np.arange(8, 20), np.arange(20, 28)]
    rows = []
    for _ in range(n_documents):
        which, at, row = rng.integers(3), rng.integers(24), []
        for _ in range(CONTEXT):
            row.append(blocks[which][at % blocks[which].size])
            at += 1
            if rng.random() < 0.25:
                which, at = rng.integers(3), rng.integers(24)
        rows.append(row)
    ids = np.array(rows).ravel()
    return Corpus(ids, np.arange(n_documents + 1) * CONTEXT, {"uri": "walks"})


def trained(corpus: Corpus, *, steps: int = 150) -> LanguageModel:
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=len(WORDS), hidden_size=D, intermediate_size=32, num_hidden_layers=3,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64,
        tie_word_embeddings=False, pad_token_id=None, bos_token_id=None, eos_token_id=None,
    )  # fmt: skip
    model = transformers.LlamaForCausalLM(config)
    adam = torch.optim.Adam(model.parameters(), lr=1e-2)
    rows = torch.as_tensor(np.asarray(corpus.token_id).reshape(-1, CONTEXT))
    generator = torch.Generator().manual_seed(0)
    for _ in range(steps):
        batch = rows[torch.randint(0, len(rows), (32,), generator=generator)]
        loss = model(input_ids=batch, labels=batch).loss
        adam.zero_grad()
        loss.backward()
        adam.step()
    texts = [f" {word}" for word in WORDS]
    vocabulary = Vocabulary(encode, lambda ids: [texts[i] for i in ids], None)
    return LanguageModel(model, vocabulary=vocabulary, name="walker")


def autoencoder(lm: LanguageModel, corpus: Corpus, *, scaling=None) -> SparseAutoencoder:
    """Axes through the mean vector, both ways, the twelve that are strongest on each token."""
    ids = np.asarray(corpus.token_id).reshape(-1, CONTEXT)[:100]
    vectors = lm.capture(ids, HOOK)[HOOK][:, 1:].reshape(-1, D).numpy()
    if scaling is not None:
        vectors, _ = scaling.apply(vectors)
    mean = vectors.mean(axis=0)
    axes = np.linalg.svd(vectors - mean, full_matrices=False)[2]
    both = np.concatenate([axes, -axes]).astype(np.float32)
    extra = {} if scaling is None else {"scaling": scaling}
    zero = np.zeros(2 * D, dtype=np.float32)
    return SparseAutoencoder(
        both, both.T.copy(), zero, mean.astype(np.float32), TopK(12),
        source={"uri": "axes", "hook_name": HOOK}, **extra,
    )  # fmt: skip


def knockoff(subject, directions: np.ndarray, gauge: str = "none") -> Knockoff:
    made = subject.made(directions, subject.calibration)
    true = subject.made(subject.space.directions, subject.calibration)
    return Knockoff(directions, GAUGES[gauge].fit(made, true))


def random_rows(subject, *, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal(subject.space.directions.shape)
    size = np.linalg.norm(subject.space.directions, axis=1).mean()
    return (rows * size / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
