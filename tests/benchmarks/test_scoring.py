import numpy as np
import pytest
from scoring import Claim, is_right, recall_at_fdp, score_claims, structure_records

from armillary.worlds import Planted, PlantedTruth

RING = Planted("circle", np.arange(0, 20), 0.5, 20)
TREE = Planted("tree", np.arange(20, 30), 0.5, 10)
CLOUD = Planted("gaussian", np.arange(30, 45), 0.5, 15)
TRUTH = PlantedTruth((RING, TREE), (CLOUD,))


def claim(low, high, shape="circle", score=1.0):
    return Claim(np.arange(low, high), shape, score)


def test_perfect_claims_find_everything_and_nothing_false():
    scored = score_claims([claim(0, 20), claim(20, 30, "tree")], TRUTH)
    assert scored.match.tolist() == [0, 1]
    assert scored.jaccard.tolist() == [1.0, 1.0]
    assert scored.fdp == scored.strict_fdp == 0.0


def test_the_better_of_two_claims_matches_and_the_other_is_only_strictly_false():
    scored = score_claims([claim(0, 12), claim(0, 19)], TRUTH)
    assert scored.match.tolist() == [1, -1]
    assert scored.fdp == 0.0
    assert scored.strict_fdp == 0.5


def test_between_equal_overlaps_the_stronger_claim_matches():
    scored = score_claims([claim(0, 15, score=1.0), claim(5, 20, score=2.0)], TRUTH)
    assert scored.match[0] == 1


def test_a_piece_of_a_structure_is_no_discovery_but_not_false():
    scored = score_claims([claim(0, 5)], TRUTH)
    assert scored.match.tolist() == [-1, -1]
    assert scored.false.tolist() == [False]
    assert scored.strictly_false.tolist() == [True]


def test_claims_on_background_and_on_decoys_are_false():
    scored = score_claims([claim(60, 80), claim(30, 45), claim(0, 20)], TRUTH)
    assert scored.false.tolist() == [True, True, False]
    assert scored.on_decoy.tolist() == [False, True, False]
    assert scored.fdp == pytest.approx(2 / 3)


def test_a_claim_mostly_outside_is_false():
    scored = score_claims([claim(25, 70)], TRUTH)  # 5 rows of the tree among 45
    assert scored.false.tolist() == [True]


def test_no_claims_means_no_false_discoveries():
    scored = score_claims([], TRUTH)
    assert scored.fdp == 0.0
    assert scored.match.tolist() == [-1, -1]


@pytest.mark.parametrize(
    ("planted", "claimed", "strict", "lenient"),
    [
        ("circle", "circle", True, True),
        ("circle", "ellipse", False, True),
        ("circle", "arc", False, False),
        ("arc", "horseshoe", True, True),
        ("product", "circle", False, True),
        ("product", "product:circle", True, True),
        ("circle", "product", False, False),
        ("segment", "arc", False, True),
        ("arc", "segment", False, False),
        ("hypersphere", "sphere", True, True),
        ("cross_polytope", "cross-polytope", True, True),
        ("k_clusters", "simplex", False, False),
    ],
)
def test_names_are_right_strictly_or_with_synonyms(planted, claimed, strict, lenient):
    assert is_right(planted, claimed, synonyms=False) is strict
    assert is_right(planted, claimed, synonyms=True) is lenient


def test_records_say_what_was_found_and_how_it_was_called():
    claims = [claim(0, 20, "ellipse")]
    first, second = structure_records(claims, TRUTH, score_claims(claims, TRUTH), seed=4)
    assert first["found"]
    assert first["claimed"] == "ellipse"
    assert first["right"]
    assert not first["right_strict"]
    assert not second["found"]
    assert second["claimed"] == ""


def test_recall_at_fdp_picks_the_best_threshold():
    claims = [claim(0, 20, score=3), claim(60, 80, score=2), claim(20, 30, score=1)]
    assert recall_at_fdp([(claims, TRUTH)], 0.05) == (0.5, 0.0, 1)
    assert recall_at_fdp([(claims, TRUTH)], 0.4) == (1.0, pytest.approx(1 / 3), 3)
    assert recall_at_fdp([(claims, TRUTH)], 0.05, least=15) == (1.0, 0.0, 1)


def test_claims_with_one_score_stand_or_fall_together():
    claims = [claim(0, 20), claim(60, 80), claim(20, 30)]
    assert recall_at_fdp([(claims, TRUTH)], 0.05) == (0.0, 0.0, 0)


def test_worlds_are_pooled_under_one_threshold():
    good = ([claim(0, 20, score=2)], TRUTH)
    bad = ([claim(60, 80, score=3)], TRUTH)
    assert recall_at_fdp([good, bad], 0.5)[0] == pytest.approx(1 / 4)
    assert recall_at_fdp([good, bad], 0.1)[0] == 0.0
