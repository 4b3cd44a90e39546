"""Merkle trees as in RFC 6962, section 2.1 (RFC 9162, section 2.1), over SHA-256.

One form of proof serves for everything: of the leaves some are shown, and the proof
lists the roots of the largest subtrees without any of them, from left to right. For
one leaf these are the nodes of RFC 6962's audit path, in another order.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256


_LEAF, _NODE = sha256(b"\x00"), sha256(b"\x01")


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf, 32 bytes."""
    return sha256(b"\x00" + data).digest()


def leaf_hashes(datas: Iterable[bytes]) -> list[bytes]:
    """Return the hash of each of many leaves."""
    begin, found = _LEAF.copy, []  # a copy costs less than a new one
    for data in datas:
        hashing = begin()
        hashing.update(data)
        found.append(hashing.digest())
    return found


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node."""
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaf *hashes*; of none, the hash of nothing."""
    if not hashes:
        return sha256().digest()
    begin, level = _NODE.copy, list(hashes)
    while len(level) > 1:
        above = []
        for left, right in zip(level[::2], level[1::2], strict=False):
            hashing = begin()
            hashing.update(left + right)
            above.append(hashing.digest())
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0]


class Growing:
    """The root of a tree that leaves are added to, in steps of its depth."""

    def __init__(self, hashes: Iterable[bytes] = ()) -> None:
        self.size = 0
        self._whole: list[tuple[int, bytes]] = []
        """The largest whole subtrees, from the left: leaves, and root."""
        for one in hashes:
            self.add(one)

    def add(self, hashed: bytes) -> None:
        """Add a leaf by its hash."""
        size = 1
        while self._whole and self._whole[-1][0] == size:
            hashed = node_hash(self._whole.pop()[1], hashed)
            size *= 2
        self._whole.append((size, hashed))
        self.size += 1

    @property
    def root(self) -> bytes:
        """Root over all leaves so far."""
        if not self._whole:
            return root_of(())
        root = self._whole[-1][1]
        for _, left in reversed(self._whole[:-1]):
            root = node_hash(left, root)
        return root


def _split(size: int) -> int:
    """Return the largest power of two below *size*, which is above one."""
    return 1 << (size - 1).bit_length() - 1


def proof_of(hashes: Sequence[bytes], shown: Sequence[int]) -> list[bytes]:
    """Prove the leaves at the positions *shown*, which increase."""
    return list(_outside(hashes, shown, 0, len(hashes)))


def _outside(
    hashes: Sequence[bytes], shown: Sequence[int], low: int, high: int
) -> Iterator[bytes]:
    inside = bisect_left(shown, high) - bisect_left(shown, low)
    if inside == high - low:
        return
    if not inside:
        yield root_of(hashes[low:high])
        return
    middle = low + _split(high - low)
    yield from _outside(hashes, shown, low, middle)
    yield from _outside(hashes, shown, middle, high)


def root_by(
    size: int, shown: Sequence[int], hashes: Sequence[bytes], proof: Sequence[bytes]
) -> bytes:
    """Return the root of a tree of *size* leaves of which some are shown.

    *shown* are their positions, *hashes* their hashes. Raises ``ValueError`` for
    positions that do not increase or lie outside, and for a proof that does not fit.
    """
    if len(shown) != len(hashes) or sorted(set(shown)) != list(shown):
        raise ValueError("the positions shown do not increase, or do not fit")
    if shown and not 0 <= shown[0] <= shown[-1] < size:
        raise ValueError("a position outside the tree")
    left = iter(proof)
    try:
        root = _inside(shown, hashes, left, 0, size) if size else root_of(())
    except StopIteration:
        raise ValueError("the proof is too short") from None
    if next(left, None) is not None:
        raise ValueError("the proof is too long")
    return root


def _inside(
    shown: Sequence[int],
    hashes: Sequence[bytes],
    proof: Iterator[bytes],
    low: int,
    high: int,
) -> bytes:
    first, last = bisect_left(shown, low), bisect_left(shown, high)
    if last - first == high - low:
        return root_of(hashes[first:last])
    if first == last:
        return next(proof)
    middle = low + _split(high - low)
    left = _inside(shown, hashes, proof, low, middle)
    return node_hash(left, _inside(shown, hashes, proof, middle, high))


def consistency_of(hashes: Sequence[bytes], size: int) -> list[bytes]:
    """Prove that the tree over the first *size* leaves grew into that over all.

    RFC 6962, section 2.1.2; nothing is needed for no leaves and for all of them.
    """
    return [] if size == 0 else list(_grown(hashes, size, 0, len(hashes), whole=True))


def _grown(
    hashes: Sequence[bytes], size: int, low: int, high: int, *, whole: bool
) -> Iterator[bytes]:
    if size == high:
        if not whole:
            yield root_of(hashes[low:high])
        return
    middle = low + _split(high - low)
    if size <= middle:
        yield from _grown(hashes, size, low, middle, whole=whole)
        yield root_of(hashes[middle:high])
    else:
        yield from _grown(hashes, size, middle, high, whole=False)
        yield root_of(hashes[low:middle])


def grew(
    before: int, after: int, old: bytes, new: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the tree of *before* leaves and root *old* grew into the other.

    RFC 9162, section 2.1.4.2.
    """
    if before in (after, 0):
        fits = old == new if before == after else old == root_of(())
        return fits and not proof
    if before > after:
        return False
    path = [old, *proof] if before & (before - 1) == 0 else list(proof)
    if not path:
        return False
    node, last = before - 1, after - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_root = new_root = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old_root, new_root = node_hash(step, old_root), node_hash(step, new_root)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new_root = node_hash(new_root, step)
        node, last = node >> 1, last >> 1
    return last == 0 and old_root == old and new_root == new
