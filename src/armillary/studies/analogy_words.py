"""Words of a source: labelled vectors, as analogies are asked of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse

from armillary.affinity import spectrum_matched
from armillary.affinity.unit_rows import unit_rows
from armillary.algebra.distractors import spelling_axes
from armillary.atlas import Atlas, is_atlas
from armillary.core import BadInput, Codes, FeatureSpace
from armillary.lexicon.analogies import SPACE_MARKS, Family, folded
from armillary.load import as_space
from armillary.survey.progress import Progress
from armillary.survey.reopened import reopened
from armillary.survey.with_codes import fired, labelled_by
from armillary.survey.words import Lexemes

LEAST_SHARE = 0.3  # of a feature's activation, on the word it is labelled by
LEAST_TOKENS = 10  # of a word that is rebuilt
REFERENCE = 2000  # words of a kind of spelling that axes are estimated on, at most
BLOCK = 1 << 16  # tokens added up at a time
INSIDE = "##"  # what WordPiece writes before a piece inside a word


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Labelled vectors, centred and of unit length.

    Parameters
    ----------
    name
        What they are, in words.
    labels
        One a row, as written where they come from.
    unit
        The rows.
    word
        Number of each row's word: spellings of one word share it.
    note
        How they were made.
    control
        Whether they are there for comparison: no bundles are looked for.
    """

    name: str
    labels: tuple[str, ...]
    unit: Float[np.ndarray, "label d_model"]
    word: Int[np.ndarray, " label"]
    note: str = ""
    control: bool = False

    @classmethod
    def of(
        cls, name: str, labels: Sequence[str], vectors: Float[np.ndarray, "label d_model"],
        *, note: str = "", control: bool = False,
    ) -> "Words":  # fmt: skip
        """Centre the vectors, scale them to unit length and number the words.

        Raises
        ------
        BadInput
            If there are fewer than 8.
        """
        if len(labels) < 8:
            raise BadInput(f"{name}: {len(labels)} labelled vectors; analogies need some words")
        centred = np.asarray(vectors, dtype=np.float32)
        centred = centred - centred.mean(axis=0)
        kept = np.flatnonzero(np.linalg.norm(centred, axis=1) > 0)
        texts = [str(labels[k]) for k in kept.tolist()]
        _, word = np.unique([folded(text) for text in texts], return_inverse=True)
        return cls(name, tuple(texts), unit_rows(centred[kept]), word, note, control)

    def text(self, row: int) -> str:
        """Return the label of a row without spaces around it; marks where it is nothing else."""
        return self.labels[row].strip() or repr(self.labels[row])

    def spelling_axes(self, families: Sequence[Family], *, rng: np.random.Generator) -> np.ndarray:
        """Span what spellings of one word differ by, on words that are in no family.

        Kinds: a leading space, a capital, all capitals, a piece inside a word; each where some 20
        words have both spellings. No rows where none has.
        """
        tested = {word.casefold() for f in families for row in f.rows for word in row}
        place: dict[str, int] = {}
        for k, label in enumerate(self.labels):
            place.setdefault(label, k)
        kinds: dict[str, list[tuple[int, int]]] = {}
        for label, k in place.items():
            mark = label[0] if label.startswith(SPACE_MARKS) else ""
            bare = label[len(mark) :]
            if not bare.isalpha() or bare != bare.lower() or bare in tested:
                continue
            others = {"space": bare if mark else "", "capital": mark + bare.capitalize(),
                      "capitals": mark + bare.upper(), "inside": INSIDE + bare}  # fmt: skip
            for kind, other in others.items():
                if other != label and other in place:
                    kinds.setdefault(kind, []).append((k, place[other]))
        differences: list[np.ndarray] = []
        for found in kinds.values():
            if len(found) >= 20:
                some = rng.permutation(len(found))[:REFERENCE]
                both = np.array(found)[some]
                differences.append(self.unit[both[:, 1]] - self.unit[both[:, 0]])
        return spelling_axes(differences) if differences else np.zeros((0, self.unit.shape[1]))


def words_of(
    source: Any, *, offline: bool, cache: Path | None, progress: Progress, vectors: Any = None,
    rng: np.random.Generator,
) -> tuple[list[Words], Mapping[str, Any]]:  # fmt: skip
    """Open a source: its labelled rows, and of an autoencoder with codes also its words rebuilt.

    Parameters
    ----------
    source
        An atlas, or whatever ``as_space`` takes.
    offline, cache, vectors
        As for ``compare``.
    progress
        Told of what is read.
    rng
        Source of the random rows of the control.

    Returns
    -------
    list of Words, mapping
        The readings, and the source's record.

    Raises
    ------
    BadInput
        If the source has no labels.
    """
    if isinstance(source, str | Path) and is_atlas(Path(source)):
        space = reopened(Atlas.read(source), vectors=vectors, offline=offline, cache=cache)
        given = fired(space.source.get("uri"), None, cache=cache, offline=offline, tell=progress)
        space = labelled_by(FeatureSpace(space.directions, space.feature_id, {}, space.source),
                            given) if given.codes is not None else space  # fmt: skip
    else:
        door: dict[str, Any] = {"offline": offline, "cache": cache}
        space = as_space(source, **(door if isinstance(source, str | Path) else {}))
        given = fired(source, None, cache=cache, offline=offline, tell=progress)
        space = labelled_by(space, given)
    if "label" not in space.columns:
        raise BadInput(
            f"{space.source.get('uri', 'the source')} has no labels, so no words are known in it: "
            "use a model's embedding, an atlas with labels, or demo:sae"
        )
    readings = [_labelled(space)]
    if given.codes is not None and given.lexemes is not None:
        readings += _rebuilt(space, given.codes, given.lexemes, rng=rng)
    return readings, space.source


def _labelled(space: FeatureSpace) -> Words:
    labels = [str(label) for label in space.labels]
    share = space.columns.get("label_share")
    if share is not None:
        kept = _strongest(labels, share)
        note = (
            f"one decoder row a word: the feature with the largest share of its activation on it, "
            f"{LEAST_SHARE:.0%} or more"
        )
        name = "labelled features"
    else:
        special = space.columns.get("special")
        kept = np.arange(len(labels)) if special is None else np.flatnonzero(~special)
        note, name = "rows of the table, special tokens left out", "rows"
    return Words.of(name, [labels[k] for k in kept.tolist()], space.directions[kept], note=note)


def _strongest(
    labels: Sequence[str], share: Float[np.ndarray, " feature"]
) -> Int[np.ndarray, " word"]:
    """Return the feature of each label with the largest share of its activation there."""
    best: dict[str, int] = {}
    order: list[int] = np.argsort(-share, kind="stable").tolist()
    for k in order:
        if share[k] >= LEAST_SHARE:
            best.setdefault(str(labels[k]), k)
    return np.array(sorted(best.values()), dtype=np.int64)


def _rebuilt(
    space: FeatureSpace, codes: Codes, lexemes: Lexemes, *, rng: np.random.Generator
) -> list[Words]:
    """Average what the dictionary rebuilds over the tokens of every word.

    Beside it the same codes on random rows of the dictionary's spectrum: what of the algebra is in
    the codes, wherever the features lie.
    """
    held = codes.columns_for(space.feature_id)
    chosen = np.flatnonzero(lexemes.count >= LEAST_TOKENS)
    mean = _mean_codes(held, lexemes, chosen)
    random = spectrum_matched(space.directions, rng=rng)
    random *= np.linalg.norm(space.directions, axis=1, keepdims=True)
    least = f"over all tokens of a word, {LEAST_TOKENS} or more of them"
    names = lexemes.named(chosen)
    return [
        Words.of(
            "rebuilt words", names, mean @ space.directions, note=f"mean reconstruction {least}"
        ),
        Words.of(
            "same codes, random rows", names, mean @ random, control=True,
            note=f"mean codes {least}, on random rows with the spectrum of the decoder's",
        ),
    ]  # fmt: skip


def _mean_codes(codes: Codes, lexemes: Lexemes, chosen: Int[np.ndarray, " word"]) -> Any:
    """Return the mean codes of each chosen word, word x feature, sparse."""
    place = np.full(lexemes.count.size, -1, dtype=np.int64)
    place[chosen] = np.arange(chosen.size)
    shape = (chosen.size, codes.n_features)
    total: Any = sparse.csr_array(shape, dtype=np.float64)
    for start in range(0, codes.n_tokens, BLOCK):
        stop = min(start + BLOCK, codes.n_tokens)
        here = slice(int(codes.offset[start]), int(codes.offset[stop]))
        word = place[lexemes.of_token[codes.token_of_firing(start, stop)]]
        own = word >= 0
        value = np.asarray(codes.value[here], dtype=np.float64)[own]
        feature = np.asarray(codes.feature[here])[own]
        total = total + sparse.csr_array((value, (word[own], feature)), shape=shape)
    return total.multiply(1.0 / lexemes.count[chosen, None]).tocsr()
