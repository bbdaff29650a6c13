"""Text effect: what a turn at every position does to ordinary text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from armillary.intervene.edits import Geometry
from armillary.intervene.forward import SteerableModel, hook_of
from armillary.intervene.moves import resized, turned
from armillary.intervene.planes import Plane, random_plane
from armillary.load.require import require

ORDINARY = (
    "The kettle was still warm when she came back from the garden with a basket of pears.",
    "Most bridges fail slowly, and a good engineer listens to them long before they fall.",
    "He counted the coins twice, put them back in the jar and said nothing about it.",
    "A river carries sand to the sea, where the waves sort it by size and weight.",
    "The committee agreed on the first point but could not decide who should pay for it.",
    "If you mix blue and yellow paint, you get a green that depends on how much of each you use.",
    "The old dog slept near the door so that nobody could leave without stepping over him.",
    "Our train was late, so we walked through the town and found a small museum of clocks.",
    "To open the file, the program first reads its header and then checks the length of each part.",
    "She learned to play the violin from her uncle, who had been a sailor before the war.",
    "Plants turn toward the light because one side of the stem grows faster than the other.",
    "The court found that the contract was valid, although one page of it had been lost.",
)


@dataclass(frozen=True, slots=True)
class TextEffect:
    """What one turn at every position does to ordinary text.

    Parameters
    ----------
    plane
        Which plane: ``circle``, ``second`` or ``random``.
    layer
        After which layer.
    angle
        Radians.
    loss, base_loss
        Mean cross-entropy of the next token, with and without the turn, nats.
    kl
        Mean divergence of the turned from the untouched prediction, nats.
    size
        Mean length of the displacement.
    """

    plane: str
    layer: int
    angle: float
    loss: float
    base_loss: float
    kl: float
    size: float


def text_effects(
    lm: SteerableModel,
    geometry: Geometry,
    *,
    layer: int,
    angle: float,
    texts: Sequence[str] = ORDINARY,
    seed: int = 0,
) -> tuple[TextEffect, ...]:
    """Turn every position of ordinary text in the circle's plane, the second and a random one.

    Displacements in the other planes have the length of the circle's, position by position.

    Parameters
    ----------
    lm
        The model.
    geometry
        Planes of the layer.
    layer
        After which layer.
    angle
        Radians.
    texts
        The texts; each of at least two tokens.
    seed
        Of the random planes, one a text.

    Returns
    -------
    tuple
        One a plane. Means are over the predicted tokens of all texts.
    """
    torch: Any = require("torch", extra="torch")
    rng = np.random.default_rng(seed)
    total: dict[str, np.ndarray] = {}
    with torch.inference_mode():
        for text in texts:
            ids = np.asarray(lm.encode(text))[None]
            before = lm.logits(ids)[0, :-1].log_softmax(-1)
            target = torch.as_tensor(ids[0, 1:], device=before.device)[:, None]
            base = -before.gather(1, target).sum().item()
            for name, plane in _planes(geometry, rng).items():
                seen: list[float] = []
                splice = {hook_of(layer): _turning(geometry.circle, plane, angle, seen)}
                after = lm.logits(ids, splice=splice)[0, :-1].log_softmax(-1)
                loss = -after.gather(1, target).sum().item()
                kl = (before.exp() * (before - after)).sum().item()
                found = np.array([loss, base, kl, seen[0] * target.shape[0], target.shape[0]])
                total[name] = total.get(name, np.zeros(5)) + found
    return tuple(
        TextEffect(name, layer, angle, *(float(x) for x in found[:4] / found[4]))
        for name, found in total.items()
    )


def _planes(geometry: Geometry, rng: np.random.Generator) -> Mapping[str, Plane]:
    centre = geometry.circle.centre
    drawn = random_plane(centre.shape[0], centre=centre, rng=rng)
    return {"circle": geometry.circle, "second": geometry.second, "random": drawn}


def _turning(circle: Plane, plane: Plane, angle: float, seen: list[float]) -> Any:
    """Make a splice that turns in a plane by as much as the circle's turn would move."""
    torch: Any = require("torch", extra="torch")

    def splice(x: Any) -> Any:
        points = x.double().cpu().numpy()
        moves = resized(turned(points, plane, angle), turned(points, circle, angle))
        seen.append(float(np.linalg.norm(moves, axis=-1).mean()))
        return x + torch.as_tensor(moves, dtype=x.dtype, device=x.device)

    return splice
