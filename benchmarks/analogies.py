"""Analogies on equal terms: the same pairs among the same words, embedded and rebuilt.

    python benchmarks/analogies.py [--offline]

The words that the built-in autoencoder rebuilds (10 tokens or more) and that are whole tokens are
asked of the token embeddings, of the rebuilt words, and of the same codes on random rows: one list
of candidates for all three. Beside it a loop as one would write it with a library of word vectors
(one product over all candidates a question) is timed on the questions of one family.
"""

import argparse
import time

import numpy as np
from threadpoolctl import threadpool_limits

from armillary.algebra.retrieval import accuracy_test, analogy_answers, answered
from armillary.lexicon.analogies import folded, load_families
from armillary.studies.analogy_tests import Relation, relations_of
from armillary.studies.analogy_words import Words, words_of
from armillary.survey.progress import Silent


def on_common_words(*, offline: bool) -> list[Words]:
    """Return the readings with one row a word, the same words in the same order."""
    held: list[Words] = []
    for source in ("demo", "demo:sae"):
        rng = np.random.default_rng(0)
        held += words_of(source, offline=offline, cache=None, progress=Silent(), rng=rng)[0]
    embedded, _, rebuilt, random = held
    place = {label: k for k, label in enumerate(embedded.labels)}
    common = [k for k, text in enumerate(rebuilt.labels) if f" {text}" in place]
    names = [rebuilt.labels[k] for k in common]
    rows = [place[f" {text}"] for text in names]
    return [
        Words.of("embedding", names, embedded.unit[rows]),
        Words.of(rebuilt.name, names, rebuilt.unit[common]),
        Words.of(random.name, names, random.unit[common]),
    ]


def accuracy(words: Words, one: Relation) -> float:
    """Return the share of questions answered."""
    n = one.left.size
    return float(answered(words.unit, words.word, left=one.left, right=one.right).sum()) / (
        n * (n - 1)
    )


def by_a_loop(words: Words, one: Relation) -> float:
    """Answer each question by a product with all candidates, as libraries of word vectors do."""
    right = asked = 0
    for i in range(one.left.size):
        for j in (j for j in range(one.left.size) if j != i):
            a, b, c = words.unit[[one.left[i], one.right[i], one.left[j]]]
            value = words.unit @ (c + b - a)
            shown = words.word[[one.left[i], one.right[i], one.left[j]]]
            value[np.isin(words.word, shown)] = -np.inf
            right += words.word[value.argmax()] == words.word[one.right[j]]
            asked += 1
    return right / asked


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--offline", action="store_true")
    offline = parser.parse_args().offline
    with threadpool_limits(1):
        held = on_common_words(offline=offline)
        families = load_families()
        print(
            f"{len(held[0].labels):,} words, {len({folded(x) for x in held[0].labels}):,} apart\n"
        )
        print(f"| relation | pairs | {' | '.join(words.name for words in held)} |")
        print("|---|" + "---|" * (1 + len(held)))
        total: list[list[float]] = []
        for one in relations_of(held[0], families)[0]:
            total.append([accuracy(words, one) for words in held])
            cells = " | ".join(f"{value:.2f}" for value in total[-1])
            print(f"| {one.name} | {one.left.size} | {cells} |")
        print(f"| mean | | {' | '.join(f'{value:.2f}' for value in np.mean(total, axis=0))} |\n")
        words = words_of("demo", offline=offline, cache=None, progress=Silent(),
                         rng=np.random.default_rng(0))[0][0]  # fmt: skip
        one = next(r for r in relations_of(words, families)[0] if r.name == "countries: capital")
        start = time.process_time()
        looped = by_a_loop(words, one)
        middle = time.process_time()
        made = analogy_answers(words.unit, words.word, left=one.left, right=one.right)
        answers = time.process_time()
        found = accuracy_test(made.open, rng=np.random.default_rng(0))
        end = time.process_time()
        print(
            f"{one.name}, {one.left.size} pairs among {len(words.labels):,}: loop {looped:.4f} in "
            f"{middle - start:.1f} CPU s; the answers of every pairing in {answers - middle:.1f} "
            f"CPU s, accuracy {found.value:.4f} and {found.test.test.null.size:,} pairings in "
            f"{end - answers:.1f} CPU s"
        )


if __name__ == "__main__":
    main()
