"""A stand-in for a language model: causal, deterministic, quick, and able to be cut off."""

import numpy as np
import torch


class TinyModel:
    """Each position holds the running mean of the embeddings so far, times a factor a layer."""

    def __init__(self, *, vocab_size=64, d_model=6, scale=1.0, seed=0, bos_id=None):
        generator = torch.Generator().manual_seed(seed)
        self.model = torch.nn.Embedding(vocab_size, d_model)
        self.model.weight.data = scale * torch.randn(vocab_size, d_model, generator=generator)
        self.name, self.vocab_size, self.bos_id = "tiny", vocab_size, bos_id
        self.device, self.dtype = torch.device("cpu"), torch.float32
        self.read: list[np.ndarray] = []
        self.stop_after: int | None = None

    def encode(self, text):
        return np.array([ord(letter) % self.vocab_size for letter in text], dtype=np.int64)

    def token_text(self, ids):
        return [f" t{i}" for i in np.asarray(ids)]

    def hook_point(self, name):
        return name

    @torch.inference_mode()
    def capture(self, token_id, at):
        if self.stop_after is not None and len(self.read) >= self.stop_after:
            raise KeyboardInterrupt
        self.read.append(np.asarray(token_id))
        names = [at] if isinstance(at, str) else at
        return {name: int(name.split(".")[1]) * self.plain(token_id) for name in names}

    @torch.inference_mode()
    def plain(self, token_id):
        vectors = self.model(torch.as_tensor(token_id))
        return vectors.cumsum(dim=1) / torch.arange(1, vectors.shape[1] + 1)[:, None]
