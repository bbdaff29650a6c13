"""The door: a built-in model, a folder or a hub's address becomes a language model."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from armillary.core.errors import BadInput
from armillary.load.lm_checkpoint import builtin_checkpoint
from armillary.load.require import require
from armillary.models.language_model import LanguageModel
from armillary.models.vocabulary import Vocabulary, vocabulary_of_backend, vocabulary_of_file

BUILTIN = ("demo", "smollm2")
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def load_lm(
    source: str | Path = "demo",
    *,
    dtype: str = "float32",
    device: str | None = None,
    offline: bool = False,
    cache: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> LanguageModel:
    """Load a causal language model.

    Parameters
    ----------
    source
        ``"demo"`` or ``"smollm2"``, the built-in model; a folder that transformers saved; or a
        hub's address, ``"org/name"`` or ``"hf:org/name"``.
    dtype
        ``"float32"``, ``"bfloat16"`` or ``"float16"``: the precision it runs in.
    device
        As torch names it; a GPU if there is one, when None.
    offline
        Fetch nothing; take only what is cached.
    cache
        Folder for the built-in model; see ``cache_folder``.
    progress
        Called with one line of text now and then.

    Returns
    -------
    LanguageModel
        In evaluation mode, on the device.

    Raises
    ------
    BadInput
        If it cannot be found or read, or an option is unknown; the text names the next step.
    MissingExtra
        If transformers is not installed.
    """
    if dtype not in DTYPES:
        raise BadInput(f"dtype {dtype!r} is not known; use one of {', '.join(DTYPES)}")
    where = _device(device)
    require("transformers", extra="torch")
    if str(source) in BUILTIN:
        folder = builtin_checkpoint(cache=cache, offline=offline, progress=progress)
        model = _from_pretrained(str(folder), dtype=DTYPES[dtype], offline=True)
        bos: int | None = model.config.bos_token_id
        vocabulary = vocabulary_of_file(folder / "tokenizer.json", bos_id=bos)
        return LanguageModel(model.to(where), vocabulary=vocabulary, name="smollm2")
    name = str(source).removeprefix("hf:")
    if progress is not None:
        progress(f"loading {name}")
    model = _from_pretrained(name, dtype=DTYPES[dtype], offline=offline)
    vocabulary = _vocabulary(name, offline=offline)
    return LanguageModel(model.to(where), vocabulary=vocabulary, name=name)


def _from_pretrained(name: str, *, dtype: torch.dtype, offline: bool) -> Any:
    transformers: Any = require("transformers", extra="torch")
    version = tuple(int(n) for n in transformers.__version__.split(".")[:2])
    precision = {"dtype" if version >= (4, 56) else "torch_dtype": dtype}
    with _quiet(transformers):
        try:
            return transformers.AutoModelForCausalLM.from_pretrained(
                name, local_files_only=offline, **precision
            )
        except (OSError, ValueError) as error:
            raise _not_loaded(name, error=error, offline=offline) from error


def _vocabulary(name: str, *, offline: bool) -> Vocabulary:
    transformers: Any = require("transformers", extra="torch")
    try:
        tokenizer: Any = transformers.AutoTokenizer.from_pretrained(name, local_files_only=offline)
    except (OSError, ValueError) as error:
        raise _not_loaded(name, error=error, offline=offline) from error
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is not None:
        return vocabulary_of_backend(backend, bos_id=tokenizer.bos_token_id)
    return Vocabulary(
        lambda text: tokenizer.encode(text, add_special_tokens=False),
        lambda ids: [tokenizer.decode([i]) for i in ids],
        tokenizer.bos_token_id,
    )


@contextmanager
def _quiet(transformers: Any) -> Generator[None]:
    """Keep transformers' own progress bar off the user's screen."""
    log = transformers.utils.logging
    shown = log.is_progress_bar_enabled()
    log.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            log.enable_progress_bar()


def _not_loaded(name: str, *, error: Exception, offline: bool) -> BadInput:
    if Path(name).expanduser().exists():
        why = f"the folder is not a causal language model that transformers reads: {error}"
    elif offline:
        why = "it is not in the hub's cache, and nothing is fetched (offline)"
    else:
        why = f"no such folder, and the hub gave: {error}"
    return BadInput(f"{name}: {why[:500]}. Use demo, a folder of save_pretrained, or org/name")


def _device(asked: str | None) -> torch.device:
    if asked is None:
        gpu = "cuda" if torch.cuda.is_available() else "cpu"
        return torch.device("mps" if torch.backends.mps.is_available() else gpu)
    try:
        device = torch.device(asked)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise BadInput(f"device {asked!r} cannot be used: {error}") from error
    return device
