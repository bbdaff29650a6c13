"""Effects: what a model predicts otherwise when vectors are added at one place of short texts."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput
from armillary.intervene.text_effect import ORDINARY
from armillary.load.require import require

LOGITS = "logits"
AT_ONCE = 256  # vectors in one forward pass
Rows = Float[np.ndarray, "vector d_model"]
Back = Callable[[np.ndarray], Callable[[np.ndarray], np.ndarray]]


class Effects:
    """Adds vectors at the last token of some texts and reads what becomes of it there.

    Parameters
    ----------
    lm
        A model of ``armillary.models``.
    hook_name
        Place where vectors are added.
    texts
        Short texts; each is cut to ``length`` tokens, the model's first token before them.
    read
        ``"logits"``: changes of all next-token logits, their mean taken out, in coordinates of the
        span of the output matrix, so that lengths and angles are those of the logits. Else the name
        of a hook: changes of the vectors there.
    length
        Tokens of a text.
    back
        Given the vectors at the place, what takes scaled vectors back to the model's space; of an
        autoencoder whose input is scaled.

    Raises
    ------
    BadInput
        If there are no texts, a place is unknown, or the model has no output matrix.
    """

    def __init__(
        self,
        lm: Any,
        hook_name: str,
        *,
        texts: Sequence[str] = ORDINARY[:6],
        read: str = LOGITS,
        length: int = 12,
        back: Back | None = None,
    ) -> None:
        self._torch: Any = require("torch", extra="torch")
        self._lm, self._place = lm, lm.hook_point(hook_name)
        start = [] if lm.bos_id is None else [lm.bos_id]
        self._texts = [np.array([*start, *lm.encode(text)][:length]) for text in texts]
        if not self._texts or min(text.size for text in self._texts) < 2:
            raise BadInput("effects are read at the last of at least two tokens: give longer texts")
        self._root: np.ndarray | None = None
        if read == LOGITS:
            name, self._root = _output(lm)
            self._read = lm.hook_point(f"{name}.input")
        else:
            self._read = lm.hook_point(read)
        self._back = [self._going_back(text, hook_name, back) for text in self._texts]
        self._base = [self._last(text, None)[0] for text in self._texts]

    @property
    def n_texts(self) -> int:
        """Number of texts."""
        return len(self._texts)

    def of(
        self, vectors: Rows, *, tick: Callable[[int], None] | None = None
    ) -> Float[np.ndarray, "text vector read"]:
        """Return the change that each vector makes, text by text.

        Parameters
        ----------
        vectors
            What is added, at its full length.
        tick
            Called with the number of vectors done, a text at a time.

        Returns
        -------
        Float[np.ndarray, "text vector read"]
            float32.
        """
        found: list[np.ndarray] = []
        for text, back, base in zip(self._texts, self._back, self._base, strict=True):
            change = self._last(text, back(vectors)) - base
            found.append(change if self._root is None else change @ self._root)
            if tick is not None:
                tick(len(vectors))
        return np.stack(found).astype(np.float32)

    def _going_back(
        self, text: np.ndarray, hook_name: str, back: Back | None
    ) -> Callable[[np.ndarray], np.ndarray]:
        if back is None:
            return lambda vectors: vectors
        held = self._lm.capture(text[None], hook_name)[hook_name][0, -1:].cpu().numpy()
        undo = back(held)

        def moved(vectors: np.ndarray) -> np.ndarray:
            return undo(vectors) - undo(np.zeros_like(vectors[:1]))

        return moved

    def _last(self, text: np.ndarray, added: np.ndarray | None) -> Float[np.ndarray, "vector read"]:
        """Run a text once and its last token once a vector; the rest of the text is remembered."""
        torch, lm = self._torch, self._lm
        ids = torch.as_tensor(text, device=lm.device)[None]
        steps = np.zeros((1, lm.d_model), dtype=np.float32) if added is None else added
        found: list[np.ndarray] = []
        for start in range(0, len(steps), AT_ONCE):
            part = torch.as_tensor(steps[start : start + AT_ONCE], device=lm.device)
            with torch.inference_mode():
                past = lm.model(input_ids=ids[:, :-1], use_cache=True).past_key_values
                past.batch_repeat_interleave(len(part))
                found.append(self._run(ids[:, -1:].repeat(len(part), 1), past, part))
        return np.concatenate(found)

    def _run(self, ids: Any, past: Any, added: Any) -> np.ndarray:
        from armillary.models.hooks import Stop, edited

        kept: list[np.ndarray] = []

        def add(x: Any) -> Any:
            out = x.clone()
            out[:, -1] += added.to(x.dtype)
            return out

        def keep(x: Any) -> None:
            kept.append(x[:, -1].float().cpu().numpy())
            raise Stop

        with ExitStack() as hooks:
            hooks.enter_context(suppress(Stop))
            hooks.enter_context(edited(self._lm.model, at=self._place, edit=add))
            hooks.enter_context(edited(self._lm.model, at=self._read, edit=keep))
            self._lm.model(input_ids=ids, past_key_values=past, use_cache=True)
        if not kept:
            raise BadInput(f"the model never passes {self._read.name}: that module is not used")
        return kept[0]


def _output(lm: Any) -> tuple[str, Float[np.ndarray, "d_model read"]]:
    """Name the module that makes logits; give R with |dh R| the length of the centred change."""
    module = lm.model.get_output_embeddings()
    name = next((name for name, one in lm.model.named_modules() if one is module), "")
    if module is None or not name:
        raise BadInput(f"{lm.name} has no output matrix to read logits from: name a hook to read")
    weight = module.weight.detach().float().cpu().numpy()
    weight = weight - weight.mean(axis=0)
    value, axes = np.linalg.eigh((weight.T @ weight).astype(np.float64))
    return name, (axes * np.sqrt(np.maximum(value, 0.0))).astype(np.float32)
