"""Models whose answer is known: it turns with a circle, or does not see it."""

import numpy as np
import torch

from armillary.intervene import Task

WORDS = tuple("abcdefghijkl")
FILLERS = ("Now", "Then", "it", "is", "in", "and", "next", ",", "was", "at")
TASK = Task(
    "letters",
    WORDS,
    templates=("Now {} next", "it is {} and next", "Then at {} , next it is"),
    contexts=("it was {}", "was in {}", "at it in {}", "was , {}"),
)
D = 40


class ToyModel:
    """One residual stream: a word is a point on a circle, an identity or both, fillers are noise.

    ``blocks.0.hook_resid_post`` is the stream itself. The answer is read from the sum over
    positions: ``by_circle`` from the angle (the next word), ``by_identity`` from the identity.
    """

    name = "toy"
    n_layers = 1
    bos_id = None

    def __init__(self, *, by_circle: float, by_identity: float, identity: float = 1.0) -> None:
        rng = np.random.default_rng(0)
        n = len(WORDS)
        axes = np.linalg.qr(rng.standard_normal((D, D)))[0].T
        phase = 2 * np.pi * np.arange(n) / n
        circle = np.stack([np.cos(phase), np.sin(phase)], axis=1)
        one_hot = np.eye(n) - 2 / n * circle @ circle.T  # an identity without the circle in it
        word = 3 * circle @ axes[:2] + identity * one_hot @ axes[2 : 2 + n]
        filler = 0.1 * rng.standard_normal((len(FILLERS), D - n - 2)) @ axes[2 + n :]
        self.vocabulary = [*WORDS, *FILLERS]
        self.embedding = torch.tensor(np.concatenate([word, filler]), dtype=torch.float32)
        asked = by_circle * circle @ axes[:2] + by_identity * one_hot @ axes[2 : 2 + n]
        read = np.roll(asked, 1, axis=0)  # word j is the answer to word j - 1
        self.read = torch.tensor(read, dtype=torch.float32)

    def encode(self, text: str) -> np.ndarray:
        return np.array([self.vocabulary.index(t) for t in text.split()], dtype=np.int64)

    def _stream(self, token_id, splice=None):
        x = self.embedding[torch.as_tensor(token_id)]
        for name, function in (splice or {}).items():
            assert name in ("blocks.0.hook_resid_post", "blocks.0.hook_resid_pre")
            x = function(x)
        return x

    def capture(self, token_id, at):
        return {name: self._stream(token_id) for name in ([at] if isinstance(at, str) else at)}

    def logits(self, token_id, *, splice=None):
        x = self._stream(token_id, splice).cumsum(1)
        words = x @ self.read.T
        quiet = torch.full((*words.shape[:2], len(FILLERS)), -5.0)
        return torch.cat([words, quiet], dim=-1)
