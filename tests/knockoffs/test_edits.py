import numpy as np
import pytest

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs import GroupEdit, Message, Shared, edited, place
from armillary.knockoffs.edits import HOWS, random_cycle
from armillary.knockoffs.rows import pack_rows, unpack_rows
from armillary.knockoffs.templates import laid_over, random_frame, template

WORDS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def weekdays(noise: float = 0.0) -> tuple[FeatureSpace, np.ndarray, np.ndarray]:
    """A ring of seven words in two spellings, and one lone capital, among 30 other features."""
    rng = np.random.default_rng(3)
    directions = rng.standard_normal((45, 24)).astype(np.float32)
    labels = np.array([f"x{i}" for i in range(45)], dtype=object)
    rows, step = np.arange(0, 30, 2)[rng.permutation(15)], np.append(np.tile(np.arange(7), 2), 3)
    axes = random_frame(2, 24, rng=rng)
    for i, (row, day) in enumerate(zip(rows, step, strict=True)):
        angle = 2 * np.pi * day / 7
        centre = np.full(24, [0.5, -0.5, 0.4][i // 7])
        directions[row] = centre + np.array([np.cos(angle), np.sin(angle)]) @ axes
        labels[row] = ["Ġ" + WORDS[day], WORDS[day], WORDS[day].upper()][i // 7]
    directions[rows] += noise * rng.standard_normal((15, 24)).astype(np.float32)
    space = FeatureSpace(directions, np.arange(45), {"label": labels.astype(str)})
    return space, rows, step


@pytest.mark.parametrize("how", HOWS)
def test_an_edit_leaves_everything_else_where_it_is(how: str):
    space, rows, step = weekdays(0.1)
    before = space.directions.copy()
    after = edited(space, rows, how, rng=np.random.default_rng(0), step=step)
    rest = np.setdiff1d(np.arange(45), rows)
    assert np.array_equal(after[rest], before[rest])
    assert np.array_equal(space.directions, before)
    assert not np.allclose(after[rows], before[rows], atol=1e-3)


def test_scrambling_moves_every_word_and_both_spellings_alike():
    space, rows, step = weekdays()
    after = edited(space, rows, "scrambled", rng=np.random.default_rng(1), step=step)
    spaced, bare = rows[:7], rows[7:14]
    went = [int(np.abs(space.directions[spaced] - after[r]).sum(axis=1).argmin()) for r in spaced]
    other = [int(np.abs(space.directions[bare] - after[r]).sum(axis=1).argmin()) for r in bare]
    assert sorted(went) == list(range(7))
    assert not any(i == to for i, to in enumerate(went))
    # the lone capital joins the bare spelling, in which a word then stands twice
    assert len(set(other)) >= 6


def test_a_perfect_ring_in_order_is_left_as_it_is_and_a_simplex_keeps_only_its_size():
    space, rows, step = weekdays()
    rows, step = rows[:7], step[:7]
    ring = edited(space, rows, "ring", rng=np.random.default_rng(0), step=step)
    assert np.allclose(ring, space.directions, atol=1e-5)
    after = edited(space, rows, "simplex", rng=np.random.default_rng(0), step=step)[rows]
    true = space.directions[rows]
    assert np.allclose(after.mean(axis=0), true.mean(axis=0), atol=1e-5)
    radii = np.linalg.norm(after - after.mean(axis=0), axis=1)
    assert np.allclose(radii, np.linalg.norm(true - true.mean(axis=0), axis=1).mean(), atol=1e-4)
    gram = (after - after.mean(axis=0)) @ (after - after.mean(axis=0)).T
    assert np.allclose(gram[~np.eye(7, dtype=bool)], -(radii[0] ** 2) / 6, atol=1e-4)


def test_the_mean_edit_leaves_no_difference_within_a_spelling():
    space, rows, step = weekdays(0.2)
    after = edited(space, rows, "mean", rng=np.random.default_rng(0), step=step)
    assert np.allclose(after[rows[:7]], space.directions[rows[:7]].mean(axis=0), atol=1e-6)
    assert not np.allclose(after[rows[0]], after[rows[7]], atol=0.1)


@pytest.mark.parametrize("how", HOWS)
def test_the_message_builds_what_the_function_builds(how: str):
    space, rows, step = weekdays(0.1)
    order = np.argsort(rows)
    rows, step = rows[order], step[order]
    theory = GroupEdit("weekdays", tuple(rows.tolist()), tuple(step.tolist()), how)
    shared = Shared(space.feature_id, space.d_model, space.columns)
    message = theory.fit(space, shared, rng=np.random.default_rng(5))
    placed = place(message.to_bytes(), shared, rng=np.random.default_rng(9))
    direct = edited(space, rows, how, rng=np.random.default_rng(9), step=step)
    assert np.allclose(placed.directions, direct, atol=1e-5)
    assert how in theory.label


def test_a_statement_of_the_mean_costs_less_than_the_members():
    space, rows, step = weekdays()
    shared = Shared(space.feature_id, space.d_model, space.columns)
    rng = np.random.default_rng(0)

    def said(how: str) -> Message:
        group = tuple(rows.tolist()), tuple(step.tolist())
        return GroupEdit("weekdays", *group, how).fit(space, shared, rng=rng)

    # fifteen vectors of 24 numbers against one a spelling (two)
    assert said("scrambled").bits - said("mean").bits == 32 * 24 * (15 - 2)


@pytest.mark.parametrize("n", [2, 3, 7, 12])
def test_a_random_cycle_passes_through_everything(n: int):
    cycle = random_cycle(n, rng=np.random.default_rng(n))
    at, seen = 0, set[int]()
    for _ in range(n):
        at = int(cycle[at])
        seen.add(at)
    assert seen == set(range(n))


@pytest.mark.parametrize(
    "rows", [[0], [0, 1, 2], [5, 130, 70_000, 2_000_000], list(range(0, 9000, 3))]
)
def test_rows_come_back_and_close_ones_cost_about_a_byte(rows: list[int]):
    data = pack_rows(np.array(rows))
    assert unpack_rows(data).tolist() == rows
    assert len(data) <= 1 + 4 * len(rows)


@pytest.mark.parametrize("shape", ["ring", "segment", "simplex", "cross_polytope"])
def test_a_template_has_mean_zero_and_size_one_and_is_found_again(shape: str):
    coordinates = template(shape, np.arange(8), period=8)
    assert np.allclose(coordinates.mean(axis=0), 0, atol=1e-12)
    assert (coordinates**2).sum(axis=1).mean() == pytest.approx(1)
    rng = np.random.default_rng(0)
    axes = random_frame(coordinates.shape[1], 12, rng=rng)
    points = 3 + 2 * coordinates @ axes
    centre, found, size = laid_over(coordinates, points)
    assert np.allclose(centre + size * coordinates @ found, points)
    assert size == pytest.approx(2)


def test_half_a_ring_is_laid_over_with_its_centre_outside():
    position = np.arange(5)
    coordinates = template("ring", position, period=12)
    points = 1 + coordinates @ random_frame(2, 9, rng=np.random.default_rng(0))
    centre, axes, size = laid_over(coordinates, points)
    assert np.allclose(centre, 1)
    assert np.allclose(centre + size * coordinates @ axes, points)


def test_what_cannot_be_is_refused():
    space, rows, _ = weekdays()
    rng = np.random.default_rng(0)
    with pytest.raises(BadInput, match="no edit is called 'bent'"):
        edited(space, rows, "bent", rng=rng)
    with pytest.raises(BadInput, match="no edit is called 'bent'"):
        GroupEdit("days", (1, 2), (0, 1), "bent")
    with pytest.raises(BadInput, match="2 rows with 1 steps"):
        GroupEdit("days", (1, 2), (0,))
    with pytest.raises(BadInput, match="no template is called 'knot'"):
        template("knot", np.arange(3), period=3)
    with pytest.raises(BadInput, match="does not lie in a shape of 3"):
        template("ring", np.arange(4), period=3)


@pytest.mark.refusal
def test_steps_of_other_rows_are_refused():
    space, rows, step = weekdays()
    with pytest.raises(BadInput, match="3 steps for 15 rows"):
        edited(space, rows, "mean", rng=np.random.default_rng(0), step=step[:3])
