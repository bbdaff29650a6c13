"""Labels beside features: exact tests, planted labels, and labels dealt anew."""

import numpy as np
import pytest
from scipy import stats

from armillary.core import BadInput, Codes, Tokens
from armillary.evaluate.descriptions import answers_of, dealt, described, enrichment
from armillary.inference.calibration import Calibration

N_TYPES = 300


def corpus(rng, n_tokens=30_000):
    """Tokens of very different frequency."""
    share = 1 / np.arange(3, N_TYPES + 3)
    return rng.choice(N_TYPES, n_tokens, p=share / share.sum())


def codes_of(text, chance):
    """Features fire on each token with the chance that their row gives it."""
    rng = np.random.default_rng(1)
    on = rng.random((text.size, len(chance))) < np.asarray(chance)[:, text].T
    token, feature = np.nonzero(on)
    where = Tokens(text, np.zeros(text.size, dtype=np.int64), np.arange(text.size))
    return Codes.from_triples(
        token, feature, np.ones(token.size), n_tokens=text.size, n_features=len(chance),
        tokens=where,
    )  # fmt: skip


def certain_on(tokens):
    """A chance of one on these tokens."""
    return np.isin(np.arange(N_TYPES), list(tokens)).astype(float)


def planted(rng):
    """Days and months inside capitals; features of one, two, and of all capitals; one of none."""
    days, months, numbers = (np.zeros(N_TYPES, dtype=bool) for _ in range(3))
    capitals = rng.random(N_TYPES) < 0.2
    days[20:34], months[50:66], numbers[100:120] = True, True, True
    capitals[numbers] = False
    capitals |= days | months
    table = np.column_stack([days, months, numbers, capitals])
    idle = np.zeros(N_TYPES)
    idle[rng.choice(N_TYPES, 20, replace=False)] = 0.9
    chance = np.array([0.9 * days, 0.9 * days + 0.9 * months, 0.9 * days + 0.9 * numbers,
                       0.9 * capitals, idle, np.zeros(N_TYPES)]) + 0.002  # fmt: skip
    return codes_of(corpus(rng), chance), table


def test_planted_labels_are_counted_and_what_lies_inside_another_is_not(rng):
    codes, table = planted(rng)
    answers = answers_of(codes)
    found = described(answers, table[answers.token_id])
    assert [set(one) for one in found.separate[:4]] == [{0}, {0, 1}, {0, 2}, {3}]
    assert found.n_separate.tolist()[4:] == [0, 0]


def test_sensitivity_precision_and_specificity_are_shares_of_occurrences(rng):
    codes, table = planted(rng)
    answers = answers_of(codes)
    found = described(answers, table[answers.token_id])
    frequent = np.isin(codes.tokens.token_id, answers.token_id)
    on = codes.matrix(binary=True).toarray()[frequent, 0] > 0
    named = table[codes.tokens.token_id[frequent], 0]
    assert found.sensitivity[0, 0] == pytest.approx(on[named].mean())
    assert found.precision[0, 0] == pytest.approx(named[on].mean())
    assert found.specificity[0, 0] == pytest.approx(1 - on[~named].mean())


def test_rare_tokens_are_off_no_label():
    """Token 0 occurs ten times, tokens 1 to 20 once each; the feature fires on all of them."""
    text = np.array([0] * 10 + list(range(1, 21)) + [21] * 10)
    codes = codes_of(text, [certain_on(range(21))])
    found = described(answers_of(codes), np.array([[True], [False]]))
    assert found.sensitivity[0, 0] == 1
    assert found.precision[0, 0] == 1, "twenty rare tokens have no label that could be right"
    assert found.specificity[0, 0] == 1


def test_with_one_stratum_it_is_fishers_test(rng):
    codes, table = planted(rng)
    answers = answers_of(codes)
    labels = table[answers.token_id]
    one = np.zeros(answers.token_id.size, dtype=np.int64)
    found = enrichment(answers, labels, stratum=one)
    for feature, label in ((1, 0), (4, 3), (3, 1)):
        a = answers.answers.toarray()[feature] > 0
        both = [[(a & labels[:, label]).sum(), (a & ~labels[:, label]).sum()],
                [(~a & labels[:, label]).sum(), (~a & ~labels[:, label]).sum()]]  # fmt: skip
        exact = stats.fisher_exact(both, alternative="greater").pvalue
        if both[0][0] >= 2 and found[feature, label] < 1:
            assert found[feature, label] == pytest.approx(exact, rel=1e-6)


def test_strata_agree_with_labels_dealt_anew(rng):
    codes, table = planted(rng)
    answers = answers_of(codes)
    labels = table[answers.token_id]
    on = answers.answers.toarray()[4] > 0
    seen = (on & labels[:, 3]).sum()
    draws = np.array([(on & dealt(labels, answers, rng=rng)[:, 3]).sum() for _ in range(4000)])
    share = (draws >= seen).mean()
    exact = enrichment(answers, labels)[4, 3]
    expected = draws.mean()
    if seen > expected and seen >= 2:
        assert exact == pytest.approx(share, abs=3 * np.sqrt(share * (1 - share) / 4000) + 1e-3)
    else:
        assert exact == 1


def test_the_level_is_kept_where_features_and_labels_have_nothing_in_common():
    """Features of frequent tokens, labels of any: 40 worlds of 10 features and 4 labels."""
    pvalues: list[float] = []
    several = some = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        chance = np.zeros((10, N_TYPES))
        for row in chance:
            row[rng.choice(N_TYPES // 2, 30, replace=False)] = 0.8
        answers = answers_of(codes_of(corpus(rng, 8000), chance))
        labels = rng.random((answers.token_id.size, 4)) < 0.1
        found = described(answers, labels)
        pvalues += found.pvalue.ravel().tolist()
        some += int((found.n_separate > 0).any())
        several += int((found.n_separate > 1).any())
    assert Calibration(np.array(pvalues), 0.05).rate <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 1600)
    assert some / 40 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 40)
    assert several <= some


def test_a_frequent_token_is_no_evidence(rng):
    """A feature of the most frequent tokens and a label of the same: strata explain it."""
    often = np.arange(N_TYPES) < 12
    codes = codes_of(corpus(rng), [0.9 * often])
    answers = answers_of(codes)
    labels = (np.arange(N_TYPES) < 60)[answers.token_id][:, None]
    one = np.zeros(answers.token_id.size, dtype=np.int64)
    assert enrichment(answers, labels, stratum=one)[0, 0] < 1e-6
    assert enrichment(answers, labels)[0, 0] > 0.2


@pytest.mark.refusal
def test_what_cannot_be_described_is_refused(rng):
    codes, table = planted(rng)
    answers = answers_of(codes)
    with pytest.raises(BadInput, match="labels of 3 tokens"):
        described(answers, table[:3])
    with pytest.raises(BadInput, match="rate 0"):
        answers_of(codes, rate=0.0)
    with pytest.raises(BadInput, match="read more"):
        answers_of(codes, fewest=10**6)
    bare = Codes(codes.offset, codes.feature, codes.value, codes.feature_id)
    with pytest.raises(BadInput, match="no text"):
        answers_of(bare)
