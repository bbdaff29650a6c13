import numpy as np
import pytest

import armillary
from armillary.core import BadInput, Codes, FeatureSpace, Tokens
from armillary.load import save_codes

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
N_FEATURES, N_WORDS, N_TOKENS = 120, 60, 12_000


def a_corpus(rng: np.random.Generator) -> tuple[FeatureSpace, Codes]:
    """Months: a feature each on a ring, and one that says 'month'. Other words: features anywhere.

    The rings' rows are too far apart to be found by cosine; what they fire with brings them
    together.
    """
    rows = rng.standard_normal((N_FEATURES, 48)) / np.sqrt(48)
    angle = 2 * np.pi * np.arange(12) / 12
    plane = np.linalg.qr(rng.standard_normal((48, 2)))[0]
    rows[:12] = 0.8 * np.column_stack([np.cos(angle), np.sin(angle)]) @ plane.T + 0.3 * rows[:12]
    word = rng.integers(0, N_WORDS, N_TOKENS)
    month = np.flatnonzero(word < 12)
    token = np.arange(N_TOKENS)
    parts = [
        (token, word, rng.uniform(1, 2, N_TOKENS)),
        (month, np.full(month.size, 60), rng.uniform(3, 4, month.size)),
        (month, (word[month] + 1) % 12, rng.uniform(0.2, 0.5, month.size)),
        (token, 61 + rng.integers(0, 59, N_TOKENS), rng.uniform(0.1, 0.5, N_TOKENS)),
    ]
    t, f, v = (np.concatenate([part[k] for part in parts]) for k in range(3))
    vocabulary = np.array([f" {m}" for m in MONTHS] + [f" word{k}" for k in range(12, N_WORDS)])
    tokens = Tokens(word, token // 40, token % 40, vocabulary)
    codes = Codes.from_triples(t, f, v, n_tokens=N_TOKENS, n_features=N_FEATURES, tokens=tokens)
    return FeatureSpace(rows.astype(np.float32), np.arange(N_FEATURES)), codes


@pytest.fixture(scope="module")
def surveyed(tmp_path_factory):
    space, codes = a_corpus(np.random.default_rng(0))
    folder = tmp_path_factory.mktemp("codes") / "codes"
    save_codes(codes, folder)
    out = tmp_path_factory.mktemp("atlas") / "atlas"
    atlas = armillary.survey(space, codes=folder, out=out, map=False, lexicon=False, jobs=1)
    return atlas, out


def test_months_are_found_by_the_company_they_keep_and_lie_in_order(surveyed):
    atlas, _ = surveyed
    rings = [r for r in atlas.rebuilt.to_pylist() if set(MONTHS) <= set(r["words"])]
    assert rings, "no rebuilt group is about the months"
    assert rings[0]["found_by"] == "firings"
    assert rings[0]["shape"] == "circle"
    place = [MONTHS.index(word) for word in rings[0]["order"] if word in MONTHS]
    assert set(np.diff([*place, place[0]]) % 12) in ({1}, {11})


def test_features_are_named_by_their_words_and_the_source_says_so(surveyed):
    atlas, _ = surveyed
    labels = atlas.features["label"].to_pylist()
    assert labels[:12] == MONTHS
    assert any("words on whose tokens" in s for s in atlas.manifest["source"]["assumptions"])
    assert atlas.manifest["codes"]["tokens"] == N_TOKENS


def test_examples_hold_the_very_token_that_fired(surveyed):
    atlas, _ = surveyed
    claim = next(r for r in atlas.rebuilt.to_pylist() if set(MONTHS) <= set(r["words"]))
    shown = [e for e in atlas.examples.to_pylist() if e["group_id"] == claim["group_id"]]
    for example in shown[:50]:
        if example["word"] >= 0:
            assert example["token"].strip() == claim["words"][example["word"]]


def test_features_of_claims_come_with_the_tokens_they_fire_on_most(surveyed):
    atlas, out = surveyed
    rows = atlas.contexts.to_pylist()
    claim = next(r for r in atlas.rebuilt.to_pylist() if set(MONTHS) <= set(r["words"]))
    for feature in set(claim["feature_ids"]) & set(range(12)):
        mine = [row for row in rows if row["feature_id"] == feature]
        assert [row["token"] for row in mine] == [f" {MONTHS[feature]}"] * 3
        assert len({row["document"] for row in mine}) == 3
        assert all(1.9 < row["value"] <= 2 for row in mine)
    assert set(claim["feature_ids"]) <= {row["feature_id"] for row in rows}
    assert armillary.Atlas.read(out).contexts.equals(atlas.contexts)


def test_true_neighbours_and_the_spectrum_are_handed_over(surveyed):
    atlas, _ = surveyed
    near, cosine = atlas.arrays["near"], atlas.arrays["near_cosine"]
    assert near.shape == cosine.shape == (atlas.features.num_rows, 5)
    assert (np.diff(cosine.astype(float), axis=1) <= 0).all()
    assert (near != np.arange(len(near))[:, None]).all()
    if atlas.groups.num_rows:
        assert atlas.arrays["shares"].size == atlas.manifest["counts"]["d_model"]


def test_the_tables_survive_the_disk(surveyed):
    atlas, out = surveyed
    again = armillary.Atlas.read(out)
    for name in ("words", "order_index", "scores", "p_matched_rays"):
        assert again.rebuilt[name].to_pylist() == atlas.rebuilt[name].to_pylist()
    assert again.examples["token"].to_pylist() == atlas.examples["token"].to_pylist()


def test_an_atlas_without_codes_has_empty_tables():
    rows = np.random.default_rng(1).standard_normal((60, 20))
    atlas = armillary.survey(rows, map=False, lexicon=False, jobs=1)
    assert atlas.rebuilt.num_rows == atlas.examples.num_rows == 0


def test_codes_without_text_are_refused():
    space, codes = a_corpus(np.random.default_rng(2))
    bare = Codes(codes.offset, codes.feature, codes.value, codes.feature_id)
    with pytest.raises(BadInput, match="no token ids"):
        armillary.survey(space, codes=bare, map=False)


def test_codes_of_another_dictionary_are_refused():
    space, codes = a_corpus(np.random.default_rng(3))
    with pytest.raises(BadInput, match="another dictionary"):
        armillary.survey(space.take(np.arange(10)), codes=space_of_others(codes), map=False)


def space_of_others(codes: Codes) -> Codes:
    return Codes(codes.offset, codes.feature, codes.value, codes.feature_id + 1_000, codes.tokens)
