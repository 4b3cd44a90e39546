"""The log of one machine: hours are closed into it, and never taken out again."""

import secrets
import zlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from typing import Self

import msgspec

from rabta.clock import HOUR, MINUTE, Clock, since_boot
from rabta.errors import StoreError
from rabta.report.evidence import entry, keys, leaf, note, tip
from rabta.report.evidence.merkle import Growing, leaf_hash, root_of
from rabta.store.evidence import Leaf, Leaves, Measured, closed_rows, counts
from rabta.store.lock import Lock


GRACE = 2 * MINUTE
"""After the end of an hour, for what is still on its way to the disk."""
LOCK = "evidence.lock"


class Log:
    """The evidence log in the folder of a store; one process has it open at a time.

    A step that is cut off by a kill or a full disk has not happened, and the next run
    takes it again: the leaf, and the signed checkpoint over it, are one transaction.
    """

    def __init__(
        self,
        leaves: Leaves,
        clock: Clock,
        lock: Lock,
        boot: Callable[[], tuple[str, int]],
    ) -> None:
        self._leaves = leaves
        self._clock = clock
        self._lock = lock
        self._boot = boot
        hashes = leaves.hashes()
        self._tree = Growing(hashes)
        self.name, self._secret = leaves.identity(
            f"rabta/{secrets.token_hex(8)}", secrets.token_bytes(32)
        )
        self._examine(hashes)
        self._key = self._current()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Clock,
        boot: Callable[[], tuple[str, int]] = since_boot,
    ) -> Self:
        """Open the log in the folder *path*; it is begun, with a key, if missing.

        Raises:
            StoreError: another process has it, or the log is not as it was signed.
        """
        try:
            lock = Lock(path / LOCK, hint="it closes an hour; try again in a minute")
        except OSError as error:
            raise StoreError(f"{path} cannot be written: {error.strerror}") from error
        with ExitStack() as undo:
            undo.callback(lock.release)
            leaves = Leaves.open(path)
            undo.callback(leaves.close)
            opened = cls(leaves, clock, lock, boot)
            undo.pop_all()
        return opened

    def close(self) -> None:
        """Let the next one in."""
        self._leaves.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close_hours(self) -> list[int]:
        """Close what hours have ended; return them, those closed anew too."""
        path, now = self._leaves.path, self._clock.now()
        closed = []
        for hour, count in counts(path, (now - GRACE) // HOUR * HOUR).items():
            known = self._leaves.rows_of(hour)
            if known is not None and known[1] == count:
                continue
            measured = closed_rows(path, hour)
            rows = sum(len(series.rows) for series in measured)
            # Fewer than were signed is nothing to sign: that an hour lost rows is
            # seen by whoever compares them with its leaf.
            if known is None or rows > known[1]:
                self._close(hour, measured, rows, None if known is None else known[0])
                closed.append(hour)
        return closed

    def rotate(self) -> bytes:
        """Sign by a new key from here on, which the old one endorses; return it."""
        following = keys.make(self._leaves.path, keys.NEXT)
        self._add_key(following, self._key)
        self._key = following
        self._settle()
        return following.public

    def _close(
        self, hour: int, measured: list[Measured], rows: int, amends: int | None
    ) -> None:
        entered = self._leaves.entered()
        pairs = entry.pairs_of(measured)
        names = [pair for pair, _ in pairs]
        written = [
            entry.encode(entry.entry_of(pair, entered.get(pair), hour, series))
            for pair, series in pairs
        ]
        body = leaf.HourLeaf(
            number=self._tree.size,
            hour=hour,
            before=self._leaves.last_hour(),
            amends=amends,
            rows=rows,
            entries=len(written),
            figures=entry.figures_root(self._secret, hour, names, written),
            raw=entry.raw_root(self._secret, hour, measured),
            at=self._reading(),
        )
        encoded = leaf.encode(body)
        kept = Leaf(
            body.number,
            encoded,
            leaf_hash(encoded),
            hour,
            rows,
            zlib.compress(b"\n".join(written), 9),
            tuple(names),
        )
        self._append(kept, body.at.time, self._key)

    def _append(self, kept: Leaf, time: int, key: keys.Key) -> None:
        tree = deepcopy(self._tree)
        tree.add(kept.hash)
        checkpoint = note.Checkpoint(self.name, tree.size, tree.root, time)
        signed = note.sign(checkpoint, key)
        self._leaves.append(kept, signed)
        self._tree = tree
        tip.write(self._leaves.path, signed)

    def _reading(self) -> leaf.Reading:
        boot, uptime = self._boot()
        # the system's own name of a boot is nobody else's business
        named = sha256(f"{self.name}\n{boot}".encode()).hexdigest()[:16] if boot else ""
        return leaf.Reading(self._clock.now(), named, uptime)

    def _examine(self, hashes: Sequence[bytes]) -> None:
        """Refuse to go on from a log that is not what was signed."""
        newest = self._leaves.newest()
        try:
            told = note.read(newest.note) if newest else None
        except ValueError:
            told = None
        whole = all(
            leaf_hash(one.body) == one.hash
            for one in self._leaves.leaves(max(0, len(hashes) - 48), 1 << 62)
        )
        signed = (0, root_of(())) if newest is None else told and (told.size, told.root)
        if not whole or signed != (len(hashes), self._tree.root):
            raise StoreError(
                f"the evidence log in {self._leaves.path} is not as it was signed",
                hint="rabta verify --log says more; with its files moved aside a new "
                "log begins",
            )
        if not tip.fits(tip.read(self._leaves.path), hashes):
            raise StoreError(
                f"the evidence log in {self._leaves.path} is not the one, or older "
                f"than the one, that {tip.FILE} is of",
                hint="put the newer evidence.sqlite back; with both moved aside a new "
                "log begins",
            )

    def _current(self) -> keys.Key:
        """Return the key that signs; a first or lost one is made, and the log told."""
        path = self._leaves.path
        told = self._leaves.others()
        last = leaf.decode(told[-1].body) if told else None
        public = last.public if isinstance(last, leaf.KeyLeaf) else ""
        following = keys.read(path, keys.NEXT)
        if following is not None and following.public.hex() == public:
            self._settle()
            return following
        (path / keys.NEXT).unlink(missing_ok=True)
        key = keys.read(path) or keys.make(path)
        if key.public.hex() != public:
            self._add_key(key, None)
        return key

    def _add_key(self, key: keys.Key, before: keys.Key | None) -> None:
        body = leaf.KeyLeaf(
            number=self._tree.size,
            log=self.name,
            public=key.public.hex(),
            endorsed="",
            at=self._reading(),
        )
        if before is not None:
            endorsed = before.sign(body.claim).hex()
            body = msgspec.structs.replace(body, endorsed=endorsed)
        encoded = leaf.encode(body)
        kept = Leaf(body.number, encoded, leaf_hash(encoded), None)
        self._append(kept, body.at.time, key)

    def _settle(self) -> None:
        path = self._leaves.path
        (path / keys.NEXT).replace(path / keys.FILE)
