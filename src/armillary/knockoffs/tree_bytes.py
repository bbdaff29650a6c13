"""Tree bytes: a binary tree over features written and read, its shape and who is on which leaf."""

import math
import struct

import numpy as np
from jaxtyping import Int

from armillary.knockoffs.binary_tree import BinaryTree
from armillary.knockoffs.packing import pack_symbols, unpack_symbols


def pack_tree(tree: BinaryTree) -> tuple[bytes, bytes]:
    """Write a tree: its shape (two bits a leaf), and which feature is on which leaf.

    Where every feature is a leaf, branch by branch: the branch of each feature is range-coded, the
    order within a branch of n is one number below n!.

    Parameters
    ----------
    tree
        What to write.

    Returns
    -------
    shape, members : bytes
        For ``unpack_tree``.
    """
    bits = _preorder(tree.children)
    if tree.n_leaves < tree.leaf_of.size:
        return pack_symbols(bits), b"\x00" + pack_symbols(tree.leaf_of)
    branch = np.searchsorted(tree.coarse, tree.leaf_of, side="right") - 1
    names = pack_symbols(branch)
    orders = b"".join(
        _order_bytes(np.argsort(np.argsort(tree.leaf_of[branch == b])).tolist())
        for b in range(tree.coarse.size)
    )
    return pack_symbols(bits), b"\x01" + struct.pack("<I", len(names)) + names + orders


def unpack_tree(shape: bytes, members: bytes) -> BinaryTree:
    """Read what ``pack_tree`` wrote.

    Parameters
    ----------
    shape, members
        All of it.
    """
    children = _from_preorder(unpack_symbols(shape))
    if members[:1] == b"\x00":
        return BinaryTree(unpack_symbols(members[1:]), children, np.empty(0, dtype=np.int64))
    (size,) = struct.unpack_from("<I", members, 1)
    branch = unpack_symbols(members[5 : 5 + size])
    counts, at = np.bincount(branch), 5 + size
    begin = np.cumsum(counts) - counts
    leaf_of = np.empty(branch.size, dtype=np.int64)
    for b, n in enumerate(counts.tolist()):
        length = _order_length(n)
        order = _order_from(members[at : at + length], n)
        leaf_of[branch == b] = begin[b] + np.array(order, dtype=np.int64)
        at += length
    return BinaryTree(leaf_of, children, begin)


def _preorder(children: np.ndarray) -> Int[np.ndarray, " node"]:
    """Return 1 for a joint and 0 for a leaf, in the order of the walk."""
    bits: list[int] = []
    todo = [0 if len(children) else -1]
    while todo:
        node = todo.pop()
        bits.append(int(node >= 0))
        if node >= 0:
            todo += [int(children[node, 1]), int(children[node, 0])]
    return np.array(bits, dtype=np.int64)


def _from_preorder(bits: np.ndarray) -> Int[np.ndarray, "joint 2"]:
    children: list[list[int]] = []
    n_leaves = 0
    todo: list[tuple[int, int]] = [(-1, 0)]
    for bit in bits.tolist():
        parent, side = todo.pop()
        if parent >= 0:
            children[parent][side] = len(children) if bit else -1 - n_leaves
        if bit:
            todo += [(len(children), 1), (len(children), 0)]
            children.append([0, 0])
        else:
            n_leaves += 1
    return np.array(children, dtype=np.int64).reshape(-1, 2)


def _order_length(n: int) -> int:
    return (math.factorial(n) - 1).bit_length() // 8 + 1


def _order_bytes(order: list[int]) -> bytes:
    """Write a permutation as one number in the factorial system."""
    left, number = sorted(order), 0
    for rank in order:
        place = left.index(rank)
        number = number * len(left) + place
        del left[place]
    return number.to_bytes(_order_length(len(order)), "little")


def _order_from(data: bytes, n: int) -> list[int]:
    number = int.from_bytes(data, "little")
    digits: list[int] = []
    for base in range(1, n + 1):
        number, digit = divmod(number, base)
        digits.append(digit)
    left = list(range(n))
    return [left.pop(digit) for digit in reversed(digits)]
