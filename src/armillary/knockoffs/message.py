"""Message: what a sender says about placement, as bytes; its length is the price of a theory."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from armillary.core.errors import BadInput

_MAGIC = b"AM1"


@dataclass(frozen=True, slots=True)
class Message:
    """Named parts of bytes under the name of the theory that reads them.

    Parameters
    ----------
    theory
        ``kind`` of the theory; a receiver finds the code that places features by it.
    parts
        Bytes by name, for example ``{"centroids": ..., "assignment": ...}``; the split says what
        the bits are spent on.
    """

    theory: str
    parts: Mapping[str, bytes]

    def __post_init__(self) -> None:
        """Freeze the parts."""
        object.__setattr__(self, "parts", MappingProxyType(dict(self.parts)))

    @property
    def bits(self) -> int:
        """Length of everything that is sent, names and lengths of the parts included."""
        return 8 * len(self.to_bytes())

    @property
    def overhead_bits(self) -> int:
        """Bits of ``bits`` that are names and lengths, not content."""
        return self.bits - 8 * sum(len(part) for part in self.parts.values())

    def to_bytes(self) -> bytes:
        """Return the whole message as one string of bytes."""
        out = [_MAGIC, _short(self.theory), struct.pack("<B", len(self.parts))]
        for name, part in self.parts.items():
            out += [_short(name), struct.pack("<I", len(part)), part]
        return b"".join(out)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Message":
        """Read a message back.

        Parameters
        ----------
        data
            What ``to_bytes`` gave.

        Raises
        ------
        BadInput
            If the bytes are not a whole message.
        """
        try:
            return cls(*_parsed(data))
        except (struct.error, UnicodeDecodeError, IndexError) as error:
            raise BadInput(f"{len(data)} bytes are not a whole message of placement") from error

    def __repr__(self) -> str:
        """Name the parts with their sizes."""
        parts = ", ".join(f"{name} {8 * len(part):,}" for name, part in self.parts.items())
        return f"Message({self.theory}: {self.bits:,} bits; {parts})"


def _short(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("<B", len(raw)) + raw


def _parsed(data: bytes) -> tuple[str, dict[str, bytes]]:
    if data[:3] != _MAGIC:
        raise IndexError
    theory, at = _text(data, 3)
    count, at = data[at], at + 1
    parts: dict[str, bytes] = {}
    for _ in range(count):
        name, at = _text(data, at)
        (size,) = struct.unpack_from("<I", data, at)
        parts[name] = data[at + 4 : at + 4 + size]
        at += 4 + size
    if at != len(data):
        raise IndexError
    return theory, parts


def _text(data: bytes, at: int) -> tuple[str, int]:
    end = at + 1 + data[at]
    return data[at + 1 : end].decode(), end
