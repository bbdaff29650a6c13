import json

import numpy as np
import pytest

from armillary.algebra.distractors import without
from armillary.atlas.study import Study
from armillary.cli.app import main
from armillary.core import BadInput
from armillary.lexicon.analogies import Family
from armillary.studies.analogies import analogies
from armillary.studies.analogy_tests import relations_of, removed_table
from armillary.studies.analogy_words import Words
from armillary.worlds import entry

WORLD = entry("analogy")
BASES = WORLD.sizes["tiny"]["bases"]


def world_words(*, seed: int, control: str = "") -> Words:
    """Return every word of the tiny analogy world once, or rows of a control in its place."""
    build = WORLD.controls[control] if control else WORLD.build
    world = build(seed=seed, size="tiny", **WORLD.sizes["tiny"])
    sample = world.draw(600, np.random.default_rng([seed, 5]))
    rows = sample.activations[: 4 * BASES]
    if sample.inputs is not None:
        rows = sample.activations[np.unique(sample.inputs, return_index=True)[1]]
    labels = [f"b{k >> 2}x{k % 4}" for k in range(4 * BASES)]
    return Words.of("analogy world", labels, rows)


@pytest.fixture
def lexicon(tmp_path):
    def table(name: str, columns: list[str], words: list[list[str]]) -> str:
        return (
            f"[[family]]\nname = {json.dumps(name)}\ncolumns = {json.dumps(columns)}\nrows = "
            + (json.dumps(words) + "\n")
        )

    path = tmp_path / "world.toml"
    path.write_text(
        table("grid", ["neither", "one", "other", "both"],
              [[f"b{k}x{c}" for c in range(4)] for k in range(BASES)]),
        "utf-8",
    )  # fmt: skip
    return path


def test_the_planted_parallelograms_are_found_with_the_least_p_there_is(lexicon):
    found = analogies(world_words(seed=0), lexicon=lexicon, discover=False, draws=999)
    for row in found.tables["retrieval"]:
        assert row["accuracy"] == 1.0
        assert row["p"] == pytest.approx(1 / 720)
    for row in found.tables["offsets"]:
        assert row["cosine"] == pytest.approx(1.0, abs=1e-5)
        assert row["p"] == pytest.approx(1 / 720)
    (grid,) = found.tables["grids"]
    assert grid["additive"] == pytest.approx(1.0, abs=1e-6)
    assert grid["columns"] == 4
    assert grid["shuffled"] < 0.5
    assert "beyond shuffled pairs" in found.said[0]


@pytest.mark.parametrize("control", ["redrawn", "gaussian"])
def test_what_has_no_parallelograms_has_no_parallel_offsets(lexicon, control):
    found = analogies(
        world_words(seed=1, control=control), lexicon=lexicon, discover=False, draws=999
    )
    assert max(row["cosine"] for row in found.tables["offsets"]) < 0.9
    if control == "gaussian":
        assert min(row["q"] for row in found.tables["retrieval"]) > 0.05
        assert min(row["q"] for row in found.tables["offsets"]) > 0.05


def test_distractors_are_estimated_on_no_word_that_is_tested():
    """A spelling axis swamps every word; it is learned from capitals of words in no family."""
    rng = np.random.default_rng(2)
    d, n = 20, 10
    axis, step = np.eye(d)[0], 2 * np.eye(d)[1]
    base = rng.standard_normal((n, d))
    labels = [f"l{'abcdefghij'[k]}" for k in range(n)] + [f"r{'abcdefghij'[k]}" for k in range(n)]
    rows = np.vstack([base, base + step]) + 6 * rng.standard_normal((2 * n, 1)) * axis
    other = rng.standard_normal((40, d))
    words = [f"w{'abcdefghijklmnopqrst'[k % 20]}{'xy'[k // 20]}" for k in range(40)]
    labels += words + [word.capitalize() for word in words]
    rows = np.vstack([rows, other, other + 6 * axis])
    made = Words.of("toy", labels, rows)
    family = Family("toy", ("l", "r"), tuple((labels[k], labels[n + k]) for k in range(n)))
    axes = made.spelling_axes([family], rng=rng)
    centre = axis / np.linalg.norm(axis)
    assert np.linalg.norm(without(centre, axes)) < 0.6
    relations, few = relations_of(made, [family])
    assert few == []
    (row,) = removed_table(made, relations, axes, n_draws=199, rng=rng)
    assert row["spelling_out"] > row["as_it_is"]
    assert row["spelling_out_p"] == 1 / 200


def test_pairs_that_share_a_vector_are_left_out_and_counted(lexicon):
    """Copies in the table: a few of one step, nearly all of another; the third is whole."""
    words = world_words(seed=0)
    place = {label: k for k, label in enumerate(words.labels)}
    rows = words.unit.copy()
    rows[place["b1x1"]] = rows[place["b1x0"]]
    for k in range(3, BASES):
        rows[place[f"b{k}x2"]] = rows[place[f"b{k}x0"]]
    held = Words.of("with copies", words.labels, rows)
    found = analogies(held, lexicon=lexicon, discover=False, draws=99)
    tested = {row["relation"]: row["pairs"] for row in found.tables["offsets"]}
    assert tested == {"grid: one": BASES - 1, "grid: both": BASES}
    left_out = [row for row in found.tables["left_out"] if row["relation"].startswith("grid")]
    assert left_out == [
        {"relation": "grid: one", "pairs": BASES - 1, "same_vector": 1, "tested": True},
        {"relation": "grid: other", "pairs": 3, "same_vector": BASES - 3, "tested": False},
    ]
    assert any(f"{BASES - 2} pairs are left out" in line for line in found.said)


def test_the_command_writes_the_study_that_it_prints(tmp_path, lexicon, capsys):
    words = world_words(seed=0)
    vectors, labels = tmp_path / "vectors.npy", list(words.labels)
    np.save(vectors, words.unit)
    from armillary.core import FeatureSpace  # noqa: PLC0415

    space = FeatureSpace(words.unit, np.arange(len(labels)), {"label": np.array(labels)})
    study = analogies(space, lexicon=lexicon, draws=199, seed=3)
    study.write(tmp_path / "kept")
    again = Study.read(tmp_path / "kept", "analogies")
    assert again.said == study.said
    assert {chart.kind for chart in again.charts} == {"bars", "dots"}
    assert again.tables["bundles"][0]["pairs"] >= 4
    code = main(["analogy", str(vectors), "--no-discover", "--quiet"])
    assert code == 3
    assert "has no labels" in capsys.readouterr().err


def test_a_source_without_the_words_is_refused(lexicon):
    words = Words.of("other", [f"q{k}" for k in range(20)], np.eye(20))
    with pytest.raises(BadInput, match="--lexicon"):
        analogies(words, lexicon=lexicon, discover=False)
    with pytest.raises(BadInput, match="labelled vectors"):
        Words.of("few", ["a"], np.eye(1))
