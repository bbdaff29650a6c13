"""``armillary train``: stored activations become a sparse autoencoder."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from armillary.cli.options import Debug, Quiet, Resume, Seed
from armillary.cli.progress import ShownProgress
from armillary.core.errors import BadInput
from armillary.evaluate import SaeQuality, evaluate_sae
from armillary.load import open_activations
from armillary.survey.machine import size_text

if TYPE_CHECKING:
    from armillary.training import TrainedSae, TrainingConfig

STAGE = "training"
FIRST_ESTIMATE = 5.0  # seconds after which the rest is foretold


class Architecture(StrEnum):
    """What decides which features fire."""

    topk = "topk"
    batchtopk = "batchtopk"
    matryoshka = "matryoshka"
    relu = "relu"
    jumprelu = "jumprelu"


class Stored(StrEnum):
    """Precision of the matrices on disk."""

    float32 = "float32"
    float16 = "float16"


def train_command(
    activations: Annotated[
        Path,
        typer.Argument(help="Folder that a harvest wrote, or a .npy file (tokens, d_model)."),
    ],
    *,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the autoencoder, as sae-lens reads it.")
    ] = Path("armillary-sae"),
    architecture: Annotated[
        Architecture, typer.Option("--architecture", "-a", help="Which features fire.")
    ] = Architecture.topk,
    d_sae: Annotated[int, typer.Option("--d-sae", min=1, help="Number of features.")] = 8192,
    k: Annotated[
        int, typer.Option("--k", min=1, help="Features a token (topk, batchtopk, matryoshka).")
    ] = 32,
    l1: Annotated[float, typer.Option("--l1", min=0, help="Price of a code's size (relu).")] = 5.0,
    l0: Annotated[float, typer.Option("--l0", min=0, help="Price of a code (jumprelu).")] = 1.0,
    epochs: Annotated[float, typer.Option("--epochs", help="Passes over the activations.")] = 1.0,
    tokens: Annotated[
        int | None, typer.Option("--tokens", min=1, help="Vectors to train on, instead of epochs.")
    ] = None,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Vectors a step.")] = 4096,
    lr: Annotated[float, typer.Option("--lr", help="Highest learning rate of Adam.")] = 1e-3,
    unit_norm: Annotated[
        bool, typer.Option("--unit-norm/--free-norm", help="Keep decoder rows at length one.")
    ] = True,
    dead_after: Annotated[
        int, typer.Option("--dead-after", min=1, help="Vectors without firing that make one dead.")
    ] = 200_000,
    seed: Seed = 0,
    device: Annotated[
        str | None, typer.Option("--device", help="Of torch; default: a GPU where there is one.")
    ] = None,
    dtype: Annotated[
        Stored, typer.Option("--dtype", help="Of the matrices on disk.")
    ] = Stored.float32,
    measured: Annotated[
        int, typer.Option("--measured", min=2, help="Vectors that the result is measured on.")
    ] = 20_000,
    resume: Resume = True,
    as_json: Annotated[bool, typer.Option("--json", help="Metrics as JSON on stdout.")] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Train a sparse autoencoder on stored activations. Resumes if cut off."""
    del debug  # read by main
    if resume and (out / "sae_weights.safetensors").exists():
        raise BadInput(
            f"{out} holds a finished autoencoder: choose another --out, or --fresh to train anew"
        )
    options = {"k": k, "l1": l1, "l0": l0}
    settings = {
        "d_sae": d_sae, "tokens": tokens, "epochs": epochs, "batch": batch, "lr": lr,
        "unit_norm": unit_norm, "dead_after": dead_after, "seed": seed, "device": device,
    }  # fmt: skip
    source = _opened(activations)
    config = _config(architecture, options, settings)
    errors = Console(stderr=True, highlight=False)
    try:
        with ShownProgress(errors, quiet=quiet) as progress:
            made = _trained(source, config, out, progress=progress, resume=resume)
            progress.stage("measuring")
            quality = evaluate_sae(made.autoencoder, source, n_tokens=measured, seed=seed)
    except KeyboardInterrupt:
        errors.print(Text("interrupted; a checkpoint is kept: run the same command to go on"))
        raise typer.Exit(130) from None
    result = _written(made, quality, out, dtype=dtype.value)
    if as_json:
        sys.stdout.write(json.dumps(result) + "\n")
    else:
        _print_result(result)


def _opened(path: Path) -> Any:
    if path.suffix != ".npy":
        return open_activations(path)
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise BadInput(f"{path} is no .npy file of numbers ({error})") from error


def _config(
    architecture: Architecture, options: Mapping[str, Any], settings: Mapping[str, Any]
) -> "TrainingConfig":
    from armillary import training  # needs torch, which other commands do without

    made: Callable[[], Any] = {
        Architecture.topk: lambda: training.TopK(options["k"]),
        Architecture.batchtopk: lambda: training.BatchTopK(options["k"]),
        Architecture.matryoshka: lambda: training.Matryoshka(options["k"]),
        Architecture.relu: lambda: training.ReLU(options["l1"]),
        Architecture.jumprelu: lambda: training.JumpReLU(options["l0"]),
    }[architecture]
    return training.TrainingConfig(made(), **settings)


def _trained(
    source: Any, config: "TrainingConfig", out: Path, *, progress: ShownProgress, resume: bool
) -> "TrainedSae":
    from armillary.training import as_stream, planned_steps, train

    stream = as_stream(source)
    n_steps = planned_steps(stream, config)
    checkpoint = 3 * (2 * config.d_sae * stream.d_model) * 4
    progress.note(
        f"{n_steps:,} steps of {config.batch:,} vectors out of {stream.n_tokens:,} of "
        f"{stream.d_model:,} dimensions; checkpoints of {size_text(checkpoint)}"
    )
    watch = _Watch(progress, every=max(1, n_steps // 10))
    return train(source, config, progress=watch, folder=out, resume=resume)


class _Watch:
    """Turns the steps of a run into bars and lines, and foretells the rest once."""

    def __init__(self, progress: ShownProgress, *, every: int) -> None:
        self._progress, self._every = progress, every
        self._began, self._first, self._last, self._said = 0.0, -1, 0, 0
        self._foretold = False

    def __call__(self, step: int, n_steps: int, metrics: Mapping[str, float]) -> None:
        now = time.monotonic()
        if self._first < 0:
            self._began, self._first = now, step
            self._progress.stage(STAGE, n_steps)
        self._progress.advance(step - self._last)
        self._last = step
        passed = now - self._began
        if not self._foretold and passed > FIRST_ESTIMATE and step > self._first:
            self._foretold = True
            left = passed / (step - self._first) * (n_steps - step)
            self._progress.note(f"about {left / 60:.1f} min for the other {n_steps - step:,} steps")
        if step - self._said >= self._every or step == n_steps:
            self._said = step
            self._progress.note(
                f"step {step:,}: FVU {metrics['fvu']:.4f}, L0 {metrics['l0']:.1f}, dead "
                f"{metrics['dead_share']:.1%}"
            )


def _written(made: "TrainedSae", quality: SaeQuality, out: Path, *, dtype: str) -> dict[str, Any]:
    """Write the autoencoder and its record; the checkpoint has done its work."""
    from armillary.training import to_saelens
    from armillary.training.checkpoint import CHECKPOINT

    result: dict[str, Any] = {
        "folder": str(out.resolve()),
        "architecture": made.config.architecture.name,
        "d_sae": made.autoencoder.n_features,
        "d_model": made.autoencoder.d_model,
        "hook_name": made.autoencoder.source.get("hook_name"),
        "steps": int(made.history["step"][-1]),
        "quality": quality.as_dict(),
    }
    record = {
        **result,
        "config": made.config.record(),
        "scale": made.scale,
        "data": dict(made.data),
        "version": made.version,
        "history": {name: values.tolist() for name, values in made.history.items()},
    }
    to_saelens(out, made, dtype=dtype, metadata={"quality": quality.as_dict()})
    (out / "training.json").write_text(json.dumps(record, default=str) + "\n", "utf-8")
    (out / CHECKPOINT).unlink(missing_ok=True)
    return result


def _print_result(result: Mapping[str, Any]) -> None:
    console = Console(highlight=False)
    quality = result["quality"]
    table = Table.grid(padding=(0, 2))
    rows = {
        "vectors measured": f"{quality['n_tokens']:,}",
        "FVU": f"{quality['fvu']:.4f} (median of a vector: {quality['fvu_median']:.4f})",
        "L0": f"{quality['l0']:.1f}",
        "dead on these vectors": f"{quality['dead_share']:.1%}",
        "cosine": f"{quality['cosine']:.4f}",
    }
    for name, value in rows.items():
        table.add_row(name, Text(value))
    console.print(table)
    console.print(Text(f"Autoencoder: {result['folder']}"), soft_wrap=True)
