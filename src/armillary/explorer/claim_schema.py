"""The part of the page's schema that tells of a claim rebuilt from codes."""

from dataclasses import dataclass

from armillary.explorer.wire import Reals


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
    points: Reals


@dataclass(frozen=True, slots=True)
class DecoderRows:
    """The decoder rows of a claim's features: float32 x, y in their own two leading axes."""

    points: Reals
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
        0 (not significant), 1 (flat) or 2 (circle, segment).
    words, count, share, order
        Words, tokens averaged, share of the word's activation that is the group's, and the words
        in the order found; no order where the shape is flat.
    features, tokens, active
        How many features, how many of their tokens were looked at, and on how many they fire.
    placement, q, p_spectrum
        Both ray nulls, q of the larger p over all groups, p against clouds of the same spectrum.
    explained, excess
        Share of variance that an even ring or row explains, and how much of it other rays do not.
    stability
        Share of neighbours in the order that two halves of the documents agree on.
    n_axes, points
        float32, one row a word: means in principal axes.
    plane, planes
        Two axes that give the order, or the leading one beside the one that does; further pairs,
        drawn small.
    separability, mixture, p_irreducible
        Indices of planes (1,2), (2,3), ... and their p against the same codes on random rays.
    rows
        Decoder rows of the same features.
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
    p_spectrum: float | None
    explained: float
    excess: float
    stability: float | None
    n_axes: int
    points: Reals
    plane: tuple[int, int]
    planes: tuple[tuple[int, int], ...]
    separability: tuple[float, ...]
    mixture: tuple[float, ...]
    p_irreducible: float | None
    evidence: tuple[str, ...]
    examples: Examples
    rows: DecoderRows
