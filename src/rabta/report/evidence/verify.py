"""Check a bundle, from the bundle alone: no store, no network, no clock.

The order is that of trust: what the leaves hash to, who signed that, what the leaves
say one after the other, and last the entries below them. A step that fails ends the
check, as nothing that rests on it can be said.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from rabta.report.evidence import entry, keys, leaf, merkle, note, shapes
from rabta.report.evidence.broken import BrokenError
from rabta.report.evidence.disclosed import Disclosed
from rabta.report.evidence.disclosed import Watch as WatchLeaf
from rabta.report.evidence.document import Opened
from rabta.report.evidence.findings import Findings
from rabta.report.evidence.limits import say_limits
from rabta.report.evidence.shapes import Bundle, Pair


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of the period, as it was last closed."""

    hour: int
    """Since 1970."""
    leaf: leaf.HourLeaf
    entries: tuple[entry.Entry, ...]
    """What of it is shown."""
    pairs: Sequence[Pair]
    """Uplink and target of each of the entries."""


Watch = Callable[[Hour], None]


@dataclass(slots=True)
class Verified:
    """What a bundle was found to prove."""

    findings: Findings = field(default_factory=Findings)
    bundle: Bundle | None = None
    checkpoint: note.Checkpoint | None = None
    public: bytes = b""
    """The key that signed the checkpoint, 32 bytes."""
    leaves: tuple[leaf.AnyLeaf, ...] = ()
    disclosed: Disclosed | None = None
    hashes: Sequence[bytes] = ()
    """Of every leaf of the log."""
    opened: Opened | None = None
    """The report around it, if there is one."""

    @property
    def broken(self) -> bool:
        """Whether anything is broken; then nothing else is to be relied on."""
        return self.findings.broken

    def hours(self) -> Iterator[Hour]:
        """Yield the hours of the period, oldest first; nothing of what is broken."""
        if self.bundle is None or self.disclosed is None or self.broken:
            return
        hours = self.hour_leaves
        for hour, at in sorted(_closed_last(self.bundle, hours).items()):
            found = self.disclosed.entries(at)
            yield Hour(hour, hours[at], found, entry.pairs_in(found))

    @property
    def keys(self) -> tuple[bytes, ...]:
        """Every key of the log that is shown."""
        told = (one for one in self.leaves if isinstance(one, leaf.KeyLeaf))
        return tuple(bytes.fromhex(one.public) for one in told)

    @property
    def hour_leaves(self) -> list[leaf.HourLeaf]:
        """The leaves of hours, in the log's order."""
        return [one for one in self.leaves if isinstance(one, leaf.HourLeaf)]


def verify(data: bytes, *, signer: str = "", watch: Watch | None = None) -> Verified:
    """Check the bundle of *data*; *signer* is the fingerprint of whose it should be.

    *watch* is given the hours of the period as they are read: what ``hours`` yields, in
    the log's order. They are worth nothing if something is found broken after all.
    Never raises for what is in *data*: it becomes a finding.
    """
    verified = Verified()
    try:
        _check(data, verified, signer, watch)
    except BrokenError as broken:
        verified.findings.breaks(broken.key, **broken.values)
    return verified


def _check(data: bytes, verified: Verified, signer: str, watch: Watch | None) -> None:
    findings = verified.findings
    try:
        bundle = shapes.decode(data)
        checkpoint = note.read(bundle.checkpoint)
        bodies = shapes.unpacked(bundle.leaves)
        numbers = shapes.numbers_in(bundle.shown, checkpoint.size, len(bodies))
        hidden = shapes.hashes_in(bundle.hidden)
        leaves = tuple(leaf.decode(body) for body in bodies)
    except ValueError as error:
        raise BrokenError("unreadable", reason=str(error)) from None
    verified.bundle, verified.checkpoint = bundle, checkpoint
    verified.hashes = _hang_together(
        bundle, checkpoint, numbers, bodies, hidden, leaves
    )
    verified.public = signer_of(findings, bundle.log, bundle.checkpoint, leaves)
    verified.leaves = leaves
    hours = verified.hour_leaves
    in_order(leaves)
    findings.proven(
        "log",
        count=len(hours),
        log=checkpoint.log,
        size=checkpoint.size,
        at=checkpoint.time,
    )
    _whose(findings, verified.public, signer)
    disclosed = Disclosed(bundle, hours)
    shown = disclosed.check(watch and _newest(bundle, hours, watch))
    verified.disclosed = disclosed
    findings.proven("entries", count=shown, pairs=len(bundle.pairs))
    _earlier(findings, bundle, checkpoint, leaves)
    say_limits(findings, bundle, hours, disclosed.tails)


def _newest(bundle: Bundle, hours: Sequence[leaf.HourLeaf], watch: Watch) -> WatchLeaf:
    """Give to *watch* each hour of the period as it was last closed."""
    last = set(_closed_last(bundle, hours).values())

    def seen(at: int, entries: tuple[entry.Entry, ...], pairs: Sequence[Pair]) -> None:
        if at in last:
            watch(Hour(hours[at].hour, hours[at], entries, pairs))

    return seen


def _closed_last(bundle: Bundle, hours: Sequence[leaf.HourLeaf]) -> dict[int, int]:
    """Return which of the leaves *hours* is the newest of each hour of the period."""
    return {
        one.hour: number
        for number, one in enumerate(hours)
        if bundle.start <= one.hour < bundle.stop
    }


def _hang_together(
    bundle: Bundle,
    checkpoint: note.Checkpoint,
    numbers: Sequence[int],
    bodies: Sequence[bytes],
    hidden: Sequence[bytes],
    leaves: Sequence[leaf.AnyLeaf],
) -> Sequence[bytes]:
    """Return the hash of every leaf, shown or not; they make the signed root."""
    if [one.number for one in leaves] != list(numbers):
        raise BrokenError("order")
    if bundle.log != checkpoint.log:
        raise BrokenError("other_log", log=bundle.log)
    if len(bodies) + len(hidden) != checkpoint.size or len(bodies) != len(numbers):
        raise BrokenError("root")
    known = dict(zip(numbers, map(merkle.leaf_hash, bodies), strict=True))
    rest = iter(hidden)
    hashes = [known[at] if at in known else next(rest) for at in range(checkpoint.size)]
    if merkle.root_of(hashes) != checkpoint.root:
        raise BrokenError("root")
    return hashes


def signer_of(
    findings: Findings, log: str, signed: str, leaves: Sequence[leaf.AnyLeaf]
) -> bytes:
    """Follow the keys from the first to the one that signed the note *signed*.

    Returns it; raises ``BrokenError`` where the chain is broken.
    """
    told = [one for one in leaves if isinstance(one, leaf.KeyLeaf)]
    if not told or told[0].number != 0:
        raise BrokenError("no_key")
    public = b""
    for one in told:
        if one.log != log:
            raise BrokenError("other_log", log=one.log)
        try:
            following, endorsed = bytes.fromhex(one.public), bytes.fromhex(one.endorsed)
        except ValueError as error:
            raise BrokenError("unreadable", reason=str(error)) from None
        if not public:
            pass
        elif not endorsed:
            findings.unproven("key_lost", at=one.at.time, number=one.number)
        elif keys.signed_by(public, endorsed, one.claim):
            findings.proven("key_changed", at=one.at.time, number=one.number)
        else:
            raise BrokenError("key_chain", number=one.number)
        public = following
    if not note.is_signed(signed, public):
        raise BrokenError("signature")
    return public


def public_at(leaves: Sequence[leaf.AnyLeaf], size: int) -> bytes:
    """Return the key that signed when there were *size* leaves; nothing if none did."""
    told = [
        one.public
        for one in leaves
        if isinstance(one, leaf.KeyLeaf) and one.number < size
    ]
    return bytes.fromhex(told[-1]) if told else b""


def _whose(findings: Findings, found: bytes, wanted: str) -> None:
    named = keys.fingerprint(found)
    if not wanted:
        findings.unproven("whose", public=named)
    elif wanted == named:
        findings.proven("whose", public=named)
    else:
        raise BrokenError("other_key", public=named)


def in_order(leaves: Sequence[leaf.AnyLeaf]) -> None:
    """Check what each hour leaf says of the one before, and of the one it amends."""
    closed: dict[int, int] = {}
    last: leaf.HourLeaf | None = None
    at = -1
    for one in leaves:
        follows, at = one.number == at + 1, one.number
        if not follows:
            last = None
        if isinstance(one, leaf.KeyLeaf):
            continue
        if last is not None and one.before != last.hour:
            raise BrokenError("before", number=one.number)
        known = closed.get(one.hour)
        if known is not None and one.amends != known:
            raise BrokenError("doubled", number=one.number)
        closed[one.hour] = one.number
        last = one


def _earlier(
    findings: Findings,
    bundle: Bundle,
    checkpoint: note.Checkpoint,
    leaves: Sequence[leaf.AnyLeaf],
) -> None:
    """Check that the log grew out of each checkpoint that was told before."""
    for one in bundle.earlier:
        try:
            before = note.read(one.checkpoint)
            proof = shapes.hashes_in(one.proof)
            signed = note.is_signed(one.checkpoint, public_at(leaves, before.size))
        except ValueError:
            raise BrokenError("earlier") from None
        if not signed or not merkle.grew(
            before.size, checkpoint.size, before.root, checkpoint.root, proof
        ):
            raise BrokenError("earlier")
    if bundle.earlier:
        findings.proven("grew", count=len(bundle.earlier))
