"""Factor verdicts, the greedy path and receptive fields, against oracles and known codes."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scoring_worlds import (
    absorbing_sae,
    attributes_sae,
    boats,
    circles,
    honest_sae,
    joined,
    mixing_sae,
    ngon_sae,
    signed_sae,
    tree,
)

from armillary.worlds import Factor, Sample, report
from armillary.worlds.scoring.factors import closed, receptive_spread, verdict
from armillary.worlds.scoring.greedy import greedy_path


def affine_r2(codes, target):
    """R2 on the second half of an affine fit on the first, by numpy's own least squares."""
    half = len(codes) // 2
    design = np.column_stack([np.ones(len(codes)), codes])
    weights = np.linalg.lstsq(design[:half], target[:half], rcond=None)[0]
    held = target[half:]
    missed = ((held - design[half:] @ weights) ** 2).sum()
    return 1 - missed / ((held - held.mean(axis=0)) ** 2).sum()


def test_every_prefix_of_the_path_scores_as_least_squares_does(rng):
    codes = np.maximum(rng.standard_normal((400, 9)), 0)
    target = codes @ rng.standard_normal((9, 3)) + rng.standard_normal((400, 3)) + 5
    path = greedy_path(codes, target, most=9)
    for n in range(1, len(path.chosen) + 1):
        expected = affine_r2(codes[:, path.chosen[:n]], target)
        assert path.at(n) == pytest.approx(expected, abs=1e-9)


def test_each_step_is_the_best_single_one_of_all(rng):
    codes = rng.standard_normal((300, 7))
    target = codes[:, :4] @ rng.standard_normal((4, 2)) + 0.5 * rng.standard_normal((300, 2))
    path = greedy_path(codes, target, most=4)
    fit = codes[:150]
    for n in range(1, 4):
        taken = list(path.chosen[:n])

        def error(columns):
            design = np.column_stack([np.ones(150), fit[:, columns]])
            return np.linalg.lstsq(design, target[:150], rcond=None)[1].sum()

        best = min((error([*taken, j]), j) for j in range(7) if j not in taken)[1]
        assert path.chosen[n] == best


def test_two_steps_are_the_best_pair_where_columns_do_not_overlap(rng):
    codes = np.linalg.qr(rng.standard_normal((400, 6)))[0]
    target = codes @ np.diag([5, 1, 4, 0.5, 3, 0.1])[:, :6]
    whole = np.concatenate([codes, codes])
    path = greedy_path(whole - whole.mean(0), np.concatenate([target, target]), most=2)
    pairs = {
        pair: affine_r2(whole[:, pair], np.concatenate([target, target]))
        for pair in combinations(range(6), 2)
    }
    assert tuple(sorted(path.chosen)) == max(pairs, key=pairs.get)


def test_a_copy_is_not_chosen_and_a_constant_target_has_no_path(rng):
    codes = rng.standard_normal((100, 1)) @ np.ones((1, 3))
    path = greedy_path(codes, codes[:, :1] * 2, most=3)
    assert len(path.chosen) == 1
    assert path.at(12) == pytest.approx(1)
    assert greedy_path(codes, np.ones((100, 2)), most=3).r2 == (0.0,)


def test_the_signed_code_spans_and_two_of_its_four_latents_reach_the_known_share():
    made = report(circles(), signed_sae(circles()), n_tokens=4000).factors[0]
    assert made.verdict == "spanned"
    # (cos, sin) regressed on their positive parts, whose variance and covariance are
    variance, covariance = 0.25 - 1 / np.pi**2, 1 / (4 * np.pi) - 1 / np.pi**2
    known = 2 * 0.25**2 * variance / (variance**2 - covariance**2)
    assert made.r2_span == pytest.approx(known, abs=0.02)
    assert made.r2_twice == pytest.approx(1, abs=1e-6)
    assert made.support == 3
    assert made.spread == pytest.approx(made.half_space, rel=0.2)


@pytest.mark.parametrize(("n", "name"), [(8, "tiled"), (12, "tiled"), (48, "shattered")])
def test_corners_tile_a_circle_until_they_are_too_many(n: int, name: str):
    made = report(circles(), ngon_sae(circles(), n), n_tokens=4000).factors[0]
    assert made.verdict == name
    a = 2 * np.pi / n
    # firing starts at a twentieth of the largest code, just inside the arc
    assert made.spread == pytest.approx((1 - np.sin(a) / a), rel=0.25)


def test_a_polygons_code_rebuilds_a_circle_as_badly_as_is_known():
    for n, fvu in ((5, 0.015), (24, 0.125)):
        made = report(circles(), ngon_sae(circles(), n), n_tokens=4000).quality
        assert made.fvu == pytest.approx(fvu, abs=0.003)


def test_a_factor_that_no_latent_reads_is_missed_and_its_neighbour_is_not():
    world = circles(2)
    made = report(world, ngon_sae(world, 8), n_tokens=2000).factors
    assert [score.verdict for score in made] == ["tiled", "missed"]
    both = report(world, joined(ngon_sae(world, 8), ngon_sae(world, 8, 1)), n_tokens=2000).factors
    assert [score.verdict for score in both] == ["tiled", "tiled"]


def test_mixtures_need_as_many_latents_as_the_world_has_dimensions():
    made = report(circles(6, 16), mixing_sae(circles(6, 16)), n_tokens=2000).factors[0]
    assert made.verdict == "diluted"
    assert made.r2_span < 0.9 < made.r2_few
    assert made.spread > 0.9


def test_levels_of_an_attribute_are_spanned_by_one_latent_each():
    made = report(boats(), attributes_sae(boats()), n_tokens=2000).factors[0]
    assert made.verdict == "spanned"
    assert made.r2_span == pytest.approx(1, abs=1e-6)
    assert made.support == 5, "five of six levels leave the sixth as the constant"


def test_a_feature_that_is_on_or_off_is_judged_over_all_rows():
    made = report(tree(), honest_sae(tree()), n_tokens=2000).factors
    assert {score.verdict for score in made} == {"spanned"}
    assert made[0].r2_span == pytest.approx(1, abs=1e-6)
    absorbed = report(tree(), absorbing_sae(tree()), n_tokens=2000).factors
    assert absorbed[0].r2_span < 0.6, "the root is told by four latents now"


def test_a_factor_is_judged_where_it_is_active_alone():
    world = circles()
    always = report(world, signed_sae(world), n_tokens=4000).factors[0]

    def half_off(n: int, rng: np.random.Generator) -> Sample:
        sample = world.draw(n, rng)
        on = rng.random(n) < 0.5
        return Sample(sample.activations * on[:, None], sample.coordinates, {"circle 0": on})

    found = report(replace(world, draw=half_off), signed_sae(world), n_tokens=8000).factors[0]
    assert found.r2_span == pytest.approx(always.r2_span, abs=0.02)
    rare = replace(world, draw=lambda n, rng: replace_active(world.draw(n, rng)))
    assert "40 rows" in report(rare, signed_sae(world), n_tokens=500).reasons["factors"]


def replace_active(sample: Sample) -> Sample:
    on = np.arange(sample.n_tokens) < 10
    return Sample(sample.activations, sample.coordinates, {"circle 0": on})


def test_rules_come_in_the_order_that_the_docstring_says():
    assert verdict(0.4, 0.4, 0.4, best=0.45, local=True) == "missed"
    assert verdict(0.9, 1.0, 1.0, best=1.0, local=True) == "spanned"
    assert verdict(0.8, 0.9, 1.0, best=1.0, local=False) == "spanned"
    assert verdict(0.8, 0.9, 1.0, best=1.0, local=True) == "tiled"
    assert verdict(0.3, 0.5, 0.8, best=0.99, local=True) == "shattered"
    assert verdict(0.3, 0.5, 0.99, best=0.99, local=False) == "diluted"


def test_fields_have_the_known_spread(rng):
    angle = rng.uniform(-np.pi, np.pi, (40_000, 1))
    for half_width in (0.3, 1.0, np.pi / 2):
        inside = np.abs(angle[:, 0]) < half_width
        found = receptive_spread(angle, inside, angles=[True])
        assert found == pytest.approx(1 - np.sin(half_width) / half_width, abs=0.02)
    across = np.abs(angle[:, 0]) > np.pi - 0.3  # the same arc, over the seam
    assert receptive_spread(angle, across, angles=[True]) < 0.05
    assert receptive_spread(angle, across, angles=[False]) == 1
    segment = rng.uniform(-1, 1, (40_000, 1))
    found = receptive_spread(segment, segment[:, 0] > 0, angles=[False])
    assert found == pytest.approx(0.25, abs=0.01)
    assert receptive_spread(segment, np.zeros(40_000, dtype=bool), angles=[False]) is None


def test_a_coordinate_is_an_angle_where_its_ends_meet(rng):
    axes = np.eye(3)

    def cone(c):
        return np.column_stack([c[:, 1] * np.cos(c[:, 0]), c[:, 1] * np.sin(c[:, 0]), c[:, 1]])

    factor = Factor("cone", "cone", axes, cone, ("angle", "height"))
    places = np.column_stack([rng.uniform(0, 2 * np.pi, 900), rng.uniform(0.5, 1, 900)])
    assert closed(factor, places) == [True, False]
    assert closed(factor, places * [0.8, 1]) == [False, False], "an arc is not closed"
