"""How much of a real model's function placement carries: theory by gauge, and one group at a time.

    python benchmarks/explain_real.py                                    # token embeddings
    python benchmarks/explain_real.py --source demo:sae [--codes FOLDER] # the built-in autoencoder
    python benchmarks/explain_real.py --groups                           # weekdays and months

Prints what share of the way from mean ablation to the true decoder each theory keeps (splice),
with 95 % intervals over documents; draws of a random theory follow one another. With ``--relearn``
the same of relearning the next block. ``vocabulary`` is a rotation fitted on every feature alike
instead of on calibration tokens, ``shift`` moves the mean alone. ``--text FILE``
reads other text than the built-in corpus; ``--text pydoc`` the prose of Python's own manual, which
comes with Python.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from armillary.explain import GAUGES, Knockoff, Subject
from armillary.explain.gauges import Refit
from armillary.explain.readers.groups import EDITS, Groups
from armillary.explain.readers.passages import WHERE
from armillary.explain.readers.relearn import Relearn
from armillary.explain.readers.splice import Splice
from armillary.explain.sources import open_subject
from armillary.knockoffs import THEORIES, Clusters, Exact, LowRank, Product, RandomUnit
from armillary.knockoffs.registry import place

KINDS = {theory.kind: theory for theory in THEORIES}
WHOLE, SHIFT = "vocabulary", "shift"


def manual(file: Path) -> str:
    """Write the prose of Python's manual as documents of 105 words, shuffled; return the file."""
    import random
    import re
    from pydoc_data.topics import topics

    documents: list[str] = []
    for _, text in sorted(topics.items()):
        paragraphs = [
            re.sub(r"\s+", " ", one).strip()
            for one in text.split("\n\n")
            if not re.match(r"\s{3,}|>>>|\*\*|=|~|-|\+", one)
            and len(one) > 120
            and "::=" not in one
        ]
        words = " ".join(paragraphs).split() if sum(map(len, paragraphs)) > 500 else []
        documents += [" ".join(words[i : i + 105]) for i in range(0, len(words) - 90, 105)]
    random.Random(0).shuffle(documents)
    file.write_text("".join(json.dumps({"text": one}) + "\n" for one in documents), "utf-8")
    return str(file)


def knockoff(subject: Subject, directions: np.ndarray, gauge: str) -> Knockoff:
    """Fit the gauge on calibration tokens, or a rotation on every feature alike."""
    if gauge == WHOLE:
        return Knockoff(directions, GAUGES["rotation"].fit(directions, subject.space.directions))
    made = subject.made(directions, subject.calibration)
    true = subject.made(subject.space.directions, subject.calibration)
    if gauge == SHIFT:
        same, means = (
            np.eye(made.shape[1], dtype=np.float32),
            (made.mean(axis=0), true.mean(axis=0)),
        )
        return Knockoff(directions, Refit(SHIFT, same, *means, bits=64 * made.shape[1]))
    return Knockoff(directions, GAUGES[gauge].fit(made, true))


def theories(names: list[str]) -> list:
    """Return theories by kind, with their own defaults, or by a short name of ``known``."""
    known = {
        "exact8": Exact(8), "random": RandomUnit(),
        "clusters256": Clusters(256, bits=8), "spread256": Clusters(256, bits=8, spread=True),
        "product64": Product(8), "product576": Product(72), "rank256": LowRank(256),
    }  # fmt: skip
    return [known[name] if name in known else KINDS[name]() for name in names]


def run_ladder(subject: Subject, arguments: argparse.Namespace) -> list[dict]:
    """Score every theory under every gauge, a line each."""
    readers = [Splice(subject)] + ([Relearn(subject, mlp=True)] if arguments.relearn else [])
    rows = []
    for theory in theories(arguments.theories):
        for seed in range(arguments.seeds if theory.drawn else 1):
            rng = np.random.default_rng(seed)
            message = theory.fit(subject.space, subject.shared, rng=rng)
            placed = place(message.to_bytes(), subject.shared, rng=rng).directions
            for number, gauge in enumerate(arguments.gauges):
                one = knockoff(subject, placed, gauge)
                for reader in readers:
                    if reader.by_gauge or number == 0:
                        rows += _lines(theory.label, seed, message.bits, gauge, one, reader)
    return rows


def _lines(label, seed, bits, gauge, one, reader) -> list[dict]:
    began = time.process_time()
    scores = reader.score(one)
    seconds = time.process_time() - began
    rows = []
    for score in scores:
        shown = gauge if reader.by_gauge else "-"
        print(
            f"{label:32} {seed} {bits:13,} {shown:10} {one.refit.bits:11,} {score.reader:12} "
            f"{score.value:6.3f} [{score.low:.3f}, {score.high:.3f}] "
            + (f"loss {score.raw['loss']:.3f} " if "loss" in score.raw else "")
            + f"({seconds:.1f} s)",
            flush=True,
        )
        rows.append(
            {
                "theory": label, "seed": seed, "bits": bits, "gauge": shown,
                "gauge_bits": one.refit.bits, "reader": score.reader, "value": score.value,
                "low": score.low, "high": score.high, "raw": dict(score.raw), "seconds": seconds,
            }
        )  # fmt: skip
    return rows


def run_groups(subject: Subject, arguments: argparse.Namespace) -> list[dict]:
    """Score every edit of every group; seeds draw other scrambles, templates and texts."""
    rows = []
    for seed in range(arguments.seeds):
        where = ("prompts",) if arguments.prompts or seed else WHERE
        reader = Groups(subject, seed=seed, names=arguments.names, where=where, n_templates=12)
        for how, scores in reader.edits(hows=arguments.edits).items():
            for score in scores:
                raw = score.raw
                print(
                    f"{score.group:10} {how:10} {seed} {score.reader:18} change "
                    f"{raw['change']:7.4f} [{raw['change_low']:.4f}, {raw['change_high']:.4f}] "
                    f"kept {score.value:6.2f} [{score.low:.2f}, {score.high:.2f}] right "
                    f"{raw['right']:.3f} of {raw['right_one']:.3f}, {raw['predictions']:.0f} "
                    f"predictions in {raw['units']:.0f}",
                    flush=True,
                )
                rows.append(
                    {
                        "group": score.group, "edit": how, "seed": seed, "reader": score.reader,
                        "value": score.value, "low": score.low, "high": score.high,
                        "raw": dict(raw),
                    }
                )  # fmt: skip
    return rows


def main() -> None:
    """Open the source, run what was asked for, keep the numbers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", default="demo")
    parser.add_argument("--text", default="demo")
    parser.add_argument("--codes", help="folder of the autoencoder's codes, if they are made")
    parser.add_argument("--n-test", type=int, default=1024)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--theories", nargs="+", default=["exact8", "random", "permuted"])
    parser.add_argument("--gauges", nargs="+", default=["none", "rotation", WHOLE, "linear"])
    parser.add_argument("--relearn", action="store_true")
    parser.add_argument("--groups", action="store_true")
    parser.add_argument("--names", nargs="+", default=["weekdays", "months"])
    parser.add_argument("--edits", nargs="+", default=list(EDITS))
    parser.add_argument("--prompts", action="store_true", help="of groups, nothing but prompts")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    text = arguments.text
    if text == "pydoc":
        text = manual(Path(tempfile.mkdtemp()) / "pydoc.jsonl")
    subject = open_subject(
        arguments.source, text=text, codes=arguments.codes, n_test=arguments.n_test
    )
    print({k: subject.record[k] for k in ("kind", "hook_name", "test_tokens", "fvu", "l0")})
    rows = (run_groups if arguments.groups else run_ladder)(subject, arguments)
    if not arguments.groups:
        raw = rows[0]["raw"]
        print({k: round(v, 3) for k, v in raw.items() if k.startswith(("loss_", "kl_"))})
    if arguments.out is not None:
        found = {"record": dict(subject.record), "rows": rows}
        arguments.out.write_text(json.dumps(found, indent=1, default=str), "utf-8")


if __name__ == "__main__":
    main()
