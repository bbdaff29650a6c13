import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from tiny_reading import CONTEXT, HOOK, autoencoder, walks  # noqa: E402

from armillary.core import BadInput, Corpus, SparseAutoencoder  # noqa: E402
from armillary.core.input_scaling import UnitNorm  # noqa: E402
from armillary.explain.sources import (  # noqa: E402
    autoencoder_subject,
    fired_word_groups,
    open_subject,
)
from armillary.explain.sources.reading import codes_before  # noqa: E402
from armillary.explain.sources.texts import draw_texts, every_text  # noqa: E402

SMALL = {"n_calibration": 512, "n_test": 64, "context": CONTEXT}


def test_an_embedding_is_rebuilt_from_its_codes(embedded, walker):
    lm, _ = walker
    texts = embedded.parts["test_texts"]
    own = lm.capture(texts.token_id, "hook_embed")["hook_embed"].reshape(-1, lm.d_model).numpy()
    made = embedded.made(embedded.space.directions, embedded.test)
    assert np.allclose(made, own, atol=1e-6)
    assert np.allclose(embedded.test.target, own)


def test_the_bias_of_an_embedding_is_the_mean_over_the_shared_text(embedded):
    codes = embedded.shared.codes.matrix()
    mean = np.asarray(codes.sum(axis=0)).ravel() @ embedded.space.directions
    assert np.abs(mean / embedded.shared.codes.n_tokens).max() < 1e-5


def test_the_shared_text_ends_where_the_held_documents_begin(subject):
    held = subject.parts["held_texts"].document
    calibration = subject.parts["calibration_texts"].document
    test = subject.parts["test_texts"].document
    assert set(test) <= set(held)
    assert calibration.max() < held.min()
    assert subject.shared.codes.tokens.document.max() < held.min()


def test_lists_are_found_by_label_and_by_firing(embedded, walker):
    names = {group.name: group for group in embedded.groups}
    assert {"weekdays", "months"} <= set(names)
    assert names["weekdays"].rows.tolist() == list(range(1, 8))
    by_firing = {group.name: group for group in fired_word_groups(embedded.shared.codes)}
    assert by_firing["weekdays"].rows.tolist() == list(range(1, 8))
    assert by_firing["weekdays"].step.tolist() == list(range(7))


def test_an_autoencoder_is_rebuilt_as_it_rebuilds_itself(encoded, walker):
    lm, corpus = walker
    sae = autoencoder(lm, corpus)
    texts = encoded.parts["test_texts"]
    own = lm.capture(texts.token_id, HOOK)[HOOK][:, 1:].reshape(-1, lm.d_model).numpy()
    made = encoded.made(encoded.space.directions, encoded.test)
    assert np.allclose(made, sae.reconstruct(own), atol=1e-4)
    assert encoded.record["l0"] <= 12
    assert 0 < encoded.record["fvu"] < 0.2


def test_vectors_of_a_scaled_space_go_back_to_the_model(walker):
    lm, corpus = walker
    sae = autoencoder(lm, corpus, scaling=UnitNorm())
    made = autoencoder_subject(sae, lm, corpus, **SMALL)
    texts = made.parts["test_texts"]
    own = lm.capture(texts.token_id, HOOK)[HOOK][:, 1:].reshape(-1, lm.d_model).numpy()
    rebuilt = made.parts["back"]["test"](made.made(made.space.directions, made.test))
    assert np.allclose(rebuilt, sae.reconstruct(own), atol=1e-4)


def test_kept_codes_are_taken_up_to_the_held_documents(walker, encoded):
    lm, corpus = walker
    sae = autoencoder(lm, corpus)
    kept = autoencoder_subject(sae, lm, corpus, codes=encoded.shared.codes, **SMALL).shared.codes
    assert kept.tokens.document.max() < 380
    assert 0 < kept.n_tokens <= encoded.shared.codes.n_tokens


@pytest.mark.refusal
def test_codes_of_another_text_are_refused(walker, encoded):
    with pytest.raises(BadInput, match="another text"):
        codes_before(encoded.shared.codes, walks(400, seed=1))


@pytest.mark.refusal
def test_codes_without_text_are_refused(walker, encoded):
    codes = encoded.shared.codes
    bare = type(codes)(codes.offset, codes.feature, codes.value, codes.feature_id)
    with pytest.raises(BadInput, match="carry no text"):
        codes_before(bare, walker[1])
    with pytest.raises(BadInput, match="vocabulary"):
        fired_word_groups(bare)


@pytest.mark.refusal
def test_an_autoencoder_without_a_place_is_refused(walker):
    lm, corpus = walker
    sae = autoencoder(lm, corpus)
    lost = SparseAutoencoder(
        sae.directions, sae.encoder, sae.encoder_bias, sae.decoder_bias, sae.firing
    )
    with pytest.raises(BadInput, match="where in the model"):
        autoencoder_subject(lost, lm, corpus, **SMALL)
    skipping = SparseAutoencoder(
        sae.directions, sae.encoder, sae.encoder_bias, sae.decoder_bias, sae.firing,
        skip=np.eye(lm.d_model, dtype=np.float32), source=sae.source,
    )  # fmt: skip
    with pytest.raises(BadInput, match="transcoder"):
        autoencoder_subject(skipping, lm, corpus, **SMALL)


@pytest.mark.refusal
def test_too_little_text_is_refused():
    with pytest.raises(BadInput, match="needed to fit gauges"):
        draw_texts(walks(10), n_calibration=512, n_test=64, context=CONTEXT)


def test_a_single_document_is_cut_where_tests_begin():
    corpus = walks(100)
    one = Corpus(corpus.token_id, np.array([0, corpus.n_tokens]))
    drawn = draw_texts(one, n_calibration=512, n_test=64, context=CONTEXT)
    assert drawn.shared.n_tokens == 95 * CONTEXT
    assert drawn.test.token_id.shape == (4, CONTEXT)


def test_texts_over_a_corpus_are_spread_evenly():
    texts = every_text(walks(100), context=CONTEXT, most=5 * CONTEXT)
    assert texts.document.tolist() == [0, 25, 50, 74, 99]


@pytest.mark.refusal
def test_options_that_do_not_go_with_a_source_are_refused():
    with pytest.raises(BadInput, match="own network"):
        open_subject("world:pizza", model="demo")
    with pytest.raises(BadInput, match="embedding has none"):
        open_subject("demo", twin="demo:sae")
