"""Forward passes of many edits at once: layers below the edit run once a word, not once an edit."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import MissingExtra
from armillary.intervene.prompts import Prompts
from armillary.load.require import require

ROWS = 144  # texts in one forward pass


@runtime_checkable
class SteerableModel(Protocol):
    """What steering asks of a model; ``armillary.models.LanguageModel`` has it."""

    name: str
    n_layers: int

    @property
    def bos_id(self) -> int | None:
        """Id of the token that starts a text."""
        ...

    def encode(self, text: str) -> np.ndarray:
        """Turn text into token ids."""
        ...

    def capture(self, token_id: Any, at: str | Sequence[str]) -> Mapping[str, Any]:
        """Read vectors."""
        ...

    def logits(self, token_id: Any, *, splice: Mapping[str, Any] | None = None) -> Any:
        """Predict the next token at every position."""
        ...


def hook_of(layer: int) -> str:
    """Return the hook after a layer; -1 is before the first.

    Parameters
    ----------
    layer
        From -1 to the number of layers less 1.

    Returns
    -------
    str
        A TransformerLens name.
    """
    return "blocks.0.hook_resid_pre" if layer < 0 else f"blocks.{layer}.hook_resid_post"


def residuals(
    lm: SteerableModel, prompts: Prompts, layers: Sequence[int]
) -> Float[np.ndarray, "layer word position d_model"]:
    """Return the residual stream of prompts after several layers.

    Parameters
    ----------
    lm
        The model.
    prompts
        One text a word.
    layers
        Which layers; -1 is before the first.

    Returns
    -------
    array
        Float64.
    """
    names = [hook_of(layer) for layer in layers]
    found = lm.capture(prompts.token_id, names)
    return np.stack([found[name].cpu().numpy() for name in names]).astype(np.float64)


def last_logits(lm: SteerableModel, prompts: Prompts) -> Float[np.ndarray, "word vocab"]:
    """Return log-probabilities of the next token after each prompt.

    Parameters
    ----------
    lm
        The model.
    prompts
        One text a word.

    Returns
    -------
    array
        Float32, natural logarithms.
    """
    return _log_share(lm.logits(prompts.token_id)[:, -1])


def edited_answers(
    lm: SteerableModel,
    prompts: Prompts,
    *,
    layer: int,
    positions: Sequence[int],
    moves: Float[np.ndarray, "edit word place d_model"],
    ids: Int[np.ndarray, " word"],
    reference: Float[np.ndarray, "word vocab"],
) -> tuple[np.ndarray, np.ndarray]:
    """Return what a model answers under each edit.

    Parameters
    ----------
    lm
        The model.
    prompts
        One text a word.
    layer
        Layer after which vectors are displaced.
    positions
        Where in the text; ``place`` of the moves runs over them.
    moves
        Displacements.
    ids
        Tokens of the words.
    reference
        Log-probabilities of the untouched model.

    Returns
    -------
    log_share : array
        Log-probability of each word as the next token, ``(edit, word, answer)``.
    kl : array
        Divergence of the edited from the untouched distribution, nats, ``(edit, word)``.
    """
    torch: Any = require("torch", extra="torch")
    per_pass = max(1, ROWS // prompts.token_id.shape[0])
    shares: list[np.ndarray] = []
    kls: list[np.ndarray] = []
    for start in range(0, moves.shape[0], per_pass):
        part = moves[start : start + per_pass]
        logits = _fanned(lm, prompts, hook_of(layer), _adding(part, positions))
        if logits is None:
            logits = _plain(lm, prompts, hook_of(layer), part, positions)
        found = logits.float().log_softmax(-1).reshape(*part.shape[:2], -1)
        before = torch.as_tensor(reference, device=found.device)
        kl = (before.exp() * (before - found)).sum(-1).clamp_min(0)
        shares.append(found[:, :, torch.as_tensor(ids, device=found.device)].cpu().numpy())
        kls.append(kl.cpu().numpy())
    return np.concatenate(shares), np.concatenate(kls)


def _adding(moves: np.ndarray, positions: Sequence[int]) -> Any:
    """Make a function that repeats a batch once an edit and displaces each copy."""
    torch: Any = require("torch", extra="torch")

    def edit(x: Any) -> Any:
        out = x.repeat(moves.shape[0], 1, 1)
        step = torch.as_tensor(moves.reshape(-1, *moves.shape[2:]), device=x.device)
        out[:, list(positions)] += step.to(x.dtype)
        return out

    return edit


def _fanned(lm: SteerableModel, prompts: Prompts, hook: str, edit: Any) -> Any:
    """Run the lower layers on the words and the upper ones on every edit; None if it cannot."""
    try:
        from armillary.models import LanguageModel
        from armillary.models.hooks import edited
    except MissingExtra:
        return None
    if not isinstance(lm, LanguageModel):
        return None
    torch: Any = require("torch", extra="torch")
    model: Any = lm.model
    ids = torch.as_tensor(prompts.token_id, device=lm.device)
    with torch.inference_mode(), edited(lm.model, at=lm.hook_point(hook), edit=edit):
        try:
            return model(input_ids=ids, use_cache=False, logits_to_keep=1).logits[:, -1]
        except (RuntimeError, TypeError, ValueError):
            return None  # upper layers that know the size of the batch, or no such option


def _plain(
    lm: SteerableModel, prompts: Prompts, hook: str, moves: np.ndarray, positions: Sequence[int]
) -> Any:
    torch: Any = require("torch", extra="torch")
    ids = np.tile(prompts.token_id, (moves.shape[0], 1))
    step = moves.reshape(-1, *moves.shape[2:])

    def splice(x: Any) -> Any:
        out = x.clone()
        out[:, list(positions)] += torch.as_tensor(step, dtype=x.dtype, device=x.device)
        return out

    return lm.logits(ids, splice={hook: splice})[:, -1]


def _log_share(logits: Any) -> Float[np.ndarray, "word vocab"]:
    return np.asarray(logits.float().log_softmax(-1).cpu().numpy(), dtype=np.float32)
