"""Numbers of features tie a study to an atlas only where both are of one source."""

import numpy as np
import pytest

from armillary.atlas.study import Study
from armillary.atlas.study_source import of_other_source, same_source, why_uncoloured

IDS = np.arange(5)
A = {"uri": "a.npz", "sha256": {"a.npz": "aa"}, "tensor": "w", "orientation": "rows"}
B = {"uri": "b.npz", "sha256": {"b.npz": "bb"}, "tensor": "w", "orientation": "rows"}
MOVED = {"uri": "/there/weights", "sha256": {"weights": "aa"}, "tensor": "w"}
CODES = {"sae": MOVED, "activations": {"model": "m"}}
ARRAY = {"uri": "an array", "shape": [5, 3]}


def study(ids: np.ndarray = IDS, **manifest) -> Study:
    value = np.linspace(0, 1, len(ids))
    return Study("s", "S", (), {}, (), manifest, {"feature_id": ids, "v": value}, {"v": "a value"})


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (A, A, True), (A, B, False), (A, MOVED, True),  # the hash, whatever the file is called
        (A, {**MOVED, "tensor": "u"}, False),  # another matrix of the same file
        (A, {**A, "orientation": "columns"}, False),
        ({"uri": "x"}, {"uri": "x"}, True), (A, {"uri": "a.npz"}, True), (A, {"uri": "b"}, False),
        (ARRAY, ARRAY, False), ({}, {}, False),
    ],
)  # fmt: skip
def test_sources_are_told_apart_by_hash_and_else_by_address(a, b, same):
    assert same_source(a, b) is same_source(b, a) is same


@pytest.mark.parametrize(
    ("source", "manifest"),
    [(A, {"source": A}), (CODES, {"source": A}), (A, {"source": MOVED, "codes": None}),
     (CODES, {"source": {"uri": "moved elsewhere"}, "codes": {"source": CODES}})],
)  # fmt: skip
def test_a_study_of_the_atlas_s_source_colours_it(source, manifest):
    assert why_uncoloured(study(source=source), manifest, IDS) is None
    assert of_other_source(study(source=source), manifest) is None


@pytest.mark.parametrize("ids", [np.arange(9), np.arange(3)])
def test_features_that_one_of_them_left_out_are_no_hindrance(ids):
    assert why_uncoloured(study(ids, source=A), {"source": A}, IDS) is None


@pytest.mark.parametrize(
    ("held", "atlas", "said"),
    [
        ({"source": B}, A, r"of other features \(b.npz\)"),
        ({}, A, "does not say"),
        ({"sources": [A]}, A, "does not say"),  # of several dictionaries: of which, nobody knows
        ({"source": ARRAY}, A, "no address or hash"),
        ({"source": A}, ARRAY, "no address or hash"),
        ({"source": ARRAY}, ARRAY, "no address or hash"),
    ],
)
def test_equal_numbers_of_other_features_do_not_colour(held, atlas, said):
    import re

    assert re.search(said, why_uncoloured(study(**held), {"source": atlas}, IDS) or "")


def test_numbers_that_do_not_fit_do_not_colour():
    assert "lacks some" in (why_uncoloured(study(IDS + 2, source=A), {"source": A}, IDS) or "")


def test_a_study_without_colours_has_nothing_to_refuse():
    plain = Study("s", "S", (), {}, (), {"source": B})
    assert why_uncoloured(plain, {"source": A}, IDS) is None


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ({"source": B}, "This study is of b.npz; the atlas is of a.npz."),
        ({"sources": [B, {"sae": {"uri": "c"}}]}, "This study is of b.npz, c; the atlas is of"),
        ({"sources": [{"model": "smollm2"}]}, "This study is of smollm2;"),
        ({"sources": [{"uri": str(i)} for i in range(5)]}, "of 0, 1, 2 and 2 more;"),
    ],
)
def test_a_study_of_something_else_says_of_what(manifest, said):
    assert said in (of_other_source(study(**manifest), {"source": A}) or "")


@pytest.mark.parametrize("manifest", [{}, {"sources": [B, A]}, {"sources": []}])
def test_a_study_of_the_atlas_among_others_or_of_nothing_said_says_nothing(manifest):
    assert of_other_source(study(**manifest), {"source": A}) is None
