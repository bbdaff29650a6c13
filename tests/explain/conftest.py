"""Subjects of a tiny model, made once."""

import pytest


@pytest.fixture(scope="session")
def walker():
    """A tiny model that walks through lists, with its corpus."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tiny_reading import trained, walks

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    corpus = walks(400)
    yield trained(corpus), corpus
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def embedded(walker):
    from armillary.explain.sources import embedding_subject

    lm, corpus = walker
    return embedding_subject(lm, corpus, n_calibration=2048, n_test=192, context=16)


@pytest.fixture(scope="session")
def encoded(walker):
    from tiny_reading import autoencoder

    from armillary.explain.sources import autoencoder_subject

    lm, corpus = walker
    sae = autoencoder(lm, corpus)
    return autoencoder_subject(sae, lm, corpus, n_calibration=2048, n_test=192, context=16)


@pytest.fixture(params=["embedded", "encoded"])
def subject(request: pytest.FixtureRequest):
    return request.getfixturevalue(request.param)
