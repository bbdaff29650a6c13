"""Rebuilt groups: tokens rebuilt from a group's own features, and the shape of its words."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.core import Codes, FeatureSpace, Partition
from armillary.core.rebuilt import Indices, Rebuilt
from armillary.core.span import span_rows
from armillary.inference import NullTest
from armillary.reconstruct import Reconstruction, reconstruct_clusters
from armillary.shape import irreducibility, judge
from armillary.survey.parallel import Runner
from armillary.survey.progress import Progress
from armillary.survey.ray_nulls import arranged, code_cloud
from armillary.survey.rebuilt_claims import claimed
from armillary.survey.settings import Settings
from armillary.survey.words import Lexemes, WordCodes, word_activation, word_codes
from armillary.survey.workspace import Workspace, load_json, save_arrays, save_json, written

CAP = 20_000  # tokens looked at of a group
LEAST_WORDS = 5
LEAST_FEATURES = 3
MOST_FEATURES = 400
A_WORD, OF_ALL = 12, 150  # tokens kept to be shown: of every word, and of all
INDEXED = 1_000  # tokens that the indices are computed on
N_INDICES = 99
N_NULL = 9_999  # draws of the ray nulls where p stays small
CHUNK = 8


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """One group's words, before its shape is known."""

    number: int
    found_by: str
    made: Reconstruction
    words: WordCodes


def rebuilt_groups(
    space: FeatureSpace,
    partition: Partition,
    codes: Codes,
    *,
    lexemes: Lexemes,
    settings: Settings,
    work: Workspace,
    runner: Runner,
    progress: Progress,
) -> list[Rebuilt]:
    """Rebuild every group's tokens from its features, and judge the means of its words.

    Groups of 3 to 400 features that are about 5 words or more are tested; ``q`` is over all of
    them. Words are what the group fires on; no list of words is consulted.

    Parameters
    ----------
    space
        What was searched; rows of the groups are rows of it.
    partition
        Candidates; their method says what they were found by.
    codes
        Activations of features on tokens; columns are matched to the space by feature id.
    lexemes
        The word of every token.
    settings
        Draws, level and seed.
    work, runner, progress
        Where steps are kept, what runs them, what is told.

    Returns
    -------
    list of Rebuilt
        Every group tested, those with a claim first, strongest first.
    """
    seen = _seen(space, partition, codes, lexemes=lexemes, seed=settings.seed)
    folder = work.folder
    numbers = [one.number for one in seen]
    for one in seen:
        _write_input(folder, one, seed=settings.seed)
    chunks = [tuple(numbers[i : i + CHUNK]) for i in range(0, len(numbers), CHUNK)]
    progress.stage("rebuilt words", len(chunks))
    task = partial(judge_rebuilt, folder=str(folder), settings=settings, d_model=space.d_model)
    runner.run(task, [(chunk,) for chunk in chunks], progress)
    out = [_result(one, folder, lexemes, settings=settings) for one in seen]
    return claimed(out, level=settings.level)


def _seen(
    space: FeatureSpace,
    partition: Partition,
    codes: Codes,
    *,
    lexemes: Lexemes,
    seed: int,
) -> list[_Seen]:
    """Rebuild all groups in one pass, and keep those that are about enough words."""
    codes = codes.columns_for(space.feature_id)
    activation = word_activation(codes, space.directions, lexemes)
    made = reconstruct_clusters(
        codes, space.directions, partition, cap=CAP, rng=np.random.default_rng([seed, 5])
    )
    seen: list[_Seen] = []
    for number, rows in enumerate(partition):
        if LEAST_FEATURES <= rows.size <= MOST_FEATURES:
            one = made[number]
            words = word_codes(one, lexemes, activation)
            if words.word.size >= LEAST_WORDS:
                seen.append(_Seen(number, partition.method[number], one, words))
    return seen


def _write_input(folder: Path, one: _Seen, *, seed: int) -> None:
    """Put down what the task needs: mean codes, rows, and the codes of some tokens."""
    rng = np.random.default_rng([seed, one.number, 6])
    n = one.made.token.size
    kept = np.sort(rng.choice(n, min(n, INDEXED), replace=False))
    save_arrays(
        _input_path(one.number, folder),
        mean=one.words.mean,
        halves=one.words.halves,
        rows=span_rows(one.made.directions),
        codes=one.made.codes[kept].astype(np.float32),
    )


def judge_rebuilt(
    groups: tuple[int, ...], *, folder: str, settings: Settings, d_model: int
) -> None:
    """Test the words of these groups and judge those that pass; as a task over paths."""
    for number in groups:
        path = _result_path(number, Path(folder))
        if path.exists():
            continue
        held = written(_input_path(number, Path(folder)))
        rng = np.random.default_rng([settings.seed, number, 7])
        found = arranged(held["mean"], held["rows"], d_model=d_model, n_null=N_NULL, rng=rng)
        out: dict[str, Any] = {
            "shape": found.shape,
            "numbers": [found.explained, found.excess, found.margin],
            "axes": list(found.axes),
            "order": found.order.tolist(),
            "tests": [_packed(test) for test in (*found.placement, found.spectrum)],
            "stability": _agreement(held["halves"] @ held["rows"], found.axes),
            "battery": "",
        }
        if found.pvalue <= settings.level:
            out |= _looked_into(held, settings=settings, d_model=d_model, rng=rng)
        save_json(path, out)


def _agreement(halves: Float[np.ndarray, "2 word rank"], axes: tuple[int, ...]) -> float:
    """Share of neighbours that the orders of both halves have, seen in the whole's own axes."""
    if not np.isfinite(halves).all():
        return float("nan")
    points = halves.mean(axis=0)
    centre = points.mean(axis=0)
    _, _, basis = np.linalg.svd(points - centre, full_matrices=False)
    seen = (halves - centre) @ basis[list(axes)].T
    pairs: list[set[frozenset[int]]] = []
    for half in seen:
        closed = len(axes) == 2
        key = np.arctan2(half[:, 1], half[:, 0]) if closed else half[:, 0]
        order = np.argsort(key).tolist()
        follows = order[1:] + (order[:1] if closed else [])
        pairs.append({frozenset(pair) for pair in zip(order, follows, strict=False)})
    return len(pairs[0] & pairs[1]) / len(pairs[0])


def _looked_into(
    held: dict[str, np.ndarray], *, settings: Settings, d_model: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Ask what the battery calls the means, and how irreducible the tokens are."""
    cloud = code_cloud(held["mean"], held["rows"])
    verdict = judge(cloud, n_null=settings.n_null, n_rival=0, n_resample=0, rng=rng)[0]
    wide = np.zeros((held["rows"].shape[0], d_model))
    wide[:, : held["rows"].shape[1]] = held["rows"]
    index = irreducibility(held["codes"], wide, n_null=N_INDICES, n_angles=90, rng=rng)
    return {
        "battery": verdict.fit.shape,
        "indices": {
            "separability": index.separability.tolist(),
            "mixture": index.mixture.tolist(),
            "test": _packed(index.test),
        },
    }


def _result(one: _Seen, folder: Path, lexemes: Lexemes, *, settings: Settings) -> Rebuilt:
    """Put one group's numbers together; q is not known yet."""
    number = one.number
    held = load_json(_result_path(number, folder))
    random, matched, spectrum = (_unpacked(test) for test in held["tests"])
    rows = span_rows(one.made.directions)
    points = one.words.mean @ rows
    centre = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points - centre, full_matrices=False)
    axes = axes[: min(6, points.shape[0] - 1)]
    place = np.full(len(lexemes.texts), -1, dtype=np.int64)
    place[one.words.word] = np.arange(one.words.word.size)
    word = place[lexemes.of_token[one.made.token]]
    kept = _examples(word, rng=np.random.default_rng([settings.seed, number, 8]))
    explained, excess, margin = held["numbers"]
    index = held.get("indices")
    return Rebuilt(
        group_id=number,
        found_by=one.found_by,
        rows=one.made.rows,
        words=lexemes.named(one.words.word),
        count=one.words.count,
        share=one.words.share,
        n_active=one.made.n_active,
        n_points=one.made.token.size,
        scores=(points - centre) @ axes.T,
        row_scores=_two_axes(rows),
        shape=held["shape"],
        explained=explained,
        excess=excess,
        margin=margin,
        axes=tuple(held["axes"]),
        order=np.array(held["order"], dtype=np.int64),
        placement=(random, matched),
        spectrum=spectrum,
        q=1.0,
        q_by=1.0,
        stability=held["stability"],
        battery=held["battery"],
        indices=index
        and Indices(
            np.array(index["separability"]), np.array(index["mixture"]), _unpacked(index["test"])
        ),
        token=one.made.token[kept],
        token_word=word[kept],
        token_scores=(one.made.codes[kept] @ rows - centre) @ axes.T,
    )


def _examples(
    word: Int[np.ndarray, " point"], *, rng: np.random.Generator
) -> Int[np.ndarray, " example"]:
    """Choose tokens to show: ``A_WORD`` of every word, and ``OF_ALL`` of whatever the group has."""
    mixed = rng.permutation(word.size)
    chosen = [mixed[word[mixed] == k][:A_WORD] for k in range(int(word.max(initial=-1)) + 1)]
    return np.unique(np.concatenate([mixed[:OF_ALL], *chosen]))


def _two_axes(rows: Float[np.ndarray, "member rank"]) -> Float[np.ndarray, "member 2"]:
    """Return rows in their own two leading principal axes."""
    left, length, _ = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    out = np.zeros((rows.shape[0], 2))
    kept = min(2, length.size)
    out[:, :kept] = left[:, :kept] * length[:kept]
    return out


def _packed(test: NullTest) -> list[Any]:
    return [test.observed, test.null.tolist(), test.name]


def _unpacked(packed: list[Any]) -> NullTest:
    return NullTest(packed[0], np.array(packed[1]), packed[2])


def _input_path(group: int, folder: Path) -> Path:
    return folder / f"rebuilt-{group}.npz"


def _result_path(group: int, folder: Path) -> Path:
    return folder / f"rebuilt-{group}.json"
