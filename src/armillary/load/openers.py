"""Openers: which function describes a file of which kind."""

from collections.abc import Callable
from pathlib import Path

from armillary.load.arrays import open_npy, open_npz
from armillary.load.gguf_file import open_gguf
from armillary.load.safetensors_file import open_safetensors
from armillary.load.stored import Offer
from armillary.load.torch_file import open_torch

OPENERS: dict[str, Callable[[Path], Offer]] = {
    ".safetensors": open_safetensors,
    ".npz": open_npz,
    ".npy": open_npy,
    ".gguf": open_gguf,
}
# a folder's other files are passed over where one of these is left by an optimiser
FILE_OPENERS = OPENERS | {".pt": open_torch, ".pth": open_torch}
