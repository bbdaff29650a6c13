import dataclasses

import numpy as np
import pytest

from armillary.core.codes import Codes
from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs import Message, Product, RandomUnit, Shared, Stretched, Told, place
from armillary.knockoffs.coefficients import pack_tables, unpack_tables
from armillary.knockoffs.letters import letters
from armillary.knockoffs.listener import Listener
from armillary.knockoffs.spelling import N_KINDS, spelling_keys, spelling_kinds
from armillary.knockoffs.stretched import MOST_GAIN, stretch, stretched

WORDS = 300


def a_vocabulary(*, seed: int = 0, noise: float = 0.1) -> tuple[FeatureSpace, Shared]:
    """Return words in two spellings: the second is the first moved by one shared vector."""
    rng = np.random.default_rng(seed)
    word = ["".join(rng.choice(list("abcdefghij"), 7)) for _ in range(WORDS)]
    base = rng.standard_normal((WORDS, 16))
    rows = np.concatenate([base, base + rng.standard_normal(16)])
    rows += noise * rng.standard_normal(rows.shape)
    labels = np.array([f" {w}" for w in word] + [w.capitalize() for w in word])
    counts = np.maximum(1, 4000 // (1 + rng.permutation(2 * WORDS)))
    feature = np.repeat(np.arange(2 * WORDS), counts)
    n = feature.size
    codes = Codes.from_triples(np.arange(n), feature, np.ones(n), n_tokens=n, n_features=2 * WORDS)
    columns = {"label": labels}
    ids = np.arange(2 * WORDS)
    space = FeatureSpace((rows - rows.mean(axis=0)).astype(np.float32), ids, columns, {"uri": "w"})
    return space, Shared(ids, 16, columns, codes)


def said(theory: Told, space: FeatureSpace, shared: Shared) -> tuple[Message, np.ndarray]:
    message = theory.fit(space, shared, rng=np.random.default_rng(0))
    placed = place(message.to_bytes(), shared, rng=np.random.default_rng(1))
    return message, placed.directions


def test_small_steps_place_everything_where_it_is():
    space, shared = a_vocabulary()
    _, placed = said(Told(0.01, lean=0.0), space, shared)
    rms = np.sqrt((space.directions**2).mean())
    assert np.abs(placed - space.directions).max() < 0.03 * rms


def test_errors_grow_as_energy_falls_by_the_lean():
    space, shared = a_vocabulary()
    _, placed = said(Told(0.02, lean=0.5), space, shared)
    error = ((placed - space.directions) ** 2).mean(axis=1) * shared.energy()
    order = np.argsort(-shared.energy())
    ratio = error[order[:20]].mean() / error[order[100:200]].mean()  # energy x squared error
    assert 0.5 < ratio < 2


@pytest.mark.parametrize("seed", range(5))  # true each time: chance of it 1/32 if names were noise
def test_names_save_bits_and_scrambled_names_do_not(seed: int):
    space, shared = a_vocabulary(seed=seed)
    mixed = np.random.default_rng(seed).permutation(np.asarray(shared.labels))
    other = dataclasses.replace(shared, columns={"label": mixed})
    named, placed = said(Told(0.2, lean=0.0, by=("names",)), space, shared)
    wrong, misplaced = said(Told(0.2, lean=0.0, by=("names",)), space, other)
    plain, _ = said(Told(0.2, lean=0.0, by=()), space, shared)
    assert named.bits < plain.bits <= wrong.bits
    # what was wrongly expected costs bits, not precision
    errors = [float(((rows - space.directions) ** 2).mean()) for rows in (placed, misplaced)]
    assert errors[0] == pytest.approx(errors[1], rel=0.2)


def test_a_coordinate_that_is_minded_more_is_said_more_finely():
    space, shared = a_vocabulary()
    minds = np.where(np.arange(16) < 8, 4.0, 1.0)
    _, placed = said(Told(0.1, lean=0.0, minds=minds), space, shared)
    error = ((placed - space.directions) ** 2).mean(axis=0)
    assert error[:8].mean() == pytest.approx(error[8:].mean() / 16, rel=0.3)


@pytest.mark.parametrize("minds", [np.ones(3), np.zeros(16)])
def test_weights_that_fit_no_coordinates_are_refused(minds: np.ndarray):
    space, shared = a_vocabulary()
    with pytest.raises(BadInput, match="weights"):
        said(Told(0.1, minds=minds), space, shared)


def test_without_labels_and_text_it_does_without():
    space, shared = a_vocabulary()
    bare = Shared(shared.feature_id, 16)
    message, placed = said(Told(0.2), space, bare)
    assert np.isfinite(placed).all()
    assert message.bits > 0


@pytest.mark.parametrize("theory", [(0.0, 0.3, ()), (0.5, -1.0, ()), (0.5, 0.3, ("smell",))])
def test_settings_that_make_no_sense_are_refused(theory: tuple[float, float, tuple[str, ...]]):
    with pytest.raises(BadInput):
        Told(theory[0], theory[1], theory[2])


def test_tables_come_back_and_cost_about_their_entropy():
    rng = np.random.default_rng(0)
    spread = np.array([0.0, 0.05, 0.4, 3.0, 3.1, 40.0])
    tables = [
        np.rint(rng.standard_normal((n, 6)) * spread).astype(np.int64) for n in (1, 40, 20_000)
    ]
    data = pack_tables(tables)
    for table, back in zip(tables, unpack_tables(data, [1, 40, 20_000]), strict=True):
        assert np.array_equal(table, back)
    bits = 8 * len(data) / 20_041
    gauss = sum(0.5 * np.log2(2 * np.pi * np.e * s**2) for s in (3.0, 3.1, 40.0))
    small = 0.0
    for column in (tables[2][:, 1], tables[2][:, 2]):
        share = np.unique(column, return_counts=True)[1] / 20_000
        small -= float((share * np.log2(share)).sum())
    assert gauss + small < bits * 1.01
    assert bits < 1.03 * (gauss + small) + 0.3


def test_a_listener_turns_to_the_widest_axis_and_expects_nothing_at_first():
    rng = np.random.default_rng(0)
    listener = Listener(np.arange(60.0), None, np.zeros((60, 0)), d_model=4)
    rows = np.arange(40)
    assert not listener.expects(rows).any()
    assert np.array_equal(listener.basis(), np.eye(4))
    heard = rng.standard_normal((40, 4)) * [0.1, 3.0, 0.1, 1.0]
    listener.hears(rows, heard)
    basis = listener.basis()
    assert np.abs(basis[[1, 3], [0, 1]]).min() > 0.99
    assert np.allclose(basis.T @ basis, np.eye(4))


def test_a_listener_learns_what_clues_say():
    rng = np.random.default_rng(0)
    clue = rng.standard_normal((400, 3))
    true = clue @ rng.standard_normal((3, 5))
    listener = Listener(np.zeros(400), None, clue, d_model=5)
    first, then = np.arange(300), np.arange(300, 400)
    listener.expects(first)
    listener.hears(first, true[first])
    assert np.abs(listener.expects(then) - true[then]).max() < 0.2


def test_labels_of_one_word_share_their_first_key():
    keys = [next(spelling_keys(label)) for label in (" Walk", "walk", "WALK ")]
    assert keys == ["walk"] * 3
    assert "walk" in spelling_keys(" walking")
    assert "walking" in spelling_keys("walk")
    assert list(spelling_keys(" --")) == []


def test_kinds_tell_space_capital_and_digits():
    kinds = spelling_kinds([" Walk", "42", "x_y"])
    assert kinds.shape == (3, N_KINDS)
    assert kinds[:, 0].tolist() == [1, 0, 0]
    assert kinds[:, 2].tolist() == [1, 0, 0]
    assert kinds[:, 4].tolist() == [0, 1, 0]
    assert kinds[:, 9].tolist() == [0, 0, 1]


def test_letters_are_near_for_labels_with_common_runs():
    labels = ["walking", "walked", "walks", " Walk", "talking", "river", "rivers", "zzz"] * 3
    rows = letters(labels, rank=6)
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    assert np.allclose(rows[:8], rows[8:16], atol=1e-5)
    assert unit[0] @ unit[1] > unit[0] @ unit[5]
    assert letters([], rank=4).shape == (0, 4)


def test_stretch_is_one_for_the_truth_and_undoes_the_shrinking_of_a_best_guess():
    rng = np.random.default_rng(0)
    true = rng.standard_normal((4000, 20))
    assert stretch(true, true) == pytest.approx(1.0)
    noisy = true + rng.standard_normal(true.shape)
    best = noisy / 2  # the guess of least squared error, at signal to noise 1
    assert stretch(true, best) == pytest.approx(2.0, rel=0.05)
    assert stretch(true, np.zeros_like(true)) == 1.0
    assert stretch(true, true / 100) == MOST_GAIN
    moved = stretched(best + 5, 2.0)
    assert np.allclose(moved.mean(axis=0), (best + 5).mean(axis=0))


def test_a_stretched_codec_has_the_length_of_the_truth_along_the_truth():
    space, with_codes = a_vocabulary()
    shared = dataclasses.replace(with_codes, codes=None)  # all of one energy
    theory = Stretched(Product(4, nbits=2))
    rng = np.random.default_rng(0)
    placed = place(theory.fit(space, shared, rng=rng).to_bytes(), shared, rng=rng).directions
    inner = Product(4, nbits=2)
    flat = place(inner.fit(space, shared, rng=np.random.default_rng(0)), shared, rng=rng).directions
    along = [
        float((x * space.directions).sum() / (space.directions**2).sum()) for x in (flat, placed)
    ]
    assert along[0] < along[1]
    assert along[1] == pytest.approx(1.0, abs=0.02)


def test_only_theories_that_draw_nothing_can_be_stretched():
    with pytest.raises(BadInput, match="draws"):
        Stretched(RandomUnit())
