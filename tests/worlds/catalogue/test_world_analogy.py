import numpy as np
import pytest

from armillary.core import BadInput
from armillary.worlds import Sample, entry, make
from armillary.worlds.catalogue.analogy import vocabulary_sae


def every_word(world) -> Sample:
    sample = world.draw(2000, np.random.default_rng(0))
    word, row = np.unique(sample.inputs, return_index=True)
    return Sample(sample.activations[row], codes=sample.codes[row], inputs=word)


def test_there_are_24_words_and_all_analogies_close():
    world = make("analogy")
    words = every_word(world)
    assert words.n_tokens == 24
    assert world.truth.readout.accuracy(words.activations, words) == 1


def test_one_latent_a_word_is_exact_and_its_codes_complete_no_analogy():
    world = make("analogy")
    words, sae = every_word(world), make("analogy").truth.exact_sae
    assert sae.unexplained(words.activations)["l0"] == 1
    assert world.truth.readout.accuracy(sae.reconstruct(words.activations), words) == 1
    assert world.truth.readout.accuracy(sae.encode(words.activations), words) < 0.15
    assert world.truth.readout.accuracy(words.codes, words) == 1


def test_words_inside_the_hull_of_others_have_no_latent_of_their_own():
    with pytest.raises(BadInput, match="no hyperplane"):
        vocabulary_sae(np.array([[1.0, 0], [-1, 0], [0.1, 0]]), middle=np.zeros(2))


def test_relations_redrawn_for_every_base_make_small_bundles():
    found = entry("analogy")
    seen = found.recover(found.make_control("redrawn"), np.random.default_rng(0))
    assert seen.found["largest bundle"] == 2
    assert seen.found["members wanted"] == 12


def test_a_relation_turned_round_maps_words_to_words():
    world = make("analogy")
    words = every_word(world)
    for act in world.truth.symmetry.elements.values():
        moved = act(words)
        gap = np.linalg.norm(moved[:, None] - words.activations, axis=2)
        assert sorted(gap.argmin(axis=1)) == list(range(24))
        assert gap.min(axis=1).max() < 1e-6
