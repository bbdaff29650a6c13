import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from tiny_reading import knockoff, random_rows  # noqa: E402

from armillary.core import BadInput  # noqa: E402
from armillary.explain import FeatureGroup, Subject  # noqa: E402
from armillary.explain.forward import SplicedForward  # noqa: E402
from armillary.explain.readers.groups import Groups  # noqa: E402
from armillary.explain.readers.passages import WHERE, passages  # noqa: E402
from armillary.explain.readers.relearn import Relearn  # noqa: E402
from armillary.explain.readers.splice import Splice  # noqa: E402


@pytest.fixture(scope="module")
def reader(embedded):
    return Groups(embedded, where=WHERE)


def test_every_list_is_read_in_three_passages(reader, embedded):
    scores = reader.score(knockoff(embedded, embedded.space.directions))
    assert {(s.group, s.reader) for s in scores} == {
        (group, f"group {where}")
        for group in ("weekdays", "months")
        for where in ("prompts", "right after", "all text")
    }


def test_prompts_alone_are_read_unless_more_is_asked_for(embedded):
    (found,) = Groups(embedded, names=("months",), n_templates=2).edits(hows=("mean",))["mean"]
    assert (found.reader, found.raw["units"]) == ("group prompts", 2)


def test_nothing_moved_costs_nothing(reader, embedded):
    for gauge in ("none", "rotation"):
        for score in reader.score(knockoff(embedded, embedded.space.directions, gauge)):
            assert score.raw["change"] == pytest.approx(0.0, abs=0.01)
            assert np.isnan(score.value) or score.value == pytest.approx(1.0, abs=0.01)


def test_one_point_is_the_zero_and_scrambled_order_costs_where_words_are_read(reader):
    edits = reader.edits(hows=("mean", "scrambled"))
    after = {s.group: s for s in edits["mean"] if s.reader == "group right after"}
    assert after["months"].value == pytest.approx(0.0, abs=1e-6)
    for score in edits["scrambled"]:
        if score.reader == "group right after":
            assert score.raw["change_low"] > 0.5
            assert score.raw["right"] < score.raw["right_one"]


def test_the_wrong_order_is_the_same_template_on_other_words(reader, embedded):
    group = reader.groups[0]
    right, wrong = (reader.edit(group, how)[group.rows] for how in ("in order", "wrong order"))
    centred = right - right.mean(axis=0)
    assert np.linalg.matrix_rank(centred, tol=1e-4) == np.linalg.matrix_rank(
        wrong - wrong.mean(axis=0), tol=1e-4
    )
    assert not np.allclose(right, wrong, atol=1e-2)


def test_only_the_group_is_taken_from_a_knockoff(reader, embedded):
    rows = embedded.space.directions.copy()
    others = np.setdiff1d(np.arange(len(rows)), np.concatenate([g.rows for g in reader.groups]))
    rows[others] = random_rows(embedded)[others]
    for score in reader.score(knockoff(embedded, rows)):
        assert score.raw["change"] == pytest.approx(0.0, abs=1e-6)


def test_texts_without_the_group_are_left_out_and_still_counted(embedded, walker):
    lm, _ = walker
    group = FeatureGroup("one day", "set", np.array([3]), np.array([0]), ("Wednesday",))
    (whole,) = passages(embedded, group, where=("all text",))
    texts = embedded.parts["test_texts"]
    moved = embedded.space.directions.copy()
    moved[3] = -moved[3]
    loss, _ = whole.effects(embedded, moved)
    own, _ = whole.effects(embedded, embedded.space.directions)
    forward = SplicedForward(lm, "hook_embed", texts)
    made = np.asarray(embedded.test.codes @ moved, dtype=np.float32) + embedded.bias
    change = forward(made).loss - forward.clean.loss
    assert whole.n_predictions == change.size
    assert (loss - own).sum() == pytest.approx(change.sum(), rel=1e-3)
    assert len(whole.parts[0].unit) < len(texts.token_id)


def test_groups_of_an_autoencoder_are_read_too(encoded):
    group = FeatureGroup("weekdays", "cyclic", np.arange(5), np.arange(5), ("Monday", "Tuesday"))
    subject = Subject(
        "sae", encoded.space, encoded.bias, encoded.shared, encoded.calibration, encoded.test,
        groups=(group,), parts=encoded.parts,
    )  # fmt: skip
    scores = Groups(subject, where=("right after",)).edits(hows=("random",))["random"]
    assert scores[0].raw["change"] != 0


def test_readers_say_which_subjects_suit_them(embedded, encoded):
    bare = Subject(
        "bare", embedded.space, embedded.bias, embedded.shared, embedded.calibration, embedded.test,
        groups=embedded.groups,
    )  # fmt: skip
    assert [kind.suits(embedded) for kind in (Splice, Relearn, Groups)] == [True, True, True]
    assert [kind.suits(bare) for kind in (Splice, Relearn, Groups)] == [False, False, False]
    last = Subject(
        "last", encoded.space, encoded.bias, encoded.shared, encoded.calibration, encoded.test,
        parts={**encoded.parts, "hook_name": "blocks.2.hook_resid_post"},
    )  # fmt: skip
    assert [kind.suits(last) for kind in (Splice, Relearn, Groups)] == [True, False, False]


@pytest.mark.refusal
def test_groups_that_are_not_there_are_refused(embedded):
    with pytest.raises(BadInput, match="no group called planets"):
        Groups(embedded, names=("planets",))
    bare = Subject(
        "bare", embedded.space, embedded.bias, embedded.shared, embedded.calibration, embedded.test,
        groups=embedded.groups,
    )  # fmt: skip
    with pytest.raises(BadInput, match="no language model"):
        Groups(bare)
