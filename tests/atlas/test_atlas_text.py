import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.atlas import excerpt, family, fit_plane, is_closed, legible, thumbnail_svg, visible


@given(st.text())
def test_nothing_invisible_is_left(label):
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    shown = visible(label)
    assert shown
    assert not any(unicodedata.category(c) in hidden for c in shown)


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        (" Monday", "␣Monday"),
        ("a b ", "a b␣"),
        ("   ", "␣␣␣"),
        ("", "∅"),
        ("a\nb", "a\\nb"),
        ("\u202ex", "\\u202ex"),
        ("x" * 99, "x" * 59 + "…"),
    ],
)
def test_labels_are_shown_so_that_they_can_be_told_apart(label, shown):
    assert visible(label) == shown


def test_an_excerpt_says_when_there_is_more():
    assert excerpt(["a", "b"]) == "a · b"
    assert excerpt(list("abcdefgh")) == "a · b · c · d · e · f …"


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ("circle", "rings"),
        ("clusters on a ring", "rings"),
        ("7 clusters", "clusters"),
        ("arc/horseshoe", "lines"),
        ("cross-polytope", "polytopes"),
        ("binary tree", "branching"),
        ("none", "other"),
    ],
)
def test_a_shape_belongs_to_a_family(shape, kind):
    assert family(shape) == kind


def test_only_what_goes_round_is_closed():
    assert is_closed("circle")
    assert not is_closed("arc")


def test_the_plane_of_a_fit_is_filled_from_the_leading_axes():
    assert fit_plane((3, 1), 5) == (3, 1)
    assert fit_plane((2,), 5) == (2, 0)
    assert fit_plane((7, 9), 3) == (0, 1)
    assert fit_plane((), 1) == (0, 0)


def test_a_thumbnail_keeps_both_axes_at_one_scale():
    points = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 1.0]])
    picture = thumbnail_svg(points, shape="segment", order=[0, 1, 2], size=50)
    assert 'cx="5.0" cy="27.0"' in picture
    assert 'cx="45.0" cy="23.0"' in picture
    assert "<path" in picture


def test_many_points_make_a_small_thumbnail(rng):
    assert len(thumbnail_svg(rng.normal(size=(5000, 2)), shape="disk")) < 15_000


def test_running_text_stays_on_one_line_with_nothing_hidden():
    assert legible(" a\r\nb\tc\n \u202e<") == " a↵b⇥c↵ \\u202e<"
