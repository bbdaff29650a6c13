import json

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from steer_toys import TASK, WORDS, ToyModel

from armillary.core import BadInput
from armillary.intervene import builtin_task, chosen_templates, steer, template_scores
from armillary.intervene.edits import ALONE, USUAL, sliding
from armillary.intervene.prompts import Task, encoded, word_ids

STEPS = (-5, -3, -2, -1, 1, 2, 3, 5)


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_where_the_answer_is_read_from_the_circle_a_turn_by_k_moves_it_by_k():
    found = steer(ToyModel(by_circle=5, by_identity=0), TASK, layers=[0], steps=STEPS)
    turn = found.turn("circle", 0)
    assert turn.hits().min() == 1
    assert turn.slopes() == pytest.approx(1)
    assert turn.slopes(soft=True) == pytest.approx(1, abs=1e-5)
    assert found.turn("calendar", 0).hits().min() == 1
    assert found.turn("swap", 0).hits().min() == 1


@pytest.mark.parametrize("edit", ["second", "random", "span", "shove", "identity"])
def test_controls_of_the_same_size_do_not_move_it(edit: str):
    found = steer(ToyModel(by_circle=5, by_identity=0), TASK, layers=[0], steps=STEPS)
    control = found.turn(edit, 0)
    assert abs(control.slopes(soft=True).mean()) < 0.1
    assert control.hits().mean() < 0.1
    like = {"identity": 0.0, "shove": found.turn("swap", 0).size}
    assert control.size == pytest.approx(like.get(edit, found.turn("circle", 0).size), rel=1e-5)


def test_where_the_answer_does_not_see_the_circle_a_turn_moves_nothing():
    """The twin: the same circle is there, the answer is read from the identity."""
    found = steer(ToyModel(by_circle=0, by_identity=5), TASK, layers=[0], steps=STEPS)
    turn = found.turn("circle", 0)
    assert np.all(turn.shift == 0)
    assert turn.slopes(soft=True) == pytest.approx(0, abs=1e-3)
    assert turn.hits().max() == 0
    assert found.turn("swap", 0).hits().min() == 1
    row = next(r for r in found.summary() if r["edit"] == "circle")
    assert row["over_control"].low <= 0.01


def test_a_circle_that_shares_the_answer_with_an_identity_takes_over_when_that_is_removed():
    lm = ToyModel(by_circle=1, by_identity=4)
    found = steer(lm, TASK, layers=[0], steps=STEPS, edits=["circle", *ALONE])
    assert found.turn("circle", 0).slopes(soft=True).mean() < 0.9
    assert found.turn("circle alone", 0).hits().min() == 1
    assert found.turn("second alone", 0).hits().mean() < 0.3


def test_sliding_along_all_harmonics_is_the_swap_and_along_one_the_calendar_ellipse():
    lm = ToyModel(by_circle=1, by_identity=4)
    edits = {"all": sliding(6), "one": sliding(1)}
    found = steer(lm, TASK, layers=[0], steps=STEPS, edits=edits)
    swap = steer(lm, TASK, layers=[0], steps=STEPS, edits=["swap"]).turn("swap", 0)
    assert found.turn("all", 0).probability == pytest.approx(swap.probability, abs=1e-4)
    assert found.turn("one", 0).size < swap.size


def test_other_positions_can_be_turned_and_a_last_position_without_the_words_has_no_plane():
    lm = ToyModel(by_circle=5, by_identity=0)
    found = steer(lm, TASK, layers=[0], steps=(1, 2), where="after", edits=["circle"])
    assert found.turn("circle", 0).where == "after"
    with pytest.raises(BadInput, match="no plane to turn in"):
        steer(lm, TASK, layers=[0], steps=(1,), where="last")


def test_the_same_seed_gives_the_same_draws_and_another_seed_others():
    lm = ToyModel(by_circle=1, by_identity=2)
    one, two, other = (
        steer(lm, TASK, layers=[0], steps=(1, 2), edits=["span"], seed=seed).turns[0]
        for seed in (0, 0, 1)
    )
    assert np.array_equal(one.probability, two.probability)
    assert not np.array_equal(one.probability, other.probability)


def test_templates_are_chosen_by_right_answers_alone():
    scores = template_scores(ToyModel(by_circle=5, by_identity=0), TASK)
    assert [s.right for s in scores] == [12, 12, 12]
    assert len(chosen_templates(scores, most=2)) == 2
    lost = template_scores(ToyModel(by_circle=-5, by_identity=0), TASK)
    assert len(chosen_templates(lost)) == 1


def test_results_are_written_and_read_back(tmp_path):
    found = steer(ToyModel(by_circle=5, by_identity=0), TASK, layers=[-1, 0], steps=(1, 2))
    folder = found.write(tmp_path / "new" / "results")
    record = json.loads((folder / "results.json").read_text())
    assert record["words"] == list(WORDS)
    assert {row["layer"] for row in record["summary"]} == {-1, 0}
    table = pq.read_table(folder / "turns.parquet").to_pylist()
    assert len(table) == 2 * len(USUAL) * 3 * 2 * 12
    mine = [row for row in table if row["edit"] == "circle"]
    assert all(row["answer"] == row["target"] for row in mine)
    assert sum(mine[0]["probability"]) == pytest.approx(1, abs=1e-5)
    assert sorted(p.name for p in folder.iterdir()) == ["results.json", "turns.parquet"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layers": [7]}, r"layers \[7\]: toy has -1"),
        ({"layers": []}, "toy has"),
        ({"steps": ()}, "steps"),
        ({"steps": (0, 1)}, "other than 0"),
        ({"where": "first"}, "use word, after, last"),
        ({"edits": ["twist"]}, "unknown edit 'twist'"),
    ],
)
def test_what_cannot_be_done_is_refused(settings, message: str):
    usual = {"layers": [0], "steps": (1,)}
    with pytest.raises(BadInput, match=message):
        steer(ToyModel(by_circle=5, by_identity=0), TASK, **(usual | settings))


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    found = steer(
        ToyModel(by_circle=5, by_identity=0), TASK, layers=[0], steps=(1,), edits=["circle"]
    )
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="is a file"):
        found.write(tmp_path / "file")
    with pytest.raises(BadInput, match="no turn 'swap'"):
        found.turn("swap", 0)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"templates": ("no place",)}, "write one {}"),
        ({"templates": ("{} first",)}, "a space before it"),
        ({"contexts": ("it {} is",)}, "the word must come last"),
        ({"contexts": ("Now {}",)}, "not held out"),
    ],
)
def test_texts_that_do_not_fit_are_refused(texts, message: str):
    usual = {"name": "x", "words": WORDS, "templates": ("Now {} next",), "contexts": ("was {}",)}
    with pytest.raises(BadInput, match=message):
        Task(**(usual | texts))


def test_words_of_several_tokens_are_refused():
    with pytest.raises(BadInput, match="more than one token"):
        word_ids(lambda text: np.arange(len(text)), ("ab", "c"))
    with pytest.raises(BadInput, match="not one token each"):
        encoded(lambda text: np.arange(len(text)), "it {}", ("ab", "c"))


@pytest.mark.parametrize(("name", "n"), [("months", 12), ("weekdays", 7)])
def test_built_in_texts_pass_their_own_checks(name: str, n: int):
    task = builtin_task(name)
    assert len(task.words) == n
    assert len(set(task.templates)) == len(task.templates) >= 20
    assert len(set(task.contexts)) == len(task.contexts) == 16
    with pytest.raises(BadInput, match="months or weekdays"):
        builtin_task("seasons")
