"""Torch files are read without torch, and a pickle that asks for more is never run."""

import contextlib
import io
import os
import pickle
import zipfile
from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.core import BadInput
from armillary.load import load_space
from armillary.load.stored import small_float32
from armillary.load.torch_file import open_torch


class Global:
    """Pickles as a bare global name."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class Call:
    """Pickles as a call of a global with arguments, and a state set on the result."""

    def __init__(self, module, name, *args, state=None):
        self.function, self.args, self.state = Global(module, name), args, state


def pickled(thing):
    """Write the pickle opcodes of nested plain values, globals, calls and storages by hand."""
    match thing:
        case Global():
            return f"c{thing.module}\n{thing.name}\n".encode()
        case Call():
            body = pickled(thing.function) + pickled(thing.args) + b"R"
            return body + pickled(thing.state) + b"b" if thing.state is not None else body
        case ("persistent", *rest):
            return pickled(tuple(rest)) + b"Q"
        case tuple():
            return b"(" + b"".join(map(pickled, thing)) + b"t"
        case dict():
            return b"}(" + b"".join(pickled(k) + pickled(v) for k, v in thing.items()) + b"u"
        case _:
            return pickle.dumps(thing, protocol=2)[2:-1]


def tensor(key="0", *, shape=(2, 3), stride=(3, 1), offset=0, kind="FloatStorage", entries=6):
    storage = ("persistent", "storage", Global("torch", kind), key, "cpu", entries)
    hooks = Call("collections", "OrderedDict")
    args = (storage, offset, shape, stride, False, hooks)
    return Call("torch._utils", "_rebuild_tensor_v2", *args)


def written(path, content, *, raw=None, **storages):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/data.pkl", raw or b"\x80\x02" + pickled(content) + b".")
        for key, values in (storages or {"k0": np.arange(6, dtype="<f4")}).items():
            archive.writestr(f"x/data/{key.removeprefix('k')}", values.tobytes())
    return path


def test_a_state_dict_becomes_tensors_and_values(tmp_path):
    inner = {"v": tensor("1", kind="BFloat16Storage", shape=(2,), stride=(1,), entries=2)}
    content = {"w": tensor(stride=(1, 2)), "n": 3, "name": "TopK", "inner": inner}
    words = np.array([0x3F80, 0xC000], dtype="<u2")
    offer = open_torch(written(tmp_path / "a.pt", content, k0=np.arange(6, dtype="<f4"), k1=words))
    np.testing.assert_array_equal(offer.tensors["w"].read(), [[0, 2, 4], [1, 3, 5]])
    assert small_float32(offer.tensors["inner.v"]).tolist() == [1, -2]
    assert offer.values == {"n": 3, "name": "TopK"}


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("posix", "system"),
        ("builtins", "eval"),
        ("builtins", "getattr"),
        ("torch", "load"),
        ("torch.nn.modules.linear", "Linear"),
        ("collections", "deque"),
        ("armillary.load.torch_pickle", "unpickled"),
    ],
)
def test_a_pickle_that_asks_for_more_is_refused_and_nothing_is_run(tmp_path, module, name):
    made = tmp_path / "made"
    content = {"W_dec": tensor(), "x": Call(module, name, f"touch {made}")}
    with pytest.raises(BadInput, match=f"asks for {module}.{name}, which is no part of a tensor"):
        open_torch(written(tmp_path / "a.pt", content))
    assert not made.exists()


def test_reduce_of_the_standard_pickler_is_refused_too(tmp_path):
    class Evil:
        def __reduce__(self):
            return os.system, ("exit 3",)

    with pytest.raises(BadInput, match="nothing was run"):
        open_torch(written(tmp_path / "a.pt", None, raw=pickle.dumps({"a": Evil()})))


NAME = st.from_regex(r"[a-z_]{1,12}(\.[a-z_]{1,8})?", fullmatch=True)


@given(module=NAME, name=NAME, words=st.lists(st.text(max_size=5), max_size=3))
def test_no_name_outside_the_list_is_ever_looked_up(tmp_path_factory, module, name, words):
    path = tmp_path_factory.mktemp("t") / "a.pt"
    with pytest.raises(BadInput):
        open_torch(written(path, {"a": Call(module, name, *words)}))


@given(data=st.binary(max_size=60))
def test_any_bytes_for_a_pickle_end_in_an_offer_or_a_refusal(tmp_path_factory, data):
    path = written(tmp_path_factory.mktemp("t") / "a.pt", None, raw=b"\x80\x02" + data)
    with contextlib.suppress(BadInput):
        open_torch(path)


@given(
    shape=st.lists(st.integers(-3, 2**40), max_size=3),
    stride=st.lists(st.integers(-3, 2**40), max_size=3),
    offset=st.integers(-2, 2**40),
    entries=st.integers(-1, 2**40),
)
def test_a_tensor_never_reads_beyond_its_storage(tmp_path_factory, shape, stride, offset, entries):
    content = {
        "w": tensor(shape=tuple(shape), stride=tuple(stride), offset=offset, entries=entries)
    }
    path = written(tmp_path_factory.mktemp("t") / "a.pt", content)
    try:
        values = open_torch(path).tensors["w"].read()
    except BadInput:
        return
    assert values.size <= 6
    assert np.isin(values, np.arange(6)).all()


@pytest.mark.parametrize(
    "content",
    [
        {"w": Call("torch._utils", "_rebuild_tensor_v2", 1, 0, (2,), (1,))},
        {"w": tensor(shape=("a",), stride=(1,))},
        {"w": tensor(kind="StringStorage")},
        {"w": tensor("7")},
        {"w": Call("collections", "OrderedDict", state={"items": Global("torch", "Size")}), "k": 1},
        [1, 2],
    ],
    ids=["no storage", "shape of text", "unknown kind", "no bytes", "a fake items", "a list"],
)
def test_what_a_tensor_claims_is_checked(tmp_path, content):
    path = written(tmp_path / "a.pt", content)
    if isinstance(content, dict) and "k" in content:
        assert open_torch(path).values == {"k": 1}
        return
    with pytest.raises(BadInput):
        open_torch(path)


def test_a_state_cannot_be_set_on_a_stand_in(tmp_path):
    state = Call("torch", "Size", ())
    content = pickled(Global("torch._utils", "_rebuild_parameter")) + pickled({"x": 1}) + b"b"
    with pytest.raises(BadInput, match="sets a state"):
        open_torch(written(tmp_path / "a.pt", state, raw=b"\x80\x02" + content + b"."))


@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_a_file_cut_short_is_refused(tmp_path, kept):
    whole = written(tmp_path / "a.pt", {"w": tensor()}).read_bytes()
    (tmp_path / "a.pt").write_bytes(whole[: int(kept * len(whole))])
    with pytest.raises(BadInput, match="cut short or not a torch file"):
        open_torch(tmp_path / "a.pt")


def test_a_bare_pickle_and_another_archive_are_refused(tmp_path):
    (tmp_path / "a.pt").write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(BadInput, match="bare pickle"):
        load_space(tmp_path / "a.pt")
    with zipfile.ZipFile(tmp_path / "b.pt", "w") as archive:
        archive.writestr("x", "y")
    with pytest.raises(BadInput, match="0 members are called data.pkl"):
        open_torch(tmp_path / "b.pt")


def test_the_reader_agrees_with_torch(tmp_path):
    torch = pytest.importorskip("torch")
    state = OrderedDict(
        a=torch.randn(5, 3).T, b=torch.randn(4).bfloat16(), c=torch.arange(6)[1:4],
        d=torch.tensor(2.0), p=torch.nn.Parameter(torch.randn(2, 2)), h=torch.randn(3).half(),
        e=torch.empty(0, 3),
    )  # fmt: skip
    torch.save(state, tmp_path / "a.pt")
    offer = open_torch(tmp_path / "a.pt")
    assert offer.tensors.keys() == state.keys()
    for name, values in torch.load(tmp_path / "a.pt", weights_only=True).items():
        np.testing.assert_array_equal(
            small_float32(offer.tensors[name]), values.detach().float().numpy()
        )
    module = io.BytesIO()
    torch.save(torch.nn.Linear(2, 3), module)
    (tmp_path / "m.pt").write_bytes(module.getvalue())
    with pytest.raises(BadInput, match="Linear"):
        open_torch(tmp_path / "m.pt")
