import numpy as np
import pytest

from armillary.core import Finding, ShapeFit
from armillary.inference import NullTest
from armillary.shape.verdict import Verdict
from armillary.survey.claims import make_findings, ranked, without_nested

NULL = NullTest(3.0, np.arange(99.0) / 99, "placement")
ROUND = {"roughness": 0.1, "unevenness": 0.2, "coverage_p": 0.9}
BETTER = "against its rivals"


def claim(
    shape: str, rows: range, *, nats: float = 10.0, grade: str = "structured", margin: float = 1.0
) -> Finding:
    return Finding(
        group_id=0,
        rows=np.array(rows),
        fit=ShapeFit(shape, nats, parameters=ROUND),
        runner_up=ShapeFit("none", 0.0),
        placement=NULL,
        q=0.01,
        q_by=0.02,
        rival=None,
        percentile=0.5,
        effect=1.0,
        margin=margin,
        stability=1.0,
        weakest_null="placement",
        grade=grade,
    )


def kept(*findings: Finding) -> list[tuple[str, int]]:
    return [(f.fit.shape, f.rows.size) for f in without_nested(findings)]


@pytest.mark.parametrize("whole", ["segment", "disk", "grid", "sphere", "arc"])
def test_a_whole_accounts_for_the_clusters_cut_out_of_it(whole):
    piece = claim("k_clusters", range(20), nats=99.0, grade=BETTER)
    assert kept(claim(whole, range(40), grade=BETTER), piece) == [(whole, 40)]


def test_a_whole_that_fails_its_rivals_accounts_for_nothing():
    piece = claim("k_clusters", range(20), nats=99.0)
    assert kept(claim("disk", range(40)), piece) == [("k_clusters", 20)]


def test_a_ring_found_beside_another_shape_accounts_for_nothing():
    beside = claim("arc", range(40), grade=BETTER, margin=-1.0)
    assert ("tree", 20) in kept(beside, claim("tree", range(20), grade=BETTER))


@pytest.mark.parametrize("whole", ["tree", "k_clusters", "disk", "grid", "arc", "circle"])
def test_a_ring_inside_another_shape_stays(whole):
    held = kept(claim(whole, range(60), grade=BETTER), claim("circle", range(14), grade=BETTER))
    assert ("circle", 14) in held
    assert len(held) == 2


@pytest.mark.parametrize("whole", ["sphere", "torus", "helix"])
def test_rolled_up_shapes_account_for_the_rings_in_them(whole):
    ring = claim("circle", range(14), grade=BETTER)
    assert kept(claim(whole, range(60), grade=BETTER), ring) == [(whole, 60)]


def test_a_tree_accounts_for_its_branches_but_not_for_a_grid_in_it():
    tree = claim("tree", range(60), nats=50.0, grade=BETTER)
    branch = claim("tree", range(30), nats=99.0, grade=BETTER)
    grid = claim("grid", range(40, 56), nats=60.0, grade=f"{BETTER}, and rare here")
    assert kept(tree, branch) == [("tree", 60)]
    assert ("grid", 16) in kept(tree, branch, grid)


def test_what_is_folded_is_counted_once():
    whole = claim("disk", range(40), grade=BETTER)
    pieces = [claim("k_clusters", range(start, start + 9)) for start in (0, 10, 20)]
    (held,) = without_nested([*pieces, whole])
    assert held.note == "3 overlapping findings folded into this one"


def test_overlapping_findings_of_like_size_leave_the_strongest():
    one = claim("tree", range(20), nats=10.0)
    other = claim("k_clusters", range(4, 24), nats=20.0)
    assert kept(one, other) == [("k_clusters", 20)]


def test_ranks_count_within_a_shape_and_grades_come_first():
    strong = claim("tree", range(20), nats=99.0)
    sure = claim("tree", range(30, 50), nats=9.0, grade=BETTER)
    assert [(f.rows.size, f.rank, f.grade) for f in ranked([strong, sure])] == [
        (20, 1, BETTER),
        (20, 2, "structured"),
    ]


@pytest.mark.parametrize(("pvalue", "made"), [(0.01, 1), (0.5, 0)])
def test_a_claim_that_heavy_tails_carry_as_well_is_not_made(pvalue, made):
    draws = np.where(np.arange(99) < round(100 * pvalue) - 1, 20.0, 0.0)
    rival = NullTest(10.0, draws, "heavy tails")
    verdict = Verdict(ShapeFit("k_clusters", 10.0), ShapeFit("none", 0.0), rival, 1.0, {})
    findings = make_findings(
        {0: [verdict]},
        {0: np.arange(20)},
        placement=[NULL],
        q=np.array([[0.01], [1.0]]),
        q_by=np.array([[0.02], [1.0]]),
        tightness=np.array([0.5]),
        level=0.05,
    )
    assert rival.pvalue == pytest.approx(pvalue)
    assert len(findings) == made
