"""A stand-in for a language model: weekdays lie on a ring from one layer on, and it turns later."""

import numpy as np
import torch

from armillary.lexicon import load_lexicon
from armillary.studies.births import Effort

WEEKDAYS = next(h for h in load_lexicon() if h.name == "weekdays")
QUICK = Effort(n_boot=60, n_dual=80, n_orders=99, n_placed=1_500)
BORN, TURNED = 2, 4  # after layer 2 the ring; in layer 4 another plane


class RingModel:
    """Five layers: words at random points, a ring from a layer on, moved to another plane later."""

    name, n_layers, bos_id, d_model = "ring model", 5, None, 24

    def __init__(self, *, ring=3.0, noise=0.4, n_words=120):
        rng = np.random.default_rng(1)
        self.vocab_size = 300
        self.noise, self.ring = noise, ring
        self.base = rng.standard_normal((self.vocab_size, self.d_model)) / np.sqrt(self.d_model)
        self.heads = rng.standard_normal((self.vocab_size, self.d_model))
        self.n_words = n_words

    def token_text(self, ids):
        letters = "abcdefghij"
        return [
            f" W{''.join(letters[int(c)] for c in f'{i:04d}')}" if i < self.n_words else f"{i}"
            for i in np.asarray(ids)
        ]

    def encode(self, text):
        week = {f" {word}": 200 + k for k, word in enumerate(WEEKDAYS.words)}
        if text in week:
            return np.array([week[text]])
        return np.array([210 + sum(map(ord, word)) % 80 for word in text.split()])

    def capture(self, token_id, at):
        token_id = np.asarray(token_id)
        found = {}
        for name in at:
            layer = -1 if name.endswith("resid_pre") else int(name.split(".")[1])
            x = self.base[token_id].copy()
            if layer >= 0:
                x = x + self.heads[token_id[:, :1]] + self.noise * self.context(token_id, layer)
            if layer >= BORN:
                x = x + self.ring * self.placed(token_id, layer)
            found[name] = torch.as_tensor(x, dtype=torch.float32)
        return found

    def logits(self, token_id, *, splice=None):
        raise NotImplementedError("nobody asks")

    def context(self, token_id, layer):
        """Noise that a layer, a text and a word have of their own."""
        out = np.empty((*token_id.shape, self.d_model))
        for row, ids in enumerate(token_id):
            seed = [layer, *(int(i) for i in ids)]
            out[row] = np.random.default_rng(seed).standard_normal(out[row].shape)
        return out / np.sqrt(self.d_model)

    def placed(self, token_id, layer):
        out = np.zeros((*token_id.shape, self.d_model))
        day = (token_id >= 200) & (token_id < 207)
        angle = 2 * np.pi * (token_id - 200) / 7
        first = 0 if layer < TURNED else 2
        out[..., first] = np.where(day, np.cos(angle), 0)
        out[..., first + 1] = np.where(day, np.sin(angle), 0)
        return out
