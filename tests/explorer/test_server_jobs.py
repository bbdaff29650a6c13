"""A selection: its vectors, the battery, and what may be said of a group chosen by eye."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from live_server import living, written
from synthetic_survey import atlas

from armillary.atlas import Atlas
from armillary.core import FeatureSpace, Group
from armillary.core.errors import BadInput
from armillary.explorer.jobs import Jobs, TooMany
from armillary.explorer.placement import chosen_placement_test
from armillary.explorer.schema import Panel
from armillary.explorer.selection import Chosen
from armillary.explorer.vectors import Vectors
from armillary.explorer.wire import decode
from armillary.inference import NullTest
from armillary.load import load_space
from armillary.shape import cloud_scores

N, D = 400, 32
RING = list(range(12))
RANDOM = list(range(100, 112))
LINE = list(range(20, 60))


def vectors() -> np.ndarray:
    """Twelve on a circle and forty in a row, all about a direction of their own; else noise."""
    rng = np.random.default_rng(5)
    rows = rng.standard_normal((N, D))
    angle = 2 * np.pi * np.arange(12) / 12
    for at, flat in (
        (0, np.c_[np.cos(angle), np.sin(angle)]),
        (20, np.linspace(-2, 2, 40)[:, None]),
    ):
        frame = np.linalg.qr(rng.standard_normal((D, flat.shape[1] + 1)))[0]
        here = 4 * frame[:, 0] + flat @ frame[:, 1:].T
        rows[at : at + len(flat)] = here + 0.03 * rng.standard_normal((len(flat), D))
    return rows.astype(np.float32)


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("vectors") / "vectors.npy"
    np.save(path, vectors())
    return path


@pytest.fixture(scope="module")
def record(file) -> Atlas:
    space = load_space(file, orientation="rows")
    label = np.array([f" f{i}" for i in range(N)], dtype=object)
    named = FeatureSpace(space.directions, space.feature_id, {"label": label}, space.source)
    return Atlas.from_survey(named, [], [], manifest={"seed": 0})


@pytest.fixture(scope="module")
def live(record, tmp_path_factory):
    with living(written(record, tmp_path_factory.mktemp("jobs") / "atlas")) as found:
        yield found


def test_a_planted_ring_is_a_circle_with_its_order(live):
    job = live.job(RING[::-1])
    row, panel = job["row"], job["panel"]
    assert (job["state"], job["share"], job["error"]) == ("done", 1.0, "")
    assert row["shape"] == "circle"
    assert (row["n"], row["closed"], row["finding"], row["group"]) == (12, True, -1, -1)
    steps = np.diff([*panel["order"], panel["order"][0]]) % 12
    assert set(steps.tolist()) in ({1}, {11})
    assert panel["labels"] == [f"␣f{i}" for i in RING]
    assert panel["ids"].tolist() == RING
    assert len(panel["nulls"]) == 2


def test_it_is_graded_as_one_test_chosen_by_eye(live):
    job = live.job(RING)
    row, said = job["row"], " ".join(job["panel"]["evidence"])
    assert row["q"] is None
    assert row["p"] <= 0.01
    assert (row["level"], row["rank"]) == (0, 0)
    assert row["grade"] == "chosen by eye: p only"
    assert "no q over all groups" in said
    assert "it holds" in said
    assert "own groups" not in said  # rarity is of a survey


def test_features_at_random_are_nothing(live):
    job = live.job(RANDOM)
    row, panel = job["row"], job["panel"]
    assert row["shape"] == "none"
    assert row["grade"] == "chosen by eye: nothing found"
    assert (row["runner_up"], row["margin"]) == ("none", None)  # nothing was claimed to come before
    assert any(line.startswith("Nothing is claimed") for line in panel["evidence"])
    assert len(panel["points"]) == 12 * len(panel["axes"])
    assert panel["nulls"]


def test_a_row_may_rest_on_its_spectrum(live):
    assert live.job(LINE)["row"]["shape"] in ("segment", "arc")


def test_the_same_selection_gets_the_same_answer(live):
    one, two = live.job(RING), live.job(RING)
    assert one["row"]["p"] == two["row"]["p"]
    assert one["panel"]["evidence"] == two["panel"]["evidence"]


@pytest.mark.slow
def test_unit_length_and_the_tangent_plane_are_no_structure():
    rng, p = np.random.default_rng(3), []
    for draw in range(25):
        rows = rng.standard_normal((12, 256))
        test = chosen_placement_test(
            rows, n_null=99, rng=np.random.default_rng(draw), tell=lambda share: None
        )
        p.append(test.pvalue)
    assert np.mean(np.array(p) <= 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 25)
    assert 0.3 < np.mean(p) < 0.7


@pytest.mark.slow
def test_random_features_are_rarely_called_anything(record):
    rng = np.random.default_rng(0)
    held = Vectors(record)
    called = 0
    for draw in range(12):
        features = rng.choice(np.arange(60, N), 10, replace=False).tolist()
        row, _ = Chosen(held, features, seed=draw).judged(lambda stage, share: None)
        called += row.shape != "none"
    assert called <= 3  # at 0.05 each, four of twelve has probability 0.002


def test_coordinates_come_before_the_tests(record):
    told: list[tuple[str, float]] = []
    chosen = Chosen(Vectors(record), RING, seed=0)
    first = chosen.coordinates()
    assert first.nulls == ()
    assert first.evidence == ("Principal coordinates only: the tests are running.",)
    _, panel = chosen.judged(lambda stage, share: told.append((stage, share)))
    assert np.allclose(np.abs(first.points), np.abs(panel.points), atol=1e-5)
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert len({stage for stage, _ in told}) >= 4


def test_a_large_selection_is_judged_on_a_part_and_says_so(record, monkeypatch):
    monkeypatch.setattr("armillary.explorer.selection.MOST_JUDGED", 30)
    chosen = Chosen(Vectors(record), list(range(60, 120)), seed=0)
    row, panel = chosen.judged(lambda stage, share: None)
    assert row.n == 30
    assert any("Judged on 30 of 60" in line for line in panel.evidence)


@pytest.mark.parametrize(
    ("features", "why"),
    [
        ([0, 1, 2, 3], "has 4 features: from 5 to 5,000"),
        ([7] * 50, "has 1 features"),
        (list(range(5001)), "has 5,001 features"),
        ([0, 1, 2, 3, 9999], "1 of these ids are no features of this atlas, the first is 9999"),
        ([0, 1, 2, 3, -1], "no features of this atlas"),
        ([0, 1, 2, 3, 10**40], "no features of this atlas"),
        ([0, 1, 2, 3, 4.0], "a list of whole numbers"),
        ([0, 1, 2, 3, True], "a list of whole numbers"),
        (["0", "1", "2", "3", "4"], "a list of whole numbers"),
        ({"0": 1}, "a list of whole numbers"),
        (None, "a list of whole numbers"),
    ],
)
def test_a_selection_of_another_form_is_refused(live, features, why):
    status, text = live.refused(live.ask("POST", "/api/select", {"features": features}))
    assert status == 400
    assert why in text


def test_vectors_that_are_gone_are_asked_for(record, file, tmp_path):
    moved = tmp_path / "moved.npy"
    np.save(tmp_path / "gone.npy", vectors())
    space = load_space(tmp_path / "gone.npy", orientation="rows")
    (tmp_path / "gone.npy").rename(moved)
    gone = written(Atlas.from_survey(space, [], [], manifest={}), tmp_path / "atlas")
    with living(gone) as live:
        job = live.job(RING)
        assert (job["state"], job["row"]) == ("failed", None)
        assert "--vectors" in job["error"]
    with living(gone, vectors=moved) as live:
        assert live.job(RING)["row"]["shape"] == "circle"


def test_vectors_of_another_hash_are_refused(record, tmp_path):
    np.save(tmp_path / "other.npy", vectors() + 1)
    with pytest.raises(BadInput, match="is not what was surveyed: its hash is"):
        Vectors(record, tmp_path / "other.npy").centred()


def test_vectors_without_a_hash_are_known_by_their_groups(tmp_path):
    directions = vectors()
    space = FeatureSpace(directions, np.arange(N), {}, {"uri": "an array"})
    scores = cloud_scores((directions - directions.mean(axis=0))[:12].astype(np.float64))
    share = np.square(scores).mean(axis=0)
    group = Group(0, np.arange(12), "leiden", 0.2, 0.9, scores[:, :6], share / share.sum(),
                  NullTest(0.0, np.arange(9.0), "a null"), 0.5)  # fmt: skip
    made = Atlas.from_survey(space, [group], [], manifest={})
    with pytest.raises(BadInput, match="which it does not keep: .* --vectors"):
        Vectors(made).centred()
    np.save(tmp_path / "own.npy", directions)
    assert Vectors(made, tmp_path / "own.npy").centred().shape == (N, D)
    np.save(tmp_path / "other.npy", directions[::-1])
    with pytest.raises(BadInput, match="groups of the atlas have other spectra"):
        Vectors(made, tmp_path / "other.npy").centred()
    np.save(tmp_path / "fewer.npy", directions[:300])
    with pytest.raises(BadInput, match="it lacks 100 of the atlas's 400 features"):
        Vectors(made, tmp_path / "fewer.npy").centred()


def test_a_synthetic_source_cannot_be_opened_and_says_so():
    with pytest.raises(BadInput, match=r"synthetic:shapes.* cannot be read .*--vectors"):
        Vectors(atlas(per_shape=1)).centred()


def test_one_runs_eight_wait_and_the_next_is_refused():
    gate, jobs = threading.Event(), Jobs()
    order: list[int] = []

    def work(features, tell, show):
        tell("held", 0.5)
        gate.wait(10)
        order.append(features[0])
        raise BadInput(f"{features[0]} was enough")

    first = jobs.ask(work, [0])
    while jobs.state(first.id).stage != "held":
        time.sleep(0.005)
    waiting = [jobs.ask(work, [i]) for i in range(1, 9)]
    assert {jobs.state(job.id).stage for job in waiting} == {"waiting"}
    with pytest.raises(TooMany):
        jobs.ask(work, [9])
    gate.set()
    end = time.monotonic() + 10
    while jobs.state(waiting[-1].id).state == "running":
        assert time.monotonic() < end
        time.sleep(0.005)
    assert order == list(range(9))
    assert jobs.state(waiting[0].id).error == "1 was enough"
    jobs.stop()


def test_a_fault_in_a_job_ends_that_job_alone(caplog):
    jobs = Jobs()

    def fault(features, tell, show):
        raise ZeroDivisionError

    job = jobs.ask(fault, [0])
    again = jobs.ask(fault, [1])
    end = time.monotonic() + 10
    while jobs.state(again.id).state == "running":
        assert time.monotonic() < end
        time.sleep(0.005)
    assert jobs.state(job.id).state == jobs.state(again.id).state == "failed"
    assert "ZeroDivisionError" in jobs.state(job.id).error
    assert "Traceback" not in jobs.state(job.id).error
    assert jobs.state("0" * 16) is None


def test_a_full_queue_is_429(record, tmp_path, monkeypatch):
    gate = threading.Event()
    monkeypatch.setattr("armillary.explorer.served.Served.judged", lambda *_: gate.wait(10))
    with living(written(record, tmp_path / "atlas")) as live:
        statuses = [
            live.ask("POST", "/api/select", {"features": RING})[0] for _ in range(12)
        ]  # fmt: skip
        assert statuses[:8] == [202] * 8
        assert statuses[-1] == 429
        gate.set()


def test_a_panel_is_shown_while_the_tests_run(record, tmp_path, monkeypatch):
    gate = threading.Event()
    judged = Chosen.judged

    def slow(self, tell):
        gate.wait(10)
        return judged(self, tell)

    monkeypatch.setattr(Chosen, "judged", slow)
    with living(written(record, tmp_path / "atlas")) as live:
        job = decode(live.ask("POST", "/api/select", {"features": RING})[2])
        end = time.monotonic() + 20
        while (state := live.body(f"job/{job['id']}"))["panel"] is None:
            assert time.monotonic() < end
            time.sleep(0.02)
        assert (state["state"], state["row"]) == ("running", None)
        assert len(state["panel"]["points"]) >= 24
        assert set(state["panel"]) == set(Panel.__dataclass_fields__)
        gate.set()
