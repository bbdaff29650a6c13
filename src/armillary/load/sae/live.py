"""Live objects: an autoencoder in memory, taken by the attributes it has, whoever made it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np

from armillary.core.errors import BadInput
from armillary.core.firing import ReLU
from armillary.load.sae.recognise import described
from armillary.load.sae.stored_sae import SaeFiles, StoredMatrix, StoredSae
from armillary.load.stored import Offer, StoredTensor, dtype_tag

_NAMES = ("W_dec", "W_enc", "b_enc", "b_dec", "threshold", "b_gate", "b_mag", "r_mag", "W_skip")
_INNER = ("decoder.weight", "decoder.bias", "encoder.weight", "encoder.bias")


def live_sae(thing: Any, *, d_model: int | None = None) -> StoredSae | None:
    """Describe a live autoencoder; None where the object is nothing of the kind.

    Taken in this order: a mapping of names to arrays; ``state_dict()``; ``W_dec`` and its kin;
    ``decoder.weight`` and ``encoder.weight``; ``get_dictionary()``, whose rows are features. With
    the object's ``cfg`` (or its class's name) the formats are asked first, as for a file.

    Parameters
    ----------
    thing
        Any object; nothing on it is called but ``state_dict``, ``get_dictionary``, ``to_dict`` and
        what turns a tensor into an array.
    d_model
        Dimension, where the caller knows it.

    Raises
    ------
    BadInput
        If a format claims it and finds it wanting.
    """
    kind: str = type(thing).__name__
    name = "a mapping" if _is_mapping(thing) else f"a live {kind}"
    path = Path(name)
    offer = _offer(thing, path)
    if offer.tensors or offer.values:
        config = _config(thing, kind)
        if kind == "SparseCoder":
            config.setdefault("d_in", getattr(thing, "d_in", None))
        found = described(SaeFiles(path, offer, config), d_model=d_model)
        if found is not None:
            return found
        for key, transpose in (("W_dec", False), ("w_dec", False), ("decoder.weight", True)):
            if key in offer.tensors:
                return _decoder_alone(offer.tensors[key], path, offer, transpose=transpose)
    get: Callable[[], Any] | None = getattr(thing, "get_dictionary", None)
    if get is None:
        return None
    rows = _tensor("get_dictionary()", get(), path)
    if rows is None or len(rows.shape) != 2:
        raise BadInput(f"{name}: get_dictionary() gave no matrix of real numbers")
    return _decoder_alone(rows, path, Offer({rows.name: rows}), transpose=False)


def _decoder_alone(tensor: StoredTensor, path: Path, offer: Offer, *, transpose: bool) -> StoredSae:
    return StoredSae(
        format="live object",
        files=SaeFiles(path, offer),
        decoder=StoredMatrix(tensor, transpose=transpose),
        encoder=None,
        firing=ReLU,
        no_codes="no encoder was found on the object",
        notes=(f"{tensor.name} was taken from {path}",),
    )


def _offer(thing: Any, path: Path) -> Offer:
    content: dict[str, Any] = {}
    is_mapping = _is_mapping(thing)
    state: Any = thing if is_mapping else _attribute(thing, "state_dict")
    if state is not None:
        content = dict(cast(Mapping[str, Any], state if is_mapping else state()))
    for name in () if is_mapping else (*_NAMES, *_INNER):
        value: Any = thing
        for part in name.split("."):
            value = _attribute(value, part)
        if name not in content and value is not None and not callable(value):
            content[name] = value
    tensors: dict[str, StoredTensor] = {}
    values: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, Mapping):
            inner = cast(Mapping[str, Any], value)
            values |= {f"{name}.{key}": entry for key, entry in inner.items()}
        elif isinstance(value, str | int | float | None):
            values[name] = value
        elif (tensor := _tensor(name, value, path)) is not None:
            tensors[name] = tensor
    return Offer(tensors, values=values)


def _tensor(name: str, value: Any, path: Path) -> StoredTensor | None:
    """Return an array or a tensor of any library as a stored tensor, a copy of the caller's."""
    for step in ("detach", "cpu"):
        value = getattr(value, step, lambda same=value: same)()
    try:
        array = np.array(value)
    except TypeError:  # bfloat16, which numpy has not
        array = np.array(value.float())
    except ValueError:
        return None
    if array.dtype.kind not in "fiub":
        return None
    return StoredTensor(name, array.shape, dtype_tag(array.dtype), lambda: array, path)


def _is_mapping(thing: Any) -> bool:
    return isinstance(thing, Mapping)


def _attribute(thing: Any, name: str) -> Any:
    return getattr(thing, name, None)


def _config(thing: Any, kind: str) -> dict[str, Any]:
    """Return an object's config as a mapping; its class's name where there is none."""
    config = _attribute(thing, "cfg")
    as_dict = _attribute(config, "to_dict")
    if as_dict is not None:
        return dict(cast(Mapping[str, Any], as_dict()))
    if isinstance(config, Mapping):
        return dict(cast(Mapping[str, Any], config))
    if config is not None and hasattr(config, "__dict__"):
        return dict(cast(Mapping[str, Any], vars(config)))
    known = kind in ("AutoEncoder", "AutoEncoderNew", "GatedAutoEncoder", "AutoEncoderTopK") or (
        kind in ("BatchTopKSAE", "JumpReluAutoEncoder", "MatryoshkaBatchTopKSAE")
    )
    return {"trainer": {"dict_class": kind}} if known else {}
