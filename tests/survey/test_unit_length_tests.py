"""The second look at level a: it keeps rings and drops what unit length alone explains."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from armillary.inference import NullTest
from armillary.survey.omnibus import NullTables, placement_tests
from armillary.survey.parallel import Runner
from armillary.survey.progress import Silent
from armillary.survey.settings import Settings
from armillary.survey.unit_length import NAME, unit_length_tests
from armillary.survey.verdicts import observe_chunk, observed_path, write_rows
from armillary.survey.workspace import written

N = 14
RINGS, LOOSE = 6, 30


def ring(rng: np.random.Generator) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, N, endpoint=False)
    rows = rng.standard_normal((N, 128)) * 0.02
    rows[:, 0] += 1.0
    rows[:, 1:3] += np.column_stack([np.cos(angle), np.sin(angle)]) * 0.5
    return rows


class Counting(Runner):
    """Counts its tasks."""

    asked = 0

    def run(self, call, arguments, progress):
        tasks = list(arguments)
        self.asked += len(tasks)
        super().run(call, tasks, progress)


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """Level a on rings and on groups of random directions, up to the second look; how to ask it."""
    folder: Path = tmp_path_factory.mktemp("unit")
    rng = np.random.default_rng(3)
    groups = [ring(rng) for _ in range(RINGS)]
    groups += [rng.standard_normal((N, 128)) for _ in range(LOOSE)]
    n_groups = len(groups)
    members = tuple(np.arange(N) + N * i for i in range(n_groups))
    write_rows(folder, np.vstack(groups), members)
    observe_chunk(0, n_groups, folder=str(folder), seed=0)
    held = written(observed_path(0, n_groups, folder=folder))
    tables = NullTables(folder / "tables", seed=0, runner=Runner(1))
    size = np.full(n_groups, N)
    tests, p = placement_tests(
        size,
        [held[str(g)] for g in range(n_groups)],
        tables,
        level=0.05,
        first=1000,
        most=1000,
    )

    def second_look(runner: Runner, kept_in: Path | None = None, level: float = 0.05):
        return unit_length_tests(
            tests,
            p,
            {N: tables.scale(N)},
            size=size,
            weight=np.ones(n_groups),
            level=level,
            settings=Settings(),
            folder=folder,
            kept_in=kept_in,
            runner=runner,
            progress=Silent(),
        )

    return p, second_look


@pytest.fixture(scope="module")
def both(asked):
    """Both stages of level a."""
    p, second_look = asked
    return p, second_look(Runner(1))


def test_what_was_drawn_before_is_not_drawn_again(asked, tmp_path, monkeypatch):
    monkeypatch.setattr(import_module("armillary.survey.unit_length"), "WORTH_KEEPING", 1)
    _, second_look = asked
    first, again = Counting(1), Counting(1)
    one, other = second_look(first, tmp_path), second_look(again, tmp_path)
    assert first.asked > 0
    assert again.asked == 0
    assert np.array_equal(one[1], other[1])


def test_what_another_run_drew_changes_no_test(asked, tmp_path, monkeypatch):
    """A run at a looser level keeps draws of groups that a stricter one never asks about."""
    monkeypatch.setattr(import_module("armillary.survey.unit_length"), "WORTH_KEEPING", 1)
    _, second_look = asked
    fresh = second_look(Runner(1), level=0.001)
    second_look(Runner(1), tmp_path, level=0.5)
    cached = second_look(Runner(1), tmp_path, level=0.001)
    for one, other in zip(fresh[0], cached[0], strict=True):
        assert one.name == other.name
        assert np.array_equal(one.null, other.null)


def test_the_pooled_null_alone_calls_random_directions_structured(both):
    p, _ = both
    assert (p[RINGS:] <= 0.05).mean() > 0.5


def test_against_unit_rows_they_are_called_no_more_often_than_by_chance(both):
    _, (_, p) = both
    error = np.sqrt(0.05 * 0.95 / LOOSE)
    assert (p[RINGS:] <= 0.05).mean() <= 0.05 + 3 * error


def test_rings_pass_both(both):
    _, (tests, p) = both
    assert (p[:RINGS] <= 0.01).all()
    assert all(test.pvalue <= 0.01 for test in tests[:RINGS])


def test_what_the_screen_holds_back_keeps_its_test_and_what_passes_gets_the_other(both):
    p, (tests, after) = both
    drawn = np.array([test.name == NAME for test in tests])
    assert np.array_equal(after[~drawn], p[~drawn])
    assert drawn[:RINGS].all()
    assert drawn[RINGS:].any()


def test_a_space_without_groups_has_no_tests(tmp_path):
    nothing: list[NullTest] = []
    tests, p = unit_length_tests(
        nothing,
        np.empty(0),
        {},
        size=np.empty(0, dtype=np.int64),
        weight=np.empty(0),
        level=0.05,
        settings=Settings(),
        folder=tmp_path,
        runner=Runner(1),
        progress=Silent(),
    )
    assert tests == []
    assert p.size == 0
