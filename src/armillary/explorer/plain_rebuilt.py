"""Claims rebuilt from codes, for readers without scripts: words, numbers and contexts."""

from html import escape

import numpy as np

from armillary.atlas import thumbnail_svg
from armillary.explorer.claim_schema import Examples, RebuiltClaim
from armillary.explorer.schema import RebuiltBody

_EACH = 2  # contexts of every word
_SIZE = 220


def plain_rebuilt(rebuilt: RebuiltBody | None) -> str:
    """Return the section as static HTML; empty where the survey had no codes.

    Parameters
    ----------
    rebuilt
        The claims.

    Returns
    -------
    str
        Every text escaped; each context holds one ``<b class="tok">``, the firing token.
    """
    if rebuilt is None:
        return ""
    shapes = ", ".join(f"{kind.count:,} {kind.shape}" for kind in rebuilt.shapes) or "none"
    lead = f"{rebuilt.tested:,} groups tested, {rebuilt.claims:,} claims: {shapes}."
    said = "".join(f"<p>{escape(line)}</p>" for line in rebuilt.shown)
    claims = "".join(_claim(one) for one in rebuilt.listed)
    return f"<h2>Rebuilt from codes</h2><p>{escape(lead)}</p>{said}{claims}"


def context_html(examples: Examples, i: int) -> str:
    """Return one token with the text around it, the token bold.

    Parameters
    ----------
    examples
        Tokens of a claim.
    i
        Which of them.

    Returns
    -------
    str
        Escaped HTML.
    """
    before, token, after = (
        escape(side[i]) for side in (examples.before, examples.token, examples.after)
    )
    return f'{before}<b class="tok">{token}</b>{after}'


def _claim(claim: RebuiltClaim) -> str:
    points = claim.points.reshape(-1, claim.n_axes)
    picture = thumbnail_svg(
        points[:, list(claim.plane)].astype(np.float64),
        shape=claim.shape,
        order=claim.order,
        closed=claim.closed,
        size=_SIZE,
    )
    order = [*claim.order, *(w for w in range(len(claim.words)) if w not in claim.order)]
    words = "".join(_word(claim, w, claim.words[w]) for w in order)
    evidence = " ".join(claim.evidence)
    index = f"<p>Irreducibility p {_number(claim.p_irreducible)}.</p>" if claim.separability else ""
    return (
        f"<h3>{escape(claim.shape)} no. {claim.rank}</h3>{picture}"
        f"<p>{escape(' · '.join(claim.words[w] for w in order))}</p>"
        f"<p>{escape(evidence)}</p>{index}<ul>{words}</ul>"
    )


def _word(claim: RebuiltClaim, word: int, name: str) -> str:
    of_word = [i for i, w in enumerate(claim.examples.word) if w == word][:_EACH]
    contexts = "".join(f"<p>{context_html(claim.examples, i)}</p>" for i in of_word)
    return f"<li>{escape(name)}{contexts}</li>"


def _number(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.2g}"
