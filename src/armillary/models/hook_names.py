"""Hook names: one place in a model, named the way its own library or TransformerLens names it."""

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from armillary.core.errors import BadInput
from armillary.models.layout import Layout

Side = Literal["input", "output"]
_BLOCK = re.compile(r"blocks\.(\d+)\.(?:hook_)?([a-z_]+)")


@dataclass(frozen=True, slots=True)
class HookPoint:
    """One place in a model.

    Parameters
    ----------
    name
        As it was asked for.
    path
        Dotted path of a module.
    side
        Whether the vectors are what goes into that module or what comes out.
    splices
        Whether replacing the vectors there replaces them for all that follows. False where the
        model keeps a second reference (``hook_resid_mid``): such a place can only be read.
    """

    name: str
    path: str
    side: Side
    splices: bool = True


def named_point(name: str, *, layout: Layout, modules: Collection[str]) -> HookPoint:
    """Say which module a hook name means, and on which side of it.

    ``blocks.L.hook_resid_post`` (``hook_out`` is the same) is the output of layer L,
    ``hook_resid_pre`` its input, ``hook_attn_out`` and ``hook_mlp_out`` what attention and the MLP
    add to the stream, ``hook_resid_mid`` the stream between them, ``hook_embed`` the output of the
    token embedding. Anything else is a dotted module path; ``.input`` or ``.output`` after it says
    which side, output if neither.

    Parameters
    ----------
    name
        The name.
    layout
        Where the model keeps its parts.
    modules
        Dotted paths of all its modules.

    Returns
    -------
    HookPoint
        The place.

    Raises
    ------
    BadInput
        If the model has no such place; the text names the closest ones.
    """
    if name in modules and name:
        return HookPoint(name, name, "output")
    for side in ("input", "output"):
        stem = name.removesuffix(f".{side}")
        if stem != name and stem in modules and stem:
            return HookPoint(name, stem, side)
    if name == "hook_embed":
        return HookPoint(name, layout.embedding, "output")
    block = _BLOCK.fullmatch(name)
    if block is not None and int(block[1]) < layout.n_layers:
        found = _in_block(name, layer=f"{layout.layers}.{int(block[1])}", what=block[2], at=layout)
        if found is not None:
            return found
    raise _unknown(name, layout=layout, modules=modules)


def point_names(layout: Layout) -> list[str]:
    """List the TransformerLens names that a model has.

    Parameters
    ----------
    layout
        Where the model keeps its parts.

    Returns
    -------
    list of str
        ``hook_embed``, then those of each layer in order.
    """
    kinds = ["resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post"]
    kinds = [k for k in kinds if _in_block(k, layer="", what=k, at=layout) is not None]
    blocks = [f"blocks.{i}.hook_{kind}" for i in range(layout.n_layers) for kind in kinds]
    return ["hook_embed", *blocks]


def _in_block(name: str, *, layer: str, what: str, at: Layout) -> HookPoint | None:
    if what in ("resid_post", "out"):
        return HookPoint(name, layer, "output")
    if what in ("resid_pre", "in"):
        return HookPoint(name, layer, "input")
    if what == "attn_out" and at.attention is not None:
        return HookPoint(name, f"{layer}.{at.attention}", "output")
    if what == "mlp_out" and at.mlp is not None:
        return HookPoint(name, f"{layer}.{at.mlp}", "output")
    if what == "resid_mid" and at.before_mlp is not None:
        return HookPoint(name, f"{layer}.{at.before_mlp}", "input", splices=False)
    return None


def _unknown(name: str, *, layout: Layout, modules: Collection[str]) -> BadInput:
    known = [*point_names(layout), *(m for m in modules if m)]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    last = layout.n_layers - 1
    hint = f"Closest: {', '.join(near)}." if near else f"For example blocks.{last // 2}.hook_out."
    return BadInput(
        f"the model has no hook {name!r}. {hint} Its layers are 0 to {last}: write "
        f"blocks.L.hook_resid_post or the path of a module such as {layout.layers}.{last}"
    )
