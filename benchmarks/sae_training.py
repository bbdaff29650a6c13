"""Training steps per second beside sae-lens, in one process, on the same batches.

Run ``python benchmarks/sae_training.py`` where torch and sae-lens 6.54 are installed. The two take
turns of a few steps, so that a busy machine slows them alike; both compute in float32 with the
same number of threads, Adam, learning rate and penalty. The data are a planted dictionary plus
noise; afterwards both encode held-out vectors, so that speed bought with a worse autoencoder shows.
``step`` is everything a run does for a batch except fetching it.
"""

import argparse
import json
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from armillary.training import BatchTopK, JumpReLU, Matryoshka, ReLU, TopK, TrainingConfig
from armillary.training.result import finished
from armillary.training.scaling import Place
from armillary.training.state import advance, fresh_state

LIMIT = 1.5
L1 = 1.0


@dataclass
class Contender:
    """One trainer, its steps, and what they cost."""

    name: str
    step: Callable[[Tensor], float]
    encode: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, float]]
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)

    def turn(self, batches: list[Tensor]) -> None:
        """Do one step a batch."""
        wall, cpu = time.perf_counter(), time.process_time()
        self.losses += [self.step(batch) for batch in batches]
        self.wall.append((time.perf_counter() - wall) / len(batches))
        self.cpu.append((time.process_time() - cpu) / len(batches))


def planted_batches(args: argparse.Namespace, rng: np.random.Generator) -> list[Tensor]:
    """Draw batches of sparse sums of ``2 d_sae / 3`` unit vectors, of mean norm sqrt(d_in)."""
    n_true = 2 * args.d_sae // 3
    rows = rng.standard_normal((n_true, args.d_in), dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    chance = np.arange(1, n_true + 1, dtype=np.float32) ** -0.7  # common and rare features
    chance = np.minimum(0.5, chance * 24 / chance.sum())
    made: list[np.ndarray] = []
    for _ in range(args.pool):
        codes = rng.random((args.batch, n_true), dtype=np.float32) < chance
        codes = codes * rng.exponential(1.0, codes.shape).astype(np.float32)
        noise = rng.standard_normal((args.batch, args.d_in), dtype=np.float32)
        made.append(codes @ rows + 0.05 * noise)
    scale = np.sqrt(args.d_in) / np.linalg.norm(np.concatenate(made), axis=1).mean()
    return [torch.from_numpy((one * scale).astype(np.float32)) for one in made]


def ours(architecture: Any, args: argparse.Namespace) -> Contender:
    """Return armillary's trainer."""
    config = TrainingConfig(
        architecture, args.d_sae, tokens=args.batch * args.steps, batch=args.batch, lr=args.lr,
        dead_after=1000 * args.batch, warmup=0, decay=0, scale=False,
    )  # fmt: skip
    state = fresh_state(config, Place(np.zeros(args.d_in, np.float32), 1.0),
                        device=torch.device("cpu"))  # fmt: skip

    def step(batch: Tensor) -> float:
        made = advance(state, batch, config=config, n_steps=args.steps)
        return float(made.losses["mse"])

    def encode(tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        sae = finished(state, config, {"sha256": ""}).autoencoder
        codes = sae.encode(tokens)
        size = (codes @ np.linalg.norm(sae.directions, axis=1)).mean()
        return codes, sae.decode(codes, of=tokens), float(size)

    return Contender("armillary", step, encode)


def theirs(kind: str, args: argparse.Namespace) -> Contender:
    """Return the trainer of sae-lens, with its own defaults where the task does not decide."""
    import sae_lens as lens
    from sae_lens.config import LoggingConfig, SAETrainerConfig
    from sae_lens.training.sae_trainer import SAETrainer

    sizes: dict[str, Any] = {"d_in": args.d_in, "d_sae": args.d_sae}
    made = {
        "relu": lambda: lens.StandardTrainingSAE(
            lens.StandardTrainingSAEConfig(
                **sizes, l1_coefficient=L1, l1_warm_up_steps=args.steps // 20
            )
        ),
        "topk": lambda: lens.TopKTrainingSAE(
            lens.TopKTrainingSAEConfig(**sizes, k=args.k, use_sparse_activations=args.rival_sparse)
        ),
        "batchtopk": lambda: lens.BatchTopKTrainingSAE(
            lens.BatchTopKTrainingSAEConfig(**sizes, k=args.k)
        ),
        "matryoshka": lambda: lens.MatryoshkaBatchTopKTrainingSAE(
            lens.MatryoshkaBatchTopKTrainingSAEConfig(
                **sizes, k=args.k, matryoshka_widths=[args.d_sae // i for i in (16, 8, 4, 2)]
            )
        ),
        "jumprelu": lambda: lens.JumpReLUTrainingSAE(
            lens.JumpReLUTrainingSAEConfig(**sizes, l0_coefficient=1.0)
        ),
    }[kind]()
    config = SAETrainerConfig(
        total_training_samples=args.batch * args.steps, train_batch_size_samples=args.batch,
        lr=args.lr, logger=LoggingConfig(log_to_wandb=False), lr_end=args.lr / 10,
    )  # fmt: skip
    trainer = SAETrainer(cfg=config, sae=made, data_provider=iter(()))

    def step(batch: Tensor) -> float:
        out = trainer.step(batch)
        trainer.n_training_steps += 1
        return float(out.losses["mse_loss"])

    @torch.no_grad()
    def encode(tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        codes = made.encode(torch.from_numpy(tokens))
        out = made.decode(codes)
        dense = codes.to_dense() if codes.is_sparse else codes
        size = (dense @ made.W_dec.norm(dim=1)).mean()
        return dense.numpy(), out.numpy(), float(size)

    return Contender("sae-lens", step, encode)


def race(kind: str, batches: list[Tensor], args: argparse.Namespace) -> dict[str, Any]:
    """Let both train on the same batches in turns, and compare."""
    torch.manual_seed(0)
    rules = {
        "relu": ReLU(l1=L1),
        "topk": TopK(args.k),
        "batchtopk": BatchTopK(args.k),
        "matryoshka": Matryoshka(args.k),
        "jumprelu": JumpReLU(),
    }
    pair = [ours(rules[kind], args), theirs(kind, args)]
    held_out, pool = batches[0], batches[1:]
    for start in range(0, args.steps, args.turn):
        turn = [pool[i % len(pool)] for i in range(start, min(start + args.turn, args.steps))]
        for contender in pair if (start // args.turn) % 2 else pair[::-1]:
            contender.turn(turn)
    tokens = held_out.numpy()
    variance = ((tokens - tokens.mean(axis=0)) ** 2).sum()
    found: dict[str, Any] = {"architecture": kind}
    for one in pair:
        codes, made, size = one.encode(tokens)
        mse = ((made - tokens) ** 2).sum(axis=1).mean()
        found[one.name] = {
            "cpu_s_per_step": float(np.median(one.cpu[1:])),
            "steps_per_s": float(1 / np.median(one.wall[1:])),
            "steps_per_s_first": 1 / one.wall[0],
            "mse_at_quarters": [round(float(np.mean(part)), 2)
                                for part in np.array_split(one.losses, 4)],
            "held_out_fvu": float(((made - tokens) ** 2).sum() / variance),
            "held_out_objective": float(mse + (L1 * size if kind == "relu" else 0)),
            "held_out_l0": float((codes > 0).sum(axis=1).mean()),
        }  # fmt: skip
    total = [sum(one.wall) for one in pair]
    found["ratio"] = found["armillary"]["steps_per_s"] / found["sae-lens"]["steps_per_s"]
    found["ratio_whole_run"] = total[1] / total[0]
    return found


def main() -> None:
    """Run the races and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = ("relu", "topk", "batchtopk", "matryoshka", "jumprelu")
    parser.add_argument("--architecture", nargs="+", default=["relu", "topk"], choices=kinds)
    parser.add_argument("--d-in", type=int, default=256)
    parser.add_argument("--d-sae", type=int, default=4096)
    parser.add_argument("--batch", type=int, default=4096)
    parser.add_argument("--k", type=int, default=32)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--turn", type=int, default=5, help="steps before the other's turn")
    parser.add_argument("--pool", type=int, default=16, help="batches that are drawn")
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rival-sparse", action="store_true", help="its sparse TopK option")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    warnings.simplefilter("ignore")
    batches = planted_batches(args, np.random.default_rng(0))
    for kind in args.architecture:
        found = race(kind, batches, args)
        if args.json:
            print(json.dumps(found))
            continue
        whole = f"{found['ratio_whole_run']:.2f} over the whole run; at least {LIMIT} wanted"
        print(f"\n{kind}: {found['ratio']:.2f} times sae-lens's steps a second ({whole})")
        for name in ("armillary", "sae-lens"):
            row = found[name]
            print(f"  {name:<10} {row['steps_per_s']:6.2f} steps/s  {row['cpu_s_per_step']:.3f} "
                  f"CPU-s/step  mse {row['mse_at_quarters']}  held out: FVU "
                  f"{row['held_out_fvu']:.4f}, L0 {row['held_out_l0']:.1f}, "
                  f"objective {row['held_out_objective']:.1f}")  # fmt: skip


if __name__ == "__main__":
    main()
