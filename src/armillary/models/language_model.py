"""A language model: text to tokens, tokens to vectors, vectors put back, predictions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from armillary.core.errors import BadInput
from armillary.models.hook_names import HookPoint, named_point
from armillary.models.hooks import Splice, run
from armillary.models.layout import Layout, layout_of, modules_of
from armillary.models.vocabulary import Vocabulary

TokenIds = Int[Tensor, "batch position"] | Int[np.ndarray, "batch position"]


class LanguageModel:
    """A causal language model of transformers, with its vectors in reach.

    Everything runs without gradients; batches are whole (no padding, so no attention mask); what
    comes back is float32 on the model's device, whatever precision the model runs in.

    Parameters
    ----------
    model
        The model, for example of ``AutoModelForCausalLM``; it is put in evaluation mode.
    vocabulary
        Its tokens as text and text as tokens.
    name
        What to call it in records.

    Raises
    ------
    BadInput
        If no list of layers is found in it.
    """

    def __init__(self, model: nn.Module, *, vocabulary: Vocabulary, name: str) -> None:
        self.model = model.eval()
        self.vocabulary = vocabulary
        self.name = name
        self.layout: Layout = layout_of(model)
        self._paths = frozenset(modules_of(model))
        table: Any = model.get_submodule(self.layout.embedding)
        self.vocab_size, self.d_model = (int(n) for n in table.weight.shape)
        self.n_layers = self.layout.n_layers

    @property
    def bos_id(self) -> int | None:
        """Id of the token that starts a text, None where the model has none."""
        return self.vocabulary.bos_id

    @property
    def device(self) -> torch.device:
        """Where the model runs."""
        return next(self.model.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        """The precision the model runs in."""
        return next(self.model.parameters()).dtype

    def encode(self, text: str) -> Int[np.ndarray, " position"]:
        """Turn text into token ids, no special token added.

        Parameters
        ----------
        text
            Any text; special tokens spelled out in it are recognised.

        Returns
        -------
        array of int64
            One id a token.
        """
        return np.asarray(self.vocabulary.encode(text), dtype=np.int64)

    def token_text(self, ids: Sequence[int] | np.ndarray) -> list[str]:
        r"""Return each token as text, its leading space kept; broken bytes are written ``\xNN``.

        Parameters
        ----------
        ids
            Token ids.

        Returns
        -------
        list of str
            One text a token.
        """
        return self.vocabulary.texts(np.asarray(ids).ravel().tolist())

    def hook_point(self, name: str) -> HookPoint:
        """Say where a hook name points, see ``named_point``.

        Parameters
        ----------
        name
            ``blocks.9.hook_resid_post``, ``hook_embed``, ``model.layers.9``, ...

        Returns
        -------
        HookPoint
            The module and the side of it.

        Raises
        ------
        BadInput
            If there is no such place; the text names the closest.
        """
        return named_point(name, layout=self.layout, modules=self._paths)

    @torch.inference_mode()
    def capture(
        self,
        token_id: TokenIds,
        at: str | Sequence[str],
        *,
        splice: Mapping[str, Splice] | None = None,
    ) -> dict[str, Float[Tensor, "batch position d_model"]]:
        """Read the vectors at one or more places; the run stops after the last of them.

        Parameters
        ----------
        token_id
            Token ids, ``(batch, position)``.
        at
            Hook names.
        splice
            As for ``logits``.

        Returns
        -------
        dict
            Float32 vectors, by the name asked for.

        Raises
        ------
        BadInput
            If a name or an id is unknown, or a splice changes the shape.
        """
        names = list(dict.fromkeys([at] if isinstance(at, str) else at))
        if not names:
            raise BadInput("capture needs the name of at least one hook")
        ids = self._checked(token_id)
        points = [self.hook_point(name) for name in names]
        return run(self.model, ids, splice=self._splices(splice), capture=points)[1]

    @torch.inference_mode()
    def logits(
        self, token_id: TokenIds, *, splice: Mapping[str, Splice] | None = None
    ) -> Float[Tensor, "batch position vocab"]:
        """Predict the next token at every position.

        Parameters
        ----------
        token_id
            Token ids, ``(batch, position)``.
        splice
            Functions by hook name. Each gets the float32 vectors ``(batch, position, d_model)`` at
            that place and gives what the model goes on with. The identity changes nothing, bit for
            bit.

        Returns
        -------
        Tensor
            Float32 logits.

        Raises
        ------
        BadInput
            If a name or an id is unknown, a splice changes the shape, or the place can only be
            read.
        """
        ids = self._checked(token_id)
        return run(self.model, ids, splice=self._splices(splice))[0].logits.float()

    @torch.inference_mode()
    def losses(
        self, token_id: TokenIds, *, splice: Mapping[str, Splice] | None = None
    ) -> Float[Tensor, "batch position-1"]:
        """Measure how surprised the model is by each next token.

        ``-log p(token[i + 1] | token[0 .. i])``, in nats, for every i but the last.

        Parameters
        ----------
        token_id
            Token ids, ``(batch, position)``.
        splice
            As for ``logits``.

        Returns
        -------
        Tensor
            Float32, >= 0; one column fewer than there are positions.

        Raises
        ------
        BadInput
            As for ``logits``; also if there are fewer than two positions.
        """
        ids = self._checked(token_id)
        if ids.shape[1] < 2:
            raise BadInput("a loss needs at least two positions: the second is predicted")
        raw: Tensor = run(self.model, ids, splice=self._splices(splice))[0].logits
        out = torch.empty((ids.shape[0], ids.shape[1] - 1), device=ids.device)
        for row, told in enumerate(ids):  # one text at a time: logits in float32 are large
            out[row] = nn.functional.cross_entropy(
                raw[row, :-1].float(), told[1:], reduction="none"
            )
        return out

    def _splices(self, splice: Mapping[str, Splice] | None) -> dict[HookPoint, Splice]:
        found: dict[HookPoint, Callable[[Tensor], Tensor]] = {}
        for name, function in (splice or {}).items():
            point = self.hook_point(name)
            if not point.splices:
                raise BadInput(
                    f"{name} can be read but not replaced: the model keeps a second reference to "
                    "the stream there. Replace hook_resid_pre or hook_attn_out of that layer"
                )
            found[point] = function
        return found

    def _checked(self, token_id: TokenIds) -> Tensor:
        ids = torch.as_tensor(token_id)
        if ids.ndim != 2 or ids.numel() == 0:
            raise BadInput(f"token ids of shape {tuple(ids.shape)}, expected (batch, position)")
        ids = ids.to(self.device, torch.int64)
        low, high = int(ids.min()), int(ids.max())
        if low < 0 or high >= self.vocab_size:
            raise BadInput(
                f"token ids from {low} to {high}; {self.name} has {self.vocab_size:,} tokens"
            )
        return ids
