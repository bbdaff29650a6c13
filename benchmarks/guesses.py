"""How much of a placement can be guessed from what receivers know anyway: shares of variance.

    python benchmarks/guesses.py [demo] [demo:sae] [--codes FOLDER]

``demo``: token embeddings in bands of frequency rank. A listener hears the true rows of all more
frequent tokens and guesses a band; the share is ``1 - |x - g|^2 / |x|^2`` summed over the band, x
and the guess g both less their means over it (the means of rounds are sent). Beside it the same
with labels and text dealt to the wrong tokens. ``demo:sae``: decoder rows, guessed by
ridge regression (penalty .1) from who fires with whom, five folds of features; beside it dealt
rows. One thread.
"""

import argparse
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from armillary.explain.sources.autoencoder import open_autoencoder
from armillary.explain.sources.embedding import embedding_subject
from armillary.knockoffs import Shared
from armillary.knockoffs.clues import company_clues, letter_clues
from armillary.knockoffs.listener import Listener
from armillary.load.corpus import builtin_corpus
from armillary.models import load_lm

BANDS = (0, 500, 2_000, 5_000, 16_000, 49_152)
CLUES = ("names", "letters", "company", "all")


def bands(rows: np.ndarray, shared: Shared, by: str, dealt: np.ndarray) -> list[float]:
    """Return the share of every band but the first that a listener guesses."""
    energy = np.maximum(shared.energy(), 1e-3)
    clues = [np.zeros((len(rows), 0))]
    clues += [letter_clues(shared)[dealt]] if by in ("letters", "all") else []
    clues += [company_clues(shared)[dealt]] if by in ("company", "all") else []
    known = shared.labels if by in ("names", "all") else None
    labels = None if known is None else known[dealt].astype(str).tolist()
    listener = Listener(np.log(energy), labels, np.hstack(clues), d_model=shared.d_model)
    order = np.argsort(-energy, kind="stable")
    found: list[float] = []
    for low, high in zip(BANDS, BANDS[1:], strict=False):
        band = order[low:high]
        apart, guess = (x - x.mean(axis=0) for x in (rows[band], listener.expects(band)))
        left = apart - guess
        found.append(float(1 - (left**2).sum() / (apart**2).sum()))
        listener.hears(band, rows[band])
    return found[1:]


def folds(rows: np.ndarray, clues: np.ndarray, *, rng: np.random.Generator) -> float:
    """Return the share of rows that ridge regression guesses from clues, five folds."""
    fold = rng.integers(5, size=len(rows))
    inputs = np.hstack([np.ones((len(rows), 1)), clues])
    left = total = 0.0
    for k in range(5):
        train, test = fold != k, fold == k
        middle = rows[train].mean(axis=0)
        gram = inputs[train].T @ inputs[train] + 0.1 * np.eye(inputs.shape[1])
        weight = np.linalg.solve(gram, inputs[train].T @ (rows[train] - middle))
        left += float(((rows[test] - middle - inputs[test] @ weight) ** 2).sum())
        total += float(((rows[test] - middle) ** 2).sum())
    return 1 - left / total


def main() -> None:
    """Print the shares."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sources", nargs="*", default=["demo"])
    parser.add_argument("--codes", type=Path, help="codes of demo:sae, if they were kept")
    asked = parser.parse_args()
    rng = np.random.default_rng(0)
    with threadpool_limits(1):
        lm, corpus = load_lm("demo"), builtin_corpus()
        if "demo" in asked.sources:
            subject = embedding_subject(lm, corpus)
            rows = subject.space.directions.astype(np.float64)
            print("ranks", [f"{a:,} to {b:,}" for a, b in zip(BANDS[1:], BANDS[2:], strict=False)])
            for by in CLUES:
                print(by, np.round(bands(rows, subject.shared, by, np.arange(len(rows))), 3))
            print(
                "all, dealt",
                np.round(bands(rows, subject.shared, "all", rng.permutation(len(rows))), 3),
            )
        if "demo:sae" in asked.sources:
            subject = open_autoencoder("demo:sae", lm, corpus, codes=asked.codes)
            rows = subject.space.directions.astype(np.float64)
            clues = company_clues(subject.shared)
            print("demo:sae by who fires with whom", round(folds(rows, clues, rng=rng), 3))
            print(
                "demo:sae dealt", round(folds(rows, clues[rng.permutation(len(rows))], rng=rng), 3)
            )


if __name__ == "__main__":
    main()
