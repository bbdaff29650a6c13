import dataclasses
import inspect

import numpy as np
import pytest
from examples import EXAMPLES, a_space

from armillary.core.errors import BadInput
from armillary.knockoffs import (
    THEORIES,
    Exact,
    Message,
    Product,
    RandomUnit,
    Stacked,
    Stretched,
    Theory,
    Told,
    place,
)
from armillary.knockoffs.message import _MAGIC  # pyright: ignore[reportPrivateUsage]

every_example = pytest.mark.parametrize("theory", EXAMPLES, ids=lambda t: t.label)


def said(theory: Theory, *, seed: int = 0) -> Message:
    space, shared = a_space()
    return theory.fit(space, shared, rng=np.random.default_rng(seed))


def rows(message: Message | bytes, *, seed: int = 1) -> np.ndarray:
    return place(message, a_space()[1], rng=np.random.default_rng(seed)).directions


@every_example
def test_bytes_say_all_that_the_message_says(theory: Theory):
    message = said(theory)
    data = message.to_bytes()
    assert data.startswith(_MAGIC)
    assert message.bits == 8 * len(data)
    assert Message.from_bytes(data).to_bytes() == data
    assert np.array_equal(rows(message), rows(data))


@every_example
def test_the_same_draw_gives_the_same_space(theory: Theory):
    assert said(theory).to_bytes() == said(theory).to_bytes()
    message = said(theory)
    assert np.array_equal(rows(message), rows(message))


@pytest.mark.parametrize("theory", [t for t in EXAMPLES if not t.drawn], ids=lambda t: t.label)
def test_a_theory_that_draws_nothing_places_the_same_whatever_the_seed(theory: Theory):
    message = said(theory)
    assert np.array_equal(rows(message, seed=1), rows(message, seed=2))


@every_example
def test_the_features_stay_who_they_are(theory: Theory):
    space, shared = a_space()
    placed = place(said(theory), shared, rng=np.random.default_rng(1))
    assert np.array_equal(placed.feature_id, space.feature_id)
    assert np.array_equal(placed.columns["label"], space.columns["label"])
    assert placed.directions.shape == space.directions.shape
    assert placed.directions.dtype == np.float32
    assert np.isfinite(placed.directions).all()
    assert placed.directions.any()


@every_example
def test_a_fit_writes_to_nothing_it_is_given(theory: Theory):
    space, shared = a_space()
    before = space.directions.copy()
    codes = shared.codes
    assert codes is not None
    arrays = (codes.offset, codes.feature, codes.value)
    copies = [array.copy() for array in arrays]
    message = theory.fit(space, shared, rng=np.random.default_rng(0))
    place(message, shared, rng=np.random.default_rng(0))
    assert np.array_equal(space.directions, before)
    assert all(np.array_equal(a, b) for a, b in zip(arrays, copies, strict=True))


@every_example
def test_the_message_is_of_the_kind_it_says(theory: Theory):
    assert said(theory).theory == theory.kind


def test_every_registered_theory_has_an_example():
    assert {theory.kind for theory in THEORIES} <= {theory.kind for theory in EXAMPLES}
    assert {type(theory) for theory in EXAMPLES} <= set(THEORIES)


def test_kinds_and_labels_are_unique():
    for names in ([t.kind for t in THEORIES], [t.label for t in EXAMPLES]):
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("theory", THEORIES, ids=lambda t: t.kind)
def test_every_theory_says_what_it_is(theory: type[Theory]):
    assert theory.kind
    assert theory.keeps
    assert theory.breaks
    assert theory.family in ("null", "statistic", "structure", "codec", "exact", "control")
    assert dataclasses.is_dataclass(theory)
    assert inspect.getdoc(theory)


@every_example
def test_generic_is_a_codec_that_expects_nothing(theory: Theory):
    expected = {"scalar", "k-means", "product", "residual", "transform", "low rank", "exact"}
    members = {
        "stacked": lambda: theory.theories,  # type: ignore[attr-defined]
        "stretched": lambda: (theory.theory,),  # type: ignore[attr-defined]
    }
    if theory.kind in members:
        assert theory.generic == all(one.generic for one in members[theory.kind]())
    else:
        assert theory.generic == (theory.kind in expected)


def test_a_listener_is_never_generic_however_it_is_wrapped():
    for theory in (Told(0.5), Stretched(Told(0.5)), Stacked((Exact(8), Told(0.2)))):
        assert not theory.generic
    assert Stretched(Product(3, nbits=3)).generic


def test_a_stack_adds_what_each_of_its_theories_places():
    space, _ = a_space()
    placed = rows(said(Stacked((RandomUnit(), Exact(32)))))
    assert np.abs(placed - space.directions).max() < 1e-6


def test_what_a_stack_leaves_does_not_depend_on_the_receivers_draw():
    message = said(Stacked((RandomUnit(), Exact(8))))
    assert np.array_equal(rows(message, seed=1), rows(message, seed=2))
    assert len(message.parts["seed"]) == 4


def test_a_stack_pays_for_all_its_messages():
    stack = said(Stacked((RandomUnit(), Exact(8))))
    assert stack.bits >= said(RandomUnit()).bits + said(Exact(8)).bits + 32


def test_a_stack_of_stacks_is_one_stack():
    inner = Stacked((RandomUnit(), Exact(8)))
    assert Stacked((inner, Exact(8))) == Stacked((RandomUnit(), Exact(8), Exact(8)))
    assert Stacked((inner, Exact(32))).label == "random + exact, 8 bits + exact, 32 bits"


def test_a_stack_of_one_is_refused():
    with pytest.raises(BadInput, match="needs two theories, got 1"):
        Stacked((RandomUnit(),))


def test_a_stack_by_itself_does_not_know_its_members():
    message = said(Stacked((RandomUnit(), Exact(8))))
    with pytest.raises(BadInput, match="knows its members"):
        Stacked.place(message, a_space()[1], rng=np.random.default_rng(0))
