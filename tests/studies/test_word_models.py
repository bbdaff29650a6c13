"""Models of a list's distances belong to its words, whatever the list is called."""

import numpy as np
import pytest

from armillary.lexicon import Hypothesis, load_lexicon
from armillary.rsa.rdm import as_vector, halving_paths, tree_rdm
from armillary.studies.word_models import word_models

BUILT_IN = {one.name: one for one in load_lexicon()}


@pytest.mark.parametrize(
    "name", ["weekdays", "weekday abbreviations", "months", "month abbreviations"]
)
def test_clusters_and_tree_belong_to_the_words_wherever_a_list_begins(name):
    words = BUILT_IN[name].words
    given = word_models(BUILT_IN[name])
    turned = word_models(
        Hypothesis("mine", "cyclic", (words[-1].upper(), *(f" {word}" for word in words[:-1])))
    )
    n = len(words)
    back = np.r_[np.arange(1, n), 0]
    i, j = np.triu_indices(n, 1)
    for key in ("clusters", "tree"):
        square = np.zeros((n, n))
        square[i, j] = square[j, i] = turned[key]
        np.testing.assert_array_equal(as_vector(square[back][:, back]), given[key])
        assert np.ptp(given[key]) > 0
    assert not np.array_equal(given["clusters"], tree_rdm([p[:1] for p in halving_paths(n)]))


@pytest.mark.parametrize(
    "words",
    [
        ("Mars", "Venus", "Earth", "Saturn", "Jupiter"),
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),  # all of them work
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Someday"),
    ],
)
def test_a_list_of_that_name_with_other_words_is_halved(words):
    made = word_models(Hypothesis("weekdays", "cyclic", words))
    np.testing.assert_array_equal(made["tree"], tree_rdm(halving_paths(len(words))))
