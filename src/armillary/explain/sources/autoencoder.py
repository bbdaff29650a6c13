"""A sparse autoencoder as a subject: its own codes, its directions, its place in the model."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.core import BadInput, Codes, Corpus, FeatureSpace, SparseAutoencoder
from armillary.explain.sources.fired_words import fired_word_groups
from armillary.explain.sources.reading import codes_before, encoded_texts, live_codes
from armillary.explain.sources.texts import Back, ReadingModel, Texts, draw_texts, every_text
from armillary.explain.subject import Split, Subject
from armillary.harvest.model import model_facts
from armillary.knockoffs.shared import Shared
from armillary.load import builtin_corpus, cache_folder, load_sae, load_space, open_codes
from armillary.load.tokens import text_column
from armillary.survey.builtin_codes import builtin_codes

FIRST = 1  # the first position of a text is far outside what autoencoders are trained on


def open_autoencoder(
    source: str,
    lm: ReadingModel,
    corpus: Corpus,
    *,
    hook_name: str | None = None,
    twin: str | None = None,
    codes: str | Path | None = None,
    cache: Path | None = None,
    offline: bool = False,
    progress: Callable[[str], None] | None = None,
    **numbers: int,
) -> Subject:
    """Make a subject of an autoencoder's address.

    Parameters
    ----------
    source
        What ``load_sae`` takes.
    lm, corpus
        The model that it reads, and text as its token ids.
    hook_name
        Its place in the model, where its file does not say.
    twin
        An autoencoder of another seed.
    codes
        Folder of its codes on this corpus; those of the built-in autoencoder are made once and
        kept. Without, 65,536 tokens are read now.
    cache, offline, progress
        As for ``open_subject``.
    **numbers
        ``n_calibration``, ``n_test``, ``context`` and ``seed`` of ``autoencoder_subject``.

    Returns
    -------
    Subject
        Named as the source.
    """
    sae = load_sae(source, d_model=lm.d_model, offline=offline, progress=progress)
    known = open_codes(codes) if codes is not None else None
    builtin = source == "demo:sae" and lm.name == "smollm2" and hook_name is None
    if known is None and builtin and corpus.sha256 == builtin_corpus().sha256:
        known = builtin_codes(cache_folder(cache), offline=offline, tell=_Notes(progress))
    other = load_space(twin, offline=offline) if twin is not None else None
    return autoencoder_subject(
        sae, lm, corpus, codes=known, twin=other, hook_name=hook_name, name=source, **numbers
    )


def autoencoder_subject(
    sae: SparseAutoencoder,
    lm: ReadingModel,
    corpus: Corpus,
    *,
    codes: Codes | None = None,
    twin: FeatureSpace | None = None,
    hook_name: str | None = None,
    name: str = "",
    n_calibration: int = 16_384,
    n_test: int = 1_536,
    n_shared: int = 65_536,
    context: int = 128,
    seed: int = 0,
) -> Subject:
    """Make a subject of an autoencoder and the model that it reads.

    Codes are those of the autoencoder itself, ``D`` its directions, the bias its decoder's, all in
    the space that it scales vectors to; the part ``back`` takes vectors to the model's space. The
    part ``mean`` is the mean vector of the calibration tokens, in the model's space: what the
    model's loss under mean ablation is measured with; ``encode`` makes a split of any texts and
    says what takes its vectors back. The first position of a text keeps its own vector.

    Parameters
    ----------
    sae, lm
        The autoencoder and its model.
    corpus
        Text as the model's token ids; tests are drawn from its last twentieth.
    codes
        Its codes on this corpus; those before the test documents are shared. None reads
        ``n_shared`` tokens.
    twin
        Directions of an autoencoder of another seed.
    hook_name
        Its place, where it does not say.
    name
        What the user wrote.
    n_calibration, n_test
        Tokens that gauges are fitted on and that readers score, first positions counted.
    n_shared
        Tokens read for shared codes where none are given.
    context
        Tokens of a text.
    seed
        Of the draw of texts.

    Returns
    -------
    Subject
        ``record`` has ``fvu`` and ``l0`` on the test tokens.

    Raises
    ------
    BadInput
        If it is a transcoder, no place is known, the codes are of another text, or the corpus is
        too short.
    """
    said: Any = sae.source.get("model") or {}
    place: Any = hook_name or said.get("hook_name") or sae.source.get("hook_name")
    if not isinstance(place, str):
        raise BadInput("where in the model? The autoencoder does not say: give hook_name")
    if sae.skip is not None or sae.directions.shape[1] != lm.d_model:
        raise BadInput("a transcoder does not rebuild what it reads: there is nothing to splice")
    drawn = draw_texts(
        corpus, n_calibration=n_calibration, n_test=n_test, context=context, first=FIRST, seed=seed
    )
    labels = text_column(lm.token_text(np.arange(lm.vocab_size)))
    if codes is None:
        texts = every_text(drawn.shared, context=context, first=FIRST, most=n_shared)
        codes = live_codes(sae, lm, texts, place=place, vocabulary=labels)
    else:
        codes = codes_before(codes, drawn.shared)
    row = codes.feature_id
    calibration, calibration_vectors = _split(sae, lm, place, drawn.calibration)
    test, test_vectors = _split(sae, lm, place, drawn.test)

    def encode(texts: Texts) -> tuple[Split, Back]:
        split, vectors = _split(sae, lm, place, texts)
        return split, sae.scaling.apply(vectors)[1]

    columns = {"fired": codes.firing_count()}
    return Subject(
        name or str(sae.source.get("uri", "autoencoder")),
        FeatureSpace(sae.directions, row, columns, sae.source),
        np.asarray(sae.decoder_bias, dtype=np.float32),
        Shared(row, lm.d_model, columns, codes),
        calibration,
        test,
        groups=fired_word_groups(codes),
        twin=twin,
        parts={
            "lm": lm,
            "hook_name": place,
            "calibration_texts": drawn.calibration,
            "test_texts": drawn.test,
            "held_texts": drawn.held,
            "encode": encode,
            "mean": calibration_vectors.mean(axis=0, dtype=np.float64).astype(np.float32),
            "back": {
                "calibration": sae.scaling.apply(calibration_vectors)[1],
                "test": sae.scaling.apply(test_vectors)[1],
            },
        },
        record={
            "kind": "sparse autoencoder",
            "model": model_facts(lm),
            "hook_name": place,
            "sha256": dict(sae.source.get("sha256") or {}),
            "scaling": str(sae.scaling),
            "firing": str(sae.firing),
            "d_sae": sae.n_features,
            "corpus": {**corpus.source, "sha256": corpus.sha256},
            "shared_tokens": codes.n_tokens,
            "calibration_tokens": calibration.n_tokens,
            "test_tokens": test.n_tokens,
            "context": context,
            "seed": seed,
            **{k: v for k, v in sae.unexplained(test_vectors).items() if k != "tokens"},
        },
    )


def _split(
    sae: SparseAutoencoder, lm: ReadingModel, place: str, texts: Texts
) -> tuple[Split, Float[np.ndarray, "token d_model"]]:
    codes, vectors = encoded_texts(sae, lm, texts, place=place)
    scaled, _ = sae.scaling.apply(vectors)
    return Split(codes, texts.unit, scaled), vectors


class _Notes:
    """Passes facts on and leaves out stages."""

    def __init__(self, say: Callable[[str], None] | None) -> None:
        self._say = say

    def stage(self, name: str, total: int) -> None:
        """Ignore the stage."""

    def advance(self, n: int = 1) -> None:
        """Ignore the advance."""

    def note(self, text: str) -> None:
        """Show a fact."""
        if self._say is not None:
            self._say(text)
