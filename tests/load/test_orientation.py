import itertools

import numpy as np
import pytest

from armillary.core import BadInput
from armillary.load.orientation import (
    named_orientation,
    refuse_if_transposed,
    settle_orientation,
)


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("W_dec", "rows"),
        ("w_dec", "rows"),
        ("token_embd.weight", "rows"),
        ("model.embed_tokens.weight", "rows"),
        ("decoder.weight", "columns"),
        ("sae.decoder.weight", "columns"),
        ("my_decoder.weight", None),
        ("W_enc", None),
        ("", None),
    ],
)
def test_a_name_means_what_the_field_means_by_it(name, side):
    assert named_orientation(name) == side


def test_what_the_caller_says_wins_over_the_name():
    assert settle_orientation((90, 8), asked="columns", tensor_name="W_dec")[0] is True
    assert settle_orientation((8, 90), asked="rows", tensor_name="decoder.weight")[0] is False


def test_d_model_settles_it_and_is_named_as_the_reason():
    assert settle_orientation((90, 8), d_model=8) == (False, "rows are features: d_model is 8")
    assert settle_orientation((8, 90), d_model=8)[0] is True
    transpose, why = settle_orientation((8, 90), d_model=8, tensor_name="W_dec")
    assert transpose is True
    assert "'W_dec' promises the other axis" in why


def test_fewer_features_than_dimensions_pass_where_d_model_says_so():
    assert settle_orientation((8, 90), d_model=90)[0] is False


def test_known_names_settle_it_with_or_without_the_encoder():
    assert settle_orientation((90, 8), tensor_name="W_dec")[0] is False
    assert settle_orientation((8, 90), tensor_name="decoder.weight")[0] is True
    _, why = settle_orientation((8, 90), tensor_name="decoder.weight", partner_shape=(8, 90))
    assert "encoder's shape agrees" in why


def test_a_tall_matrix_of_unknown_name_is_taken_and_said_to_be_assumed():
    transpose, why = settle_orientation((90, 8), tensor_name="arr_0")
    assert transpose is False
    assert "ASSUMED" in why


def test_a_square_decoder_with_a_known_name_says_that_nothing_confirmed_it():
    transpose, why = settle_orientation((8, 8), tensor_name="decoder.weight")
    assert transpose is True
    assert "square" in why


@pytest.mark.parametrize(
    ("shape", "options", "words"),
    [
        ((8, 8), {}, "square"),
        ((8, 8), {"d_model": 8}, "square"),
        ((8, 90), {}, "looks transposed"),
        ((8, 90), {"tensor_name": "W_dec"}, "looks transposed"),
        ((8, 90), {"tensor_name": "W_dec", "partner_shape": (90, 8)}, "looks transposed"),
        ((90, 8), {"tensor_name": "decoder.weight"}, "looks transposed"),
        ((90, 8), {"tensor_name": "W_dec", "partner_shape": (90, 8)}, "disagree"),
        ((90, 8), {"d_model": 7}, "neither axis is d_model, which was given as 7"),
        ((90, 8), {"d_model": 8, "asked": "columns"}, "would give d_model 90"),
        ((90, 8), {"asked": "sideways"}, "'sideways' is unknown"),
        ((90,), {}, "1 axes, expected 2"),
        ((4, 90, 8), {}, "3 axes, expected 2"),
    ],
)
def test_ambiguity_and_contradiction_are_refused(shape, options, words):
    with pytest.raises(BadInput, match=words):
        settle_orientation(shape, **options)


def test_no_transposed_decoder_passes_unless_the_caller_takes_it_on_himself():
    """Every way to hand over (d_model, feature) as if it were (feature, d_model)."""
    for name, partner, d_model in itertools.product(
        ("", "W_dec", "w_dec", "token_embd.weight"), (None, (90, 8), (8, 90)), (None, 8)
    ):
        try:
            transpose, _ = settle_orientation(
                (8, 90), d_model=d_model, partner_shape=partner, tensor_name=name
            )
        except BadInput:
            continue
        assert transpose is True


@pytest.mark.parametrize("shape", [(64, 64), (96, 64), (64, 96)])
def test_equal_norms_along_the_wrong_axis_give_a_transposed_matrix_away(shape):
    features = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    refuse_if_transposed(features, what="m")
    with pytest.raises(BadInput, match="looks transposed: its .* columns all have norm 1 "):
        refuse_if_transposed(features.T, what="m")


@pytest.mark.parametrize("n", [64, 20_000])
def test_gaussian_rows_are_not_taken_for_a_transposed_matrix(n):
    refuse_if_transposed(np.random.default_rng(1).normal(size=(n, 32)), what="m")


def test_an_orthogonal_matrix_has_no_wrong_way_round():
    q, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(64, 64)))
    refuse_if_transposed(q, what="m")
