"""Leftovers: the residual of an autoencoder, of a model or of a world, as a study."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from armillary.atlas.study import Row, Study
from armillary.core import BadInput, FeatureSpace, SparseAutoencoder
from armillary.evaluate.leftover import planted_share
from armillary.load import load_sae
from armillary.load.corpus import builtin_corpus_for
from armillary.studies.leftovers_measured import measured, sentences, spectra_chart
from armillary.survey import survey
from armillary.survey.progress import Progress, Silent, Stopwatch
from armillary.worlds import World

BATCH = 16
LEVEL = 0.05
FEWEST = 8  # occurrences of a token whose mean is surveyed


def leftovers(
    source: str = "demo:sae",
    *,
    model: str = "demo",
    hook_name: str | None = None,
    n_tokens: int = 16_384,
    context: int = 128,
    n_draws: int = 19,
    shapes: bool = True,
    seed: int = 0,
    offline: bool = False,
    cache: str | Path | None = None,
    command: str = "",
    progress: Progress | None = None,
) -> Study:
    """Measure what an autoencoder leaves of a model's vectors.

    The model reads the first documents of the built-in corpus; the first position of each is left
    out, being far outside what autoencoders are trained on.

    Parameters
    ----------
    source
        What ``load_sae`` takes.
    model
        What ``load_lm`` takes; where it is not the built-in one, its own tokenizer reads the
        corpus's text.
    hook_name
        The autoencoder's place, where it does not say.
    n_tokens, context
        Tokens read, and tokens of a text; shorter texts where another tokenizer makes documents
        too short for as many.
    n_draws
        Of the null of predictability.
    shapes
        Whether the mean residuals of tokens are surveyed, beside the mean vectors themselves.
    seed
        Of everything random.
    offline, cache
        As for ``load_lm``.
    command
        For the record.
    progress
        Told of stages.

    Returns
    -------
    Study
        Named ``leftovers``.

    Raises
    ------
    BadInput
        If the autoencoder cannot be read, its place is not known, or dimensions differ.
    """
    if context < 2:
        raise BadInput(f"texts of {context} tokens: the first is left out, two are needed")
    watch, tell = Stopwatch(), progress or Silent()
    rng = np.random.default_rng(seed)
    home = None if cache is None else Path(cache)
    with watch.stage(tell, "open"):
        from armillary.models import load_lm

        lm: Any = load_lm(model, offline=offline, cache=home, progress=tell.note)
        sae = load_sae(source, d_model=lm.d_model, offline=offline, progress=tell.note)
        ids = _texts(lm, n_tokens, context, offline=offline, cache=home)
    x, token, document = _read(lm, _place(sae, hook_name), ids, watch=watch, tell=tell)
    with watch.stage(tell, "measure"):
        found = measured(sae, x, document=document, n_draws=n_draws, rng=rng)
    tables: dict[str, list[Row]] = {"spectra": found.spectra, "predictability": found.foretold}
    said = sentences(found)
    if shapes:
        with watch.time("shapes"):
            tables["shapes"] = _shapes(lm, token, {"x": x, "residual": found.left}, seed, tell)
        said.append(_of_shapes(tables["shapes"]))
    manifest = {
        "version": version("armillary"), "command": command, "seed": seed,
        "source": dict(sae.source), "model": lm.name, "hook_name": _place(sae, hook_name),
        "tokens": len(x), "context": ids.shape[1], "draws": n_draws, "timings": watch.seconds,
    }  # fmt: skip
    return Study(
        "leftovers", f"What {source} leaves over", said, tables, (spectra_chart(found),), manifest
    )


def leftovers_of_world(
    world: World,
    sae: SparseAutoencoder,
    *,
    n_tokens: int = 8_192,
    n_draws: int = 19,
    seed: int = 0,
    command: str = "",
) -> Study:
    """Measure what an autoencoder leaves of a world, and of each thing planted in it.

    Parameters
    ----------
    world
        Its factors are what is followed.
    sae
        An autoencoder on it.
    n_tokens, n_draws, seed, command
        As for ``leftovers``.

    Returns
    -------
    Study
        Named ``leftovers``, with the table ``planted``.
    """
    rng = np.random.default_rng(seed)
    drawn = world.draw(n_tokens, rng)
    x = drawn.activations
    found = measured(sae, x, document=None, n_draws=n_draws, rng=rng)
    planted: list[Row] = []
    for factor in world.truth.factors:
        if factor.name not in drawn.active or not drawn.active[factor.name].any():
            continue
        part = world.contribution(factor.name, drawn)
        if float(part.var(axis=0).sum()) == 0:
            continue
        went = planted_share(part, x, found.left, rng=rng)
        planted.append({
            "factor": factor.name, "kind": factor.kind, "share_left": went.share,
            "r2_from_rebuilt": went.from_rebuilt, "r2_from_residual": went.from_residual,
        })  # fmt: skip
    said = sentences(found)
    if planted:
        worst = max(planted, key=lambda row: row["share_left"])
        said.append(
            f"Of what is planted, {worst['factor']} ({worst['kind']}) is left over most: "
            f"{worst['share_left']:.0%} of it is in the residual."
        )
    manifest = {
        "version": version("armillary"), "command": command, "seed": seed, "source": repr(world),
        "autoencoder": repr(sae), "tokens": len(x), "draws": n_draws,
    }  # fmt: skip
    tables = {"spectra": found.spectra, "predictability": found.foretold, "planted": planted}
    return Study(
        "leftovers",
        f"What is left over of {world.name}",
        said,
        tables,
        (spectra_chart(found),),
        manifest,
    )


def _texts(
    lm: Any, n_tokens: int, context: int, *, offline: bool, cache: Path | None
) -> np.ndarray:
    """Return beginnings of the corpus's documents, one length, as the model's own token ids."""
    corpus = builtin_corpus_for(lm.name, lm.encode, offline=offline, cache=cache)
    start = [] if lm.bos_id is None else [lm.bos_id]
    size = np.diff(corpus.offset)
    length = np.arange(2 - len(start), context - len(start) + 1)  # one is read past the first
    got = (length + len(start) - 1) * (size >= length[:, None]).sum(axis=1)
    enough = np.flatnonzero(got >= n_tokens)
    best = int(enough[-1] if enough.size else got.argmax())
    kept = int(length[best])
    texts = [[*start, *one[:kept]] for one in corpus if len(one) >= kept]
    ids = np.array(texts[: -(-n_tokens // (kept + len(start) - 1))], dtype=np.int64)
    if not ids.size or ids.max() >= lm.vocab_size:
        raise BadInput(
            f"{lm.name} has {lm.vocab_size:,} tokens, its tokenizer makes others of the built-in "
            "corpus, or none: give the model with its own tokenizer"
        )
    return ids


def _read(
    lm: Any, place: str, ids: np.ndarray, *, watch: Stopwatch, tell: Progress
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return vectors, tokens and documents of all positions but the first."""
    found: list[np.ndarray] = []
    with watch.stage(tell, "read", len(ids)):
        for at in range(0, len(ids), BATCH):
            part = lm.capture(ids[at : at + BATCH], place)[place][:, 1:]
            found.append(part.reshape(-1, lm.d_model).cpu().numpy())
            tell.advance(len(part))
    document = np.repeat(np.arange(len(ids)), ids.shape[1] - 1)
    return np.concatenate(found), ids[:, 1:].ravel(), document


def _place(sae: SparseAutoencoder, hook_name: str | None) -> str:
    said: Any = sae.source.get("model") or {}
    place: Any = hook_name or said.get("hook_name") or sae.source.get("hook_name")
    if not isinstance(place, str):
        raise BadInput("where in the model? The autoencoder does not say: give --hook")
    return place


def _shapes(
    lm: Any, token: np.ndarray, rows: Mapping[str, np.ndarray], seed: int, tell: Progress
) -> list[Row]:
    """Survey the mean of every frequent token, in the vectors and in what is left of them."""
    ids, at, count = np.unique(token, return_inverse=True, return_counts=True)
    kept = np.flatnonzero(count >= FEWEST)
    text = np.array(lm.token_text(ids[kept]))
    told: list[Row] = []
    for name, vectors in rows.items():
        total = np.zeros((ids.size, vectors.shape[1]))
        np.add.at(total, at, vectors)
        mean = (total[kept] / count[kept][:, None]).astype(np.float32)
        mean -= mean.mean(axis=0)
        tell.note(f"surveying {kept.size:,} mean vectors of {name}")
        space = FeatureSpace(mean, ids[kept].astype(np.int64), {"label": text}, {"uri": name})
        held = survey(space, map=False, jobs=1, seed=seed).findings
        for one in held.to_pylist():
            told.append({
                "of": name, "shape": one["shape"], "tokens": one["n"], "q": one["q"],
                "p_rival": one["p_rival"], "hypothesis": one["hypothesis"],
                "members": " ".join(str(label).strip() for label in one["order"][:12]),
            })  # fmt: skip
    return told


def _of_shapes(found: list[Row]) -> str:
    count = {
        name: sum(row["of"] == name and row["q"] <= LEVEL for row in found)
        for name in ("x", "residual")
    }
    return (
        f"The survey finds {count['residual']} shapes (q of {LEVEL} or less) among the mean "
        f"residuals of tokens, and {count['x']} among their mean vectors."
    )
