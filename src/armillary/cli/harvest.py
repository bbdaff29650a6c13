"""``armillary harvest``: a model's vectors for every token of a text, on disk."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from armillary.cli.options import Cache, Debug, Offline, Quiet
from armillary.cli.progress import ShownProgress
from armillary.core import Corpus
from armillary.harvest import Bos, Harvested, HarvestSettings, harvest
from armillary.load.corpus import builtin_corpus_for, open_corpus
from armillary.survey.machine import size_text


class Stored(StrEnum):
    """Precision on disk."""

    auto = "auto"
    float16 = "float16"
    float32 = "float32"


class Computed(StrEnum):
    """Precision of the model."""

    float32 = "float32"
    bfloat16 = "bfloat16"
    float16 = "float16"


def harvest_command(
    model: Annotated[
        str,
        typer.Argument(help="demo (the built-in model), a folder of transformers, or org/name."),
    ] = "demo",
    *,
    hook: Annotated[
        list[str],
        typer.Option(
            "--hook", help="Where: blocks.9.hook_resid_post, model.layers.9, ... May be repeated."
        ),
    ],
    text: Annotated[
        str,
        typer.Option(
            "--text",
            help="demo (the built-in corpus), .txt, .md, .jsonl, .parquet, a folder of them, token "
            "ids (.npy, .npz) or hf-dataset:org/name (then /config, :split).",
        ),
    ] = "demo",
    text_field: Annotated[
        str, typer.Option("--field", help="Name of the text in JSON lines, Parquet, data sets.")
    ] = "text",
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the activations.")] = Path(
        "armillary-activations"
    ),
    max_tokens: Annotated[
        int | None, typer.Option("--max-tokens", min=1, help="Of the text. Default: all.")
    ] = None,
    context_size: Annotated[
        int, typer.Option("--context-size", min=1, help="Positions the model reads at once.")
    ] = 256,
    batch_size: Annotated[
        int, typer.Option("--batch-size", min=1, help="Contexts read together.")
    ] = 16,
    bos: Annotated[
        Bos, typer.Option("--bos", help="Where a beginning-of-sequence token is put in front.")
    ] = Bos.none,
    skip_first: Annotated[
        int,
        typer.Option(
            "--skip-first", min=0, help="Positions left out at the start of each context, BOS too."
        ),
    ] = 1,
    dtype: Annotated[
        Stored, typer.Option("--dtype", help="On disk; auto: float16 if it can hold the values.")
    ] = Stored.auto,
    compute_dtype: Annotated[
        Computed, typer.Option("--compute-dtype", help="The precision the model runs in.")
    ] = Computed.float32,
    device: Annotated[
        str | None, typer.Option("--device", help="As torch names it. Default: a GPU, if any.")
    ] = None,
    offline: Offline = False,
    cache: Cache = None,
    as_json: Annotated[bool, typer.Option("--json", help="Summary as JSON on stdout.")] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Run text through a model and store its vectors, to train or encode on. Resumes if cut off."""
    del debug  # read by main
    settings = HarvestSettings(
        context_size=context_size,
        batch_size=batch_size,
        bos=bos,
        skip_first=skip_first,
        dtype=dtype.value,
    )
    errors = Console(stderr=True, highlight=False)
    try:
        with ShownProgress(errors, quiet=quiet) as progress:
            lm = _load(
                model,
                dtype=compute_dtype.value,
                device=device,
                offline=offline,
                cache=cache,
                progress=progress.note,
            )
            for name in hook:
                lm.hook_point(name)  # a mistake in it should not wait for the text
            corpus = _corpus(
                text, lm, max_tokens=max_tokens, text_field=text_field, offline=offline, cache=cache
            )
            for sentence in _assumed(lm, settings):
                progress.note(sentence)
            done = harvest(lm, corpus, out, hook_names=hook, settings=settings, progress=progress)
    except KeyboardInterrupt:
        errors.print(Text("interrupted; whole shards are kept: run the same command to go on"))
        raise typer.Exit(130) from None
    _print_result(done, as_json=as_json)


def _load(source: str, **options: Any) -> Any:
    from armillary.models import load_lm  # torch, which other commands do without

    return load_lm(source, **options)


def _corpus(
    text: str,
    lm: Any,
    *,
    max_tokens: int | None,
    text_field: str,
    offline: bool,
    cache: Path | None,
) -> Corpus:
    if text != "demo":
        return open_corpus(
            text, lm.encode, max_tokens=max_tokens, text_field=text_field, offline=offline
        )
    return builtin_corpus_for(
        lm.name, lm.encode, max_tokens=max_tokens, offline=offline, cache=cache
    )


def _assumed(lm: Any, settings: HarvestSettings) -> list[str]:
    """Return what a reader of the activations should know was taken for granted."""
    said = ["every document is read by itself, in reading order; text is cut, never padded"]
    if settings.bos is not Bos.none:
        said.append(f"BOS (id {lm.bos_id}) is put in front, {settings.bos.value}; it is not stored")
    elif lm.bos_id is not None:
        said.append(f"no BOS is put in front (this model has one, id {lm.bos_id}: --bos puts it)")
    if settings.skip_first:
        said.append(
            f"the first positions of each context, {settings.skip_first}, are not stored "
            "(outliers in most models): --skip-first 0 keeps them"
        )
    return said


def _print_result(done: Harvested, *, as_json: bool) -> None:
    rate = done.positions_read / done.seconds if done.seconds else None
    rows: list[dict[str, Any]] = [
        {
            "folder": str(done.folders[name].resolve()),
            "hook_name": name,
            "n_tokens": stored.n_tokens,
            "d_model": stored.d_model,
            "dtype": str(stored.shards[0].dtype),
            "n_shards": len(stored.shards),
            "n_bytes": stored.n_bytes,
            "source": dict(stored.source),
        }
        for name, stored in done.activations.items()
    ]
    if as_json:
        result = {
            "activations": rows,
            "positions_read": done.positions_read,
            "seconds": done.seconds,
            "tokens_per_second": rate,
        }
        sys.stdout.write(json.dumps(result) + "\n")
        return
    console = Console(highlight=False)
    for row in rows:
        console.print(
            Text(
                f"{row['hook_name']}: {row['n_tokens']:,} tokens x {row['d_model']}, "
                f"{row['dtype']}, {size_text(row['n_bytes'])}: {row['folder']}"
            ),
            soft_wrap=True,
        )
    if rate is not None:
        console.print(Text(f"{done.seconds:.1f} s, {rate:,.0f} tokens a second"))
    else:
        console.print(Text("all of it was there already"))
