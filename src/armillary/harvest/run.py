"""Harvests: text through a model, and its vectors to disk; resumed where one was cut off."""

import hashlib
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from armillary.core import Activations, BadInput, Corpus, TooLarge
from armillary.harvest.model import Model, model_facts
from armillary.harvest.plan import Plan, plan_harvest
from armillary.harvest.precision import float16_trouble, stored_dtype
from armillary.harvest.probe import FILE, Probe, compare_with_start, probe
from armillary.harvest.settings import SHARD_BYTES, HarvestSettings, Progress, Silent
from armillary.harvest.windows import Bos
from armillary.load.activations_folder import open_activations
from armillary.load.activations_writer import ActivationsWriter
from armillary.load.tokens import text_column


@dataclass(frozen=True, slots=True, eq=False)
class Harvested:
    """Activations on disk and what it took to get them.

    Parameters
    ----------
    activations
        Memory-mapped, by hook name.
    folders
        Where each lies.
    positions_read
        Positions that the model read this time, BOS and what is not stored included; 0 where all
        was there already.
    seconds
        Time from the first shard to the last.
    """

    activations: Mapping[str, Activations]
    folders: Mapping[str, Path]
    positions_read: int
    seconds: float


def harvest(
    lm: Model,
    corpus: Corpus,
    folder: Path | str,
    *,
    hook_names: Sequence[str],
    settings: HarvestSettings | None = None,
    progress: Progress | None = None,
) -> Harvested:
    """Store a model's vectors at one or more places for every token of a corpus.

    Documents are cut into windows (``cut_windows``); no window spans two documents and no batch is
    padded. Rows are stored in reading order. Run again after an interruption with the same
    arguments, it goes on with the first shard that is not whole, and the shards are byte for byte
    those of a run that was not interrupted (same machine, number of threads and libraries; it says
    so where the numbers differ).

    Parameters
    ----------
    lm
        The model.
    corpus
        Token ids of its tokenizer.
    folder
        For one hook point the folder of activations itself; for several, one subfolder each, by
        hook name.
    hook_names
        Where in the model.
    settings
        How text is read and stored.
    progress
        Told of size and time before anything is stored, and of every batch.

    Returns
    -------
    Harvested
        Open activations and the time it took.

    Raises
    ------
    BadInput
        If the ids are not the model's, the folder was begun otherwise, or float16 cannot hold a
        value.
    TooLarge
        If the disk has no room.
    """
    settings, say = settings or HarvestSettings(), progress or Silent()
    names = list(dict.fromkeys(hook_names))
    _check(lm, corpus, settings=settings, names=names)
    plan = plan_harvest(
        corpus,
        context_size=settings.context_size,
        batch_size=settings.batch_size,
        bos=settings.bos,
        skip=settings.skip_first,
    )
    target = Path(folder)
    folders = {name: target if len(names) == 1 else target / name for name in names}
    say.note(
        f"{corpus.n_tokens:,} tokens of {corpus.n_documents:,} documents in "
        f"{plan.windows.start.size:,} windows of at most {settings.context_size}; "
        f"{plan.row[-1]:,} rows to keep"
    )
    first = probe(lm, plan, hook_names=names)
    dtype: dict[str, str] = {}
    for name in names:
        dtype[name], note = stored_dtype(settings.dtype, first.vectors[name])
        if note:
            say.note(f"{name}: {note}")
    row_bytes = {name: first.width[name] * np.dtype(dtype[name]).itemsize for name in names}
    shards = plan.shards(settings.shard_rows or max(1, SHARD_BYTES // max(row_bytes.values())))
    _require_room(target, plan, row_bytes=row_bytes, folders=folders, say=say)
    writers = _writers(
        lm, plan, first, dtype=dtype, shards=shards, folders=folders, settings=settings
    )
    for name in names:
        note = compare_with_start(folders[name], first.vectors[name], hook_name=name)
        if note:
            say.note(note)
    read, seconds = _read_all(lm, plan, shards=shards, writers=writers, rate=first.rate, say=say)
    for name in names:
        writers[name].finish()
        (folders[name] / FILE).unlink(missing_ok=True)
    opened = {name: open_activations(folders[name]) for name in names}
    return Harvested(opened, folders, read, seconds)


def _check(lm: Model, corpus: Corpus, *, settings: HarvestSettings, names: list[str]) -> None:
    if not names:
        raise BadInput("name at least one hook point, for example blocks.9.hook_resid_post")
    if settings.bos is not Bos.none and lm.bos_id is None:
        raise BadInput(f"{lm.name} has no BOS token: use --bos none")
    if corpus.n_tokens and int(corpus.token_id.max()) >= lm.vocab_size:
        raise BadInput(
            f"token ids go up to {int(corpus.token_id.max()):,}, {lm.name} has {lm.vocab_size:,} "
            "tokens: these ids are of another tokenizer"
        )


def _source(lm: Model, plan: Plan, settings: HarvestSettings) -> dict[str, Any]:
    corpus = plan.corpus
    return {
        "model": model_facts(lm),
        "corpus": {
            **corpus.source,
            "sha256": corpus.sha256,
            "n_documents": corpus.n_documents,
            "n_tokens": corpus.n_tokens,
        },
        "context_size": settings.context_size,
        "batch_size": settings.batch_size,
        "bos": settings.bos.value,
        "bos_id": None if settings.bos is Bos.none else lm.bos_id,
        "skip_first": settings.skip_first,
        "order": "reading order; nothing is random",
        "armillary": version("armillary"),
    }


def _writers(
    lm: Model,
    plan: Plan,
    first: Probe,
    *,
    dtype: Mapping[str, str],
    shards: list[range],
    folders: Mapping[str, Path],
    settings: HarvestSettings,
) -> dict[str, ActivationsWriter]:
    texts = lm.token_text(np.arange(lm.vocab_size))
    digest = hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()
    tokenizer = {"vocab_size": lm.vocab_size, "sha256": digest}
    source = _source(lm, plan, settings) | {"tokenizer": tokenizer}
    tokens = plan.tokens(text_column(texts))
    return {
        name: ActivationsWriter(
            folders[name],
            tokens,
            rows_of_shard=[int(plan.row[s.stop] - plan.row[s.start]) for s in shards],
            dtype=dtype[name],
            d_model=first.width[name],
            hook_name=name,
            source=source,
        )
        for name in folders
    }


def _read_all(
    lm: Model,
    plan: Plan,
    *,
    shards: list[range],
    writers: Mapping[str, ActivationsWriter],
    rate: float,
    say: Progress,
) -> tuple[int, float]:
    """Make the shards that are missing; return the positions read and the seconds it took."""
    done = min(writer.n_done for writer in writers.values())
    left = int(plan.windows.read[shards[done].start :].sum()) if done < len(shards) else 0
    if done:
        say.note(f"{done} of {len(shards)} shards are there already")
    if not left:
        return 0, 0.0
    say.note(f"time: about {_duration(left / rate)} at {rate:,.0f} tokens a second")
    say.stage("reading text", left)
    began = time.perf_counter()
    for number in range(done, len(shards)):
        made = _shard(lm, plan, shards[number], writers=writers, say=say)
        for name, writer in writers.items():
            if writer.n_done == number:
                writer.write(made[name])
    return left, time.perf_counter() - began


def _shard(
    lm: Model, plan: Plan, shard: range, *, writers: Mapping[str, ActivationsWriter], say: Progress
) -> dict[str, np.ndarray]:
    """Return the rows of one shard by hook name, in reading order."""
    base, end = int(plan.row[shard.start]), int(plan.row[shard.stop])
    made = {n: np.empty((end - base, w.d_model), dtype=w.dtype) for n, w in writers.items()}
    for windows in plan.batches(shard):
        ids = plan.ids(windows, bos_id=lm.bos_id)
        first = plan.first(windows)
        for name, vectors in lm.capture(ids, list(writers)).items():
            values = _stored(vectors[:, first:], dtype=made[name].dtype, hook_name=name)
            for window, rows in zip(windows, values, strict=True):
                made[name][plan.row[window] - base : plan.row[window + 1] - base] = rows
        say.advance(ids.size)
    return made


def _stored(vectors: Any, *, dtype: np.dtype, hook_name: str) -> np.ndarray:
    if dtype.itemsize == 4:
        return vectors.cpu().numpy()
    trouble = float16_trouble(vectors)
    if trouble:
        raise BadInput(
            f"{hook_name}: {trouble}. Start again in another folder with --dtype float32"
        )
    return vectors.half().cpu().numpy()


def _require_room(
    target: Path,
    plan: Plan,
    *,
    row_bytes: Mapping[str, int],
    folders: Mapping[str, Path],
    say: Progress,
) -> None:
    """Tell what the disk must hold, and refuse if it cannot."""
    needed = int(plan.row[-1]) * sum(n + 12 for n in row_bytes.values())  # 12: ids, in 32 bits
    there = target.absolute()
    while not there.exists():
        there = there.parent
    held = sum(p.stat().st_size for f in folders.values() for p in f.glob("*.npy"))
    free = shutil.disk_usage(there).free
    say.note(f"disk: {needed / 1e6:,.0f} MB ({free / 1e6:,.0f} MB free)")
    if needed - held > free:
        raise TooLarge(
            f"the activations take {needed / 1e6:,.0f} MB and the disk of {there} has "
            f"{free / 1e6:,.0f} MB: lower --max-tokens, store fewer hook points or float16, or "
            "name a folder on another disk"
        )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
