import numpy as np
import pytest

from armillary.core import Codes, FeatureSpace, Partition, Tokens
from armillary.survey.parallel import Runner
from armillary.survey.progress import Silent
from armillary.survey.rebuilt import rebuilt_groups
from armillary.survey.settings import Settings
from armillary.survey.words import Lexemes
from armillary.survey.workspace import Workspace

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
SETTINGS = Settings(n_placement=200, n_rival=49, n_resample=4)


def month_codes(rng: np.random.Generator, *, n_tokens: int = 3_000, n_features: int = 16) -> Codes:
    """Feature m fires on month m, on its neighbours sometimes, and weakly; four fire on 'the'."""
    word = rng.integers(0, 16, n_tokens)
    own = np.column_stack([np.arange(n_tokens), word, rng.uniform(2, 4, n_tokens)])
    month = np.flatnonzero(word < 12)
    beside = (word[month] + rng.choice([-1, 1], month.size)) % 12
    some = rng.random(month.size) < 0.4
    near = np.column_stack([month, beside, rng.uniform(0.5, 1, month.size)])[some]
    token, feature, value = np.vstack([own, near]).T
    vocabulary = np.array([f" {m}" for m in MONTHS] + [" the", " of", " a", " to"])
    order = np.arange(n_tokens)
    tokens = Tokens(word, order // 50, order % 50, vocabulary)
    return Codes.from_triples(
        token.astype(int), feature.astype(int), value, n_tokens=n_tokens, n_features=n_features,
        tokens=tokens,
    )  # fmt: skip


def a_space(rng: np.random.Generator, *, ring: float) -> FeatureSpace:
    """Twelve features round a ring of this size in a 40-dimensional space, and four anywhere."""
    rows = rng.standard_normal((16, 40)) / np.sqrt(40)
    angle = 2 * np.pi * np.arange(12) / 12
    plane = np.linalg.qr(rng.standard_normal((40, 2)))[0]
    rows[:12] += ring * np.column_stack([np.cos(angle), np.sin(angle)]) @ plane.T
    return FeatureSpace(rows.astype(np.float32), np.arange(16))


def rebuilt(space, codes, rows, tmp_path):
    with Runner(1) as runner, Workspace(None, "test") as work:
        assert codes.tokens is not None
        return rebuilt_groups(
            space, Partition((rows,), np.zeros(1), ("hand",), 16), codes,
            lexemes=Lexemes.of(codes.tokens), settings=SETTINGS, work=work, runner=runner,
            progress=Silent(),
        )  # fmt: skip


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    rng = np.random.default_rng(0)
    space, codes = a_space(rng, ring=2.0), month_codes(rng)
    return rebuilt(space, codes, np.arange(12), tmp_path_factory.mktemp("work"))[0]


def test_months_on_a_ring_are_a_circle_in_order_without_being_told(found):
    assert found.shape == "circle"
    place = [MONTHS.index(found.words[i]) for i in found.order]
    steps = np.diff([*place, place[0]]) % 12
    assert set(steps) in ({1}, {11})


def test_both_ray_nulls_are_beaten_and_the_spectrum_stands_beside(found):
    assert found.pvalue == max(t.pvalue for t in found.placement) <= 0.01
    assert found.spectrum.pvalue <= 0.05
    assert found.grade == "circle against its rivals"


def test_halves_of_the_documents_agree_on_the_order(found):
    assert found.stability == 1.0


def test_words_are_those_the_group_fires_on_and_nothing_else(found):
    assert sorted(found.words) == sorted(MONTHS)
    assert found.share.min() > 0.9
    assert found.count.sum() == found.n_active


def test_examples_lie_near_the_mean_of_their_word(found):
    near = ((found.token_scores[:, None] - found.scores[None]) ** 2).sum(axis=2).argmin(axis=1)
    assert np.mean(near == found.token_word) > 0.9


def test_indices_stand_beside_their_null(found):
    assert found.indices is not None
    assert found.indices.test.null.size == 99


def test_the_same_codes_on_rays_anywhere_are_nothing(tmp_path):
    rng = np.random.default_rng(1)
    space, codes = a_space(rng, ring=0.0), month_codes(rng)
    one = rebuilt(space, codes, np.arange(12), tmp_path)[0]
    assert one.shape == "none"
    assert one.pvalue > 0.05


def test_a_group_about_too_few_words_is_not_tested(tmp_path):
    rng = np.random.default_rng(2)
    space, codes = a_space(rng, ring=2.0), month_codes(rng)
    assert rebuilt(space, codes, np.array([12, 13, 14, 15]), tmp_path) == []
