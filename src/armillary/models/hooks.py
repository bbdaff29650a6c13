"""Hooks: vectors read or replaced while a model runs, by plain forward hooks of torch."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, cast

import torch
from torch import Tensor, nn

from armillary.core.errors import BadInput
from armillary.models.hook_names import HookPoint

Splice = Callable[[Tensor], Tensor]
Edit = Callable[[Tensor], Tensor | None]


class Stop(Exception):
    """Raised inside a hook when nothing that follows is wanted."""


@contextmanager
def edited(model: nn.Module, *, at: HookPoint, edit: Edit) -> Generator[None]:
    """Call a function on the vectors at one place, each time the model passes there.

    What it returns takes their place, None leaves them. A module may give a bare tensor or a tuple
    that starts with it; it may take its vectors by position or as ``hidden_states``.

    Parameters
    ----------
    model
        The model.
    at
        The place.
    edit
        Gets the tensor as the model has it.

    Yields
    ------
    None
        The hook is gone afterwards, whatever happens.
    """
    module = model.get_submodule(at.path)

    def on_output(_module: nn.Module, _args: Any, output: Any) -> Any:
        several = cast(tuple[Any, ...], output) if isinstance(output, tuple) else None
        new = edit(_tensor(output if several is None else several[0], at=at))
        if new is None:
            return None
        return new if several is None else (new, *several[1:])

    def on_input(_module: nn.Module, args: Any, kwargs: dict[str, Any]) -> Any:
        by_name = not args
        vectors = kwargs.get("hidden_states") if by_name else args[0]
        new = edit(_tensor(vectors, at=at))
        if new is None:
            return None
        return (args, {**kwargs, "hidden_states": new}) if by_name else ((new, *args[1:]), kwargs)

    if at.side == "output":
        handle = module.register_forward_hook(on_output)
    else:
        handle = module.register_forward_pre_hook(on_input, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()


def run(
    model: nn.Module,
    token_id: Tensor,
    *,
    splice: Mapping[HookPoint, Splice],
    capture: Sequence[HookPoint] = (),
) -> tuple[Any, dict[str, Tensor]]:
    """Run a model once, with vectors replaced in some places and kept from others.

    Where a place is both, what is kept is what was put there.

    Parameters
    ----------
    model
        The model.
    token_id
        ``(batch, position)``, on the model's device.
    splice
        Functions of the float32 vectors, by place; they give vectors of the same shape.
    capture
        Places to keep; once all are passed the run stops.

    Returns
    -------
    output
        What the model returned, None if it was stopped.
    kept : dict
        Vectors in float32, by the name that was asked for.

    Raises
    ------
    BadInput
        If a splice changes the shape, or the model never passes a place.
    """
    kept: dict[str, Tensor] = {}

    def keep(point: HookPoint) -> Edit:
        def edit(vectors: Tensor) -> None:
            kept[point.name] = vectors.float().clone()
            if len(kept) == len(capture):
                raise Stop

        return edit

    output: Any = None
    with ExitStack() as hooks:
        for point, function in splice.items():
            hooks.enter_context(edited(model, at=point, edit=_splicing(point, function)))
        for point in capture:
            hooks.enter_context(edited(model, at=point, edit=keep(point)))
        with suppress(Stop):
            output = model(input_ids=token_id, use_cache=False)
    missed = [p.name for p in capture if p.name not in kept]
    if missed:
        raise BadInput(f"the model never passes {', '.join(missed)}: that module is not used")
    return output, {point.name: kept[point.name] for point in capture}


def _splicing(point: HookPoint, function: Splice) -> Edit:
    def edit(vectors: Tensor) -> Tensor:
        new = function(vectors.float())
        if new.shape != vectors.shape:
            raise BadInput(
                f"the splice at {point.name} gave shape {tuple(new.shape)}, expected "
                f"{tuple(vectors.shape)}: batch, position, d_model"
            )
        return new.to(vectors)

    return edit


def _tensor(vectors: Any, *, at: HookPoint) -> Tensor:
    if not isinstance(vectors, torch.Tensor):
        raise BadInput(
            f"the {at.side} of {at.path} is a {type(vectors).__name__}, not vectors; name another "
            "module"
        )
    return vectors
