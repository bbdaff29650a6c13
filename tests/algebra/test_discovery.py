import numpy as np
import pytest
from planted_words import world_words

from armillary.affinity import spectrum_matched
from armillary.algebra import parallel_bundles
from armillary.inference import size
from armillary.studies.analogy_found import neighbour_pairs
from armillary.worlds.structureless import spectrum_space


def found_in(unit, *, neighbours: int, pool: int, rng, most_seeds: int = 512, level: float = 0.05):
    pairs = neighbour_pairs(unit, neighbours=neighbours, rng=rng)

    def draw_null(rng):
        drawn = spectrum_matched(unit, rng=rng)
        return drawn, neighbour_pairs(drawn, neighbours=neighbours, rng=rng)

    return parallel_bundles(
        unit, pairs, draw_null=draw_null, pool=pool, most_seeds=most_seeds, level=level, rng=rng
    )


@pytest.mark.parametrize("seed", [0, 1])
def test_every_planted_relation_is_a_bundle_of_all_its_words(seed):
    """Of the five nearest words two are one relation away: 12 pairs a relation, no more."""
    words = world_words(seed=seed)
    found = found_in(words.unit, neighbours=5, pool=1000, rng=np.random.default_rng(seed))
    largest = found.bundles[:2]
    assert [len(one.pairs) for one in largest] == [12, 12]
    assert max((len(one.pairs) for one in found.bundles[2:]), default=0) <= 6
    bits = [bits_between(words, one.pairs) for one in largest]
    assert sorted(bits, key=min) == [{1}, {2}]
    for one in largest:
        assert one.cosine.min() > 0.999
        assert one.q <= 0.05
    assert max(found.by_chance.values()) <= 0.5 * len(found.bundles)


def bits_between(words, pairs) -> set[int]:
    """Return the relations in which pairs of words of one base differ; -1 across bases."""
    split = [words.labels[k].split("x") for k in pairs.ravel()]
    return {
        int(a[1]) ^ int(b[1]) if a[0] == b[0] else -1
        for a, b in zip(split[::2], split[1::2], strict=True)
    }


def test_relations_drawn_anew_for_every_base_make_no_bundle():
    words = world_words(control="redrawn")
    found = found_in(words.unit, neighbours=5, pool=1000, rng=np.random.default_rng(0))
    assert found.bundles == []


def test_the_full_world_gives_its_four_relations():
    """Each relation holds 1,000 pairs; of two relations at once 500 have one sign and 500 two."""
    words = world_words("full")
    rng = np.random.default_rng(0)
    found = found_in(words.unit, neighbours=6, pool=1000, rng=rng, most_seeds=256)
    assert [len(one.pairs) for one in found.bundles[:4]] == [1000] * 4
    assert sorted((bits_between(words, one.pairs) for one in found.bundles[:4]), key=min) == [
        {1}, {2}, {4}, {8}
    ]  # fmt: skip
    assert max((len(one.pairs) for one in found.bundles[4:]), default=0) <= 500


def test_a_null_that_holds_the_same_relations_gives_as_many_bundles():
    words = world_words(seed=0)
    pairs = neighbour_pairs(words.unit, neighbours=5, rng=np.random.default_rng(0))
    found = parallel_bundles(
        words.unit, pairs, draw_null=lambda _: (words.unit, pairs), pool=300, level=1.0,
        most_seeds=len(pairs), rng=np.random.default_rng(0),
    )  # fmt: skip
    assert found.bundles
    assert found.by_chance["spectrum of points"] == len(found.bundles)
    assert found.by_chance["spectrum of offsets"] < 1


def test_structureless_rows_give_no_bundle_even_from_every_seed():
    rng = np.random.default_rng(3)
    unit = spectrum_space(150, 10, rng=rng).directions
    found = found_in(unit, neighbours=4, pool=2000, rng=rng, level=1.0)
    assert found.bundles == []
    assert max(found.by_chance.values()) < 1


def test_copies_of_one_pair_are_no_parallels():
    """Two tight clumps: every pair across them is parallel, and all are the same pair again."""
    rng = np.random.default_rng(1)
    clump = 1e-3 * rng.standard_normal((2, 20, 16))
    points = np.vstack([clump[0], clump[1] + np.eye(16)[0], rng.standard_normal((60, 16))])
    pairs = np.stack([np.arange(20), np.arange(20, 40)], axis=1)
    pairs = np.vstack([pairs, np.stack([np.arange(40, 99), np.arange(41, 100)], axis=1)])

    def draw_null(rng):
        return rng.standard_normal(points.shape), pairs

    found = parallel_bundles(points, pairs, draw_null=draw_null, pool=500, rng=rng)
    assert found.bundles == []


def test_few_pairs_hold_no_bundle():
    points = np.eye(4)
    found = parallel_bundles(
        points, np.array([[0, 1], [2, 3]]), draw_null=lambda _: (points, np.zeros((0, 2), int)),
        rng=np.random.default_rng(0),
    )  # fmt: skip
    assert found.bundles == []
    assert found.q.size == 0


@pytest.mark.slow
def test_structureless_rows_give_a_bundle_no_more_often_than_the_level():
    """Under the null any discovery is false: the rate of any is the false discovery rate."""

    def test(unit, rng):
        found = found_in(unit, neighbours=2, pool=400, rng=rng)
        return float(found.q.min())

    measured = size(
        test,
        lambda rng: spectrum_space(50, 12, rng=rng).directions,
        n_draws=120,
        rng=np.random.default_rng(0),
    )
    assert measured.keeps_level
