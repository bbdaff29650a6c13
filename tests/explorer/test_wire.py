"""Bodies as bytes, as JSON, and their types in TypeScript."""

import base64
import json
import struct
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.core import BadInput
from armillary.explorer.schema import BODIES
from armillary.explorer.typescript import typescript
from armillary.explorer.wire import Bytes, Places, Reals, Whole, decode, encode, readable

SCHEMA_TS = Path(__file__).parents[2] / "web" / "src" / "schema.ts"


@dataclass(frozen=True, slots=True)
class Inner:
    text: str
    numbers: Whole


@dataclass(frozen=True, slots=True)
class Body:
    small: Bytes
    places: Places
    whole: Whole
    reals: Reals
    text: str
    some: float | None
    inner: tuple[Inner, ...]
    kind: Literal["one", "two"]
    pairs: tuple[tuple[int, int], ...]


def arrays(kind: str):
    numbers = {
        "u1": st.integers(0, 2**8 - 1),
        "u2": st.integers(0, 2**16 - 1),
        "i4": st.integers(-(2**31), 2**31 - 1),
        "f4": st.floats(width=32, allow_nan=True, allow_infinity=True),
    }[kind]
    return st.lists(numbers, max_size=9).map(lambda some: np.array(some, dtype=kind))


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
BODY = st.builds(
    Body,
    arrays("u1"),
    arrays("u2"),
    arrays("i4"),
    arrays("f4"),
    TEXT,
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
    st.lists(st.builds(Inner, TEXT, arrays("i4")), max_size=3).map(tuple),
    st.sampled_from(["one", "two"]),
    st.lists(st.tuples(st.integers(), st.integers()), max_size=3).map(tuple),
)


def same(found: object, sent: object) -> bool:
    if isinstance(sent, np.ndarray):
        return found.dtype == sent.dtype and found.tobytes() == sent.tobytes()
    if isinstance(sent, tuple):
        return len(found) == len(sent) and all(map(same, found, sent))
    if isinstance(sent, Inner | Body):
        names = [one.name for one in fields(sent)]
        return list(found) == names and all(same(found[n], getattr(sent, n)) for n in names)
    return found == sent


@given(BODY)
def test_what_is_decoded_is_what_was_encoded(body):
    assert same(decode(encode(body)), body)


@given(BODY)
def test_every_array_lies_at_a_multiple_of_four_bytes(body):
    data = encode(body)
    (size,) = struct.unpack_from("<I", data, 4)
    assert (8 + size) % 4 == len(data) % 4 == 0
    head = json.loads(data[8 : 8 + size])
    spots = [head[name]["@"] for name in ("small", "places", "whole", "reals")]
    assert [at % 4 for _, at, _ in spots] == [0] * 4


def test_an_array_of_rows_is_sent_flat_whatever_its_order_in_memory():
    table = np.arange(6, dtype=np.float32).reshape(3, 2)
    for rows in (table, np.asfortranarray(table), table.astype(">f4")):
        assert decode(encode(Inner("", rows)))["numbers"].tolist() == list(range(6))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"ARM",
        b"ARM1",
        b"PNG!" + bytes(20),
        b"ARM1" + struct.pack("<I", 99) + b"{}",
        b"ARM1" + struct.pack("<I", 4) + b"nope",
        b"ARM1" + struct.pack("<I", 2) + b"[]",
        b'ARM1\x18\0\0\0{"a":{"@":["f4",0,9]}}  ',
        b'ARM1\x18\0\0\0{"a":{"@":["q8",0,0]}}  ',
        b'ARM1\x10\0\0\0{"a":{"@":null}}',
        b'ARM1\x08\0\0\0{"a":"\xff"}',
    ],
)
def test_other_bytes_are_refused(data):
    with pytest.raises(BadInput, match="no body of the explorer"):
        decode(data)


def test_a_cut_body_is_refused():
    data = encode(Inner("cut", np.arange(5, dtype=np.int32)))
    for end in range(len(data)):
        with pytest.raises(BadInput, match="no body of the explorer"):
            decode(data[:end])


def test_an_array_of_another_kind_is_a_mistake_of_ours():
    with pytest.raises(TypeError, match="float64"):
        encode(Inner("", np.zeros(3)))
    with pytest.raises(ValueError, match="JSON"):
        encode(Inner(float("nan"), np.zeros(1, dtype=np.int32)))


def test_as_json_arrays_are_the_same_bytes_in_base64():
    body = Inner("a", np.array([1, -2], dtype=np.int32))
    assert readable(body) == readable(decode(encode(body)))
    assert base64.b64decode(readable(body)["numbers"]) == struct.pack("<2i", 1, -2)


def test_dataclasses_become_interfaces_children_first():
    assert typescript([Body]).split("\n", 1)[1] == (
        "\n"
        "export interface Inner {\n  text: string;\n  numbers: Int32Array;\n}\n"
        "\n"
        "export interface Body {\n"
        "  small: Uint8Array;\n  places: Uint16Array;\n  whole: Int32Array;\n"
        "  reals: Float32Array;\n  text: string;\n  some: number | null;\n  inner: Inner[];\n"
        '  kind: "one" | "two";\n  pairs: [number, number][];\n'
        "}\n"
    )


def test_what_typescript_cannot_say_is_refused():
    @dataclass
    class Odd:
        held: dict[str, int]

    with pytest.raises(TypeError, match="no TypeScript for dict"):
        typescript([Odd])


def test_the_types_of_the_page_are_those_of_the_schema():
    if not SCHEMA_TS.exists():
        pytest.skip("web/ is not part of an installed copy")
    assert SCHEMA_TS.read_text("utf-8") == typescript(BODIES), "run python scripts/schema_types.py"
