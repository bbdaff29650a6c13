"""Running top-k: the k best columns of every row, kept while tiles of cosines stream by."""

import numpy as np
from jaxtyping import Float, Int

EMPTY = np.iinfo(np.int64).min
_LAST = 0xFFFFFFFF


class RunningTopK:
    """The k nearest candidates seen so far for the rows ``start .. start + n_rows``.

    Each candidate is one 64-bit key: the cosine's bits, made monotone, above the complement of
    its row number. Larger keys are nearer and equal cosines go to the lower row number, so the
    result does not depend on the order in which tiles arrive.

    Parameters
    ----------
    start
        First row of the whole matrix that this state covers.
    keys
        Candidates of each row, nearest first; ``EMPTY`` where fewer than k were seen.
    """

    def __init__(self, start: int, keys: Int[np.ndarray, "row k"]) -> None:
        self.start = start
        self.keys = keys
        self._floor = _cosine_of(keys[:, -1])

    @classmethod
    def empty(cls, start: int, stop: int, k: int) -> "RunningTopK":
        """Start with no candidate for the rows ``start .. stop``."""
        return cls(start, np.full((stop - start, k), EMPTY, dtype=np.int64))

    def offer(
        self, cosine: Float[np.ndarray, "row column"], *, row: int, column: int, axis: int = 0
    ) -> None:
        """Take what is near enough from one tile.

        Parameters
        ----------
        cosine
            The tile; entries that must not count are ``-inf``.
        row, column
            Row numbers, in the whole matrix, of the tile's first row and first candidate. With
            ``axis=1`` the tile is read transposed: its columns are the rows.
        axis
            Which axis of the tile holds the rows.
        """
        k = self.keys.shape[1]
        here = slice(row - self.start, row - self.start + cosine.shape[axis])
        floor = self._floor[here]
        if np.isneginf(floor).any():
            floor = np.maximum(floor, _lower_bound(cosine, k=k, axis=axis))
        of_row, candidate, value = _at_least(cosine, floor, axis=axis)
        if of_row.size > 4 * k * floor.size:
            floor = np.maximum(floor, _lower_bound(cosine, k=k, axis=axis))
            of_row, candidate, value = _at_least(cosine, floor, axis=axis)
            few = _first_ties(of_row, value, floor, k=k)
            of_row, candidate, value = of_row[few], candidate[few], value[few]
        if of_row.size:
            self.merge(of_row + here.start, _key_of(value, candidate + column))

    def merge(
        self, of_row: Int[np.ndarray, " candidate"], key: Int[np.ndarray, " candidate"]
    ) -> None:
        """Keep the k largest keys of every row; ``of_row`` is sorted and local to this state."""
        k = self.keys.shape[1]
        touched, first, count = np.unique(of_row, return_index=True, return_counts=True)
        pool = np.full((touched.size, k + int(count.max())), EMPTY, dtype=np.int64)
        pool[:, :k] = self.keys[touched]
        place = np.arange(of_row.size) - np.repeat(first, count)
        pool[np.repeat(np.arange(touched.size), count), k + place] = key
        pool.sort(axis=1)
        best = pool[:, : -k - 1 : -1]
        self.keys[touched] = best
        self._floor[touched] = _cosine_of(best[:, -1])

    @property
    def index(self) -> Int[np.ndarray, "row k"]:
        """Row number of each candidate."""
        return (_LAST - (self.keys & _LAST)).astype(np.int32)

    @property
    def cosine(self) -> Float[np.ndarray, "row k"]:
        """Cosine of each candidate, clipped to [-1, 1]."""
        return np.clip(_cosine_of(self.keys), -1.0, 1.0)


def _key_of(
    value: Float[np.ndarray, " candidate"], row: Int[np.ndarray, " candidate"]
) -> Int[np.ndarray, " candidate"]:
    bits = value.view(np.int32)
    ordered = np.where(bits < 0, bits ^ 0x7FFFFFFF, bits).astype(np.int64)
    return (ordered << 32) | (_LAST - row)


def _cosine_of(key: Int[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    ordered = (key >> 32).astype(np.int32)
    value = np.where(ordered < 0, ordered ^ 0x7FFFFFFF, ordered).view(np.float32)
    return np.where(key == EMPTY, np.float32(-np.inf), value)


def _at_least(
    tile: Float[np.ndarray, "row column"], floor: Float[np.ndarray, " side"], *, axis: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row, candidate and value of every entry not below its row's floor, sorted by row."""
    flat = np.flatnonzero(tile >= (floor if axis else floor[:, None]))
    value = tile.reshape(-1)[flat]
    first, second = np.divmod(flat, tile.shape[1])
    if axis == 0:
        return first, second, value
    order = np.argsort(second, kind="stable")
    return second[order], first[order], value[order]


def _lower_bound(
    tile: Float[np.ndarray, "row column"], *, k: int, axis: int
) -> Float[np.ndarray, " side"]:
    """Bound each row's k-th largest entry from below: the k-th largest of its groups' maxima."""
    groups = 4 * k
    width = tile.shape[1 - axis]
    if width < groups:
        return np.full(int(tile.shape[axis]), -np.inf, dtype=np.float32)
    used = width // groups * groups
    if axis == 0:
        peaks: np.ndarray = tile[:, :used].reshape(tile.shape[0], -1, groups).max(axis=1)
        return np.partition(peaks, groups - k, axis=1)[:, groups - k]
    peaks = tile[:used].reshape(-1, groups, tile.shape[1]).max(axis=0)
    return np.partition(peaks, groups - k, axis=0)[groups - k]


def _first_ties(
    of_row: Int[np.ndarray, " candidate"],
    value: Float[np.ndarray, " candidate"],
    floor: Float[np.ndarray, " side"],
    *,
    k: int,
) -> np.ndarray:
    """Mark candidates worth merging: above the floor, or among the row's first k equal to it."""
    tied = value == floor[of_row]
    seen = np.cumsum(tied)
    before: np.ndarray = np.concatenate([[0], seen])[np.searchsorted(of_row, of_row)]
    within: np.ndarray = seen - before <= k
    return ~tied | within
