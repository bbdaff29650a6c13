"""The part of the page's schema that tells of a claim rebuilt from codes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Examples:
    """Tokens of one rebuilt group, with the text around each.

    Parameters
    ----------
    total
        Tokens that the atlas keeps of the group.
    before, token, after
        The text, with the token on which the group fired apart.
    word
        Each token's word, counted within the claim's words; -1 for none of them.
    document, position
        Where in the corpus.
    points
        float32, one row a token, in the axes of the claim's ``points``.
    """

    total: int
    before: tuple[str, ...]
    token: tuple[str, ...]
    after: tuple[str, ...]
    word: tuple[int, ...]
    document: tuple[int, ...]
    position: tuple[int, ...]
    points: str


@dataclass(frozen=True, slots=True)
class DecoderRows:
    """The decoder rows of a claim's features: float32 x, y in their own two leading axes."""

    points: str
    labels: tuple[str, ...]
    word: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Placement:
    """One null of a rebuilt group and its p; ``weakest`` marks the null beaten by least."""

    name: str
    p: float | None
    weakest: bool


@dataclass(frozen=True, slots=True)
class RebuiltClaim:
    """One group rebuilt from its codes: the shape of its words.

    Parameters
    ----------
    group
        Its number in the atlas's table of rebuilt groups.
    level
        0 (not significant) to 2 (beats its rivals).
    words, count, share, order
        Words, tokens averaged, share of the word's activation that is the group's, and the words
        in fitted order; no order where the shape has none.
    features, tokens, active
        How many features, how many of their tokens were looked at, and on how many they fire.
    n_axes, points
        float32, one row a word: means in principal axes.
    plane, planes
        Two axes that the shape lives in; further pairs, drawn small.
    curve
        Fitted circle or arc in ``plane``; empty if none.
    own_plane
        Whether the fit saw the words in coordinates of its own, which no axes show.
    separability, mixture, p_irreducible
        Indices of planes (1,2), (2,3), ... and their p against the same codes on random rays.
    rows
        Decoder rows of the same features; None where the atlas has no scores of them.
    """

    group: int
    shape: str
    family: str
    rank: int
    grade: str
    level: int
    found_by: str
    words: tuple[str, ...]
    count: tuple[int, ...]
    share: tuple[float, ...]
    order: tuple[int, ...]
    closed: bool
    features: int
    tokens: int
    active: int
    placement: tuple[Placement, ...]
    q: float | None
    p_rival: float | None
    rival_null: str
    runner_up: str
    margin: float | None
    stability: float | None
    n_axes: int
    points: str
    plane: tuple[int, int]
    planes: tuple[tuple[int, int], ...]
    curve: tuple[tuple[float, float], ...]
    own_plane: bool
    separability: tuple[float, ...]
    mixture: tuple[float, ...]
    p_irreducible: float | None
    evidence: tuple[str, ...]
    examples: Examples
    rows: DecoderRows | None
