"""This machine's own log: is it whole, and does the store still hold what it says?"""

import zlib
from collections.abc import Sequence
from pathlib import Path

from rabta.clock import DAY, HOUR, Clock, SystemClock
from rabta.report.evidence import entry, leaf, merkle, note, tip
from rabta.report.evidence.broken import BrokenError
from rabta.report.evidence.findings import Findings
from rabta.report.evidence.verify import in_order, public_at, signer_of
from rabta.store import Retention
from rabta.store.evidence import Leaf, Leaves, closed_rows, counts, hourly


_Hour = tuple[leaf.HourLeaf, bytes]
"""The newest leaf of an hour, and its entries, deflated."""


def audit(
    path: Path, *, clock: Clock | None = None, retention: Retention | None = None
) -> Findings:
    """Hold the log in the folder *path* against its signature and against the store.

    Raises:
        StoreError: there is no log, or it cannot be read.
    """
    findings = Findings()
    now = (clock or SystemClock()).now()
    kept = (retention or Retention()).raw_days
    told = tip.read(path)  # first: the log may grow meanwhile, and this with it
    with Leaves.read(path) as leaves, leaves.snapshot():
        try:
            secret = leaves.known()[1]
            found = list(leaves.leaves(0, 1 << 62))
            bodies = _whole(findings, leaves, found, told)
            newest = _figures(secret, found, bodies)
        except BrokenError as broken:
            findings.breaks(broken.key, **broken.values)
            return findings
    _raw(findings, path, secret, newest, now, kept)
    _hourly(findings, path, newest)
    return findings


def _whole(
    findings: Findings, leaves: Leaves, found: Sequence[Leaf], beside: str | None
) -> list[leaf.AnyLeaf]:
    checkpoints = leaves.checkpoints()
    try:
        bodies = [leaf.decode(one.body) for one in found]
        notes = [note.read(one) for one in checkpoints]
    except ValueError as error:
        raise BrokenError("unreadable", reason=str(error)) from None
    if [one.number for one in bodies] != list(range(len(bodies))):
        raise BrokenError("order")
    hashes = [merkle.leaf_hash(one.body) for one in found]
    if hashes != [one.hash for one in found]:
        raise BrokenError("root")
    grown = merkle.Growing()
    if not notes or len(notes) != len(hashes):
        raise BrokenError("root")
    for one, hashed in zip(notes, hashes, strict=True):
        grown.add(hashed)
        if (one.size, one.root) != (grown.size, grown.root):
            raise BrokenError("root")
    told = notes[-1]
    if not tip.fits(beside, hashes):
        raise BrokenError("rolled_back")
    signer_of(findings, told.log, checkpoints[-1], bodies)
    if told.log != leaves.known()[0]:
        raise BrokenError("other_log", log=told.log)
    if not all(
        note.is_signed(text, public_at(bodies, one.size))
        for text, one in zip(checkpoints, notes, strict=True)
    ):
        raise BrokenError("signature")
    in_order(bodies)
    count = sum(isinstance(one, leaf.HourLeaf) for one in bodies)
    findings.proven("log", count=count, log=told.log, size=told.size, at=told.time)
    return bodies


def _figures(
    secret: bytes, found: Sequence[Leaf], bodies: Sequence[leaf.AnyLeaf]
) -> dict[int, _Hour]:
    """Return what the newest leaf of each hour says, checked against its root."""
    newest = {}
    for kept, body in zip(found, bodies, strict=True):
        if isinstance(body, leaf.KeyLeaf):
            continue
        try:
            texts = _texts(kept.entries)
            entries = entry.decode_all(texts)
        except (ValueError, zlib.error):
            raise BrokenError("entry", number=body.number) from None
        pairs = [(one.uplink, one.target) for one in entries]
        if entry.figures_root(secret, body.hour, pairs, texts) != body.figures:
            raise BrokenError("entry", number=body.number)
        newest[body.hour] = (body, kept.entries)
    return newest


def _texts(packed: bytes) -> list[bytes]:
    return zlib.decompress(packed).split(b"\n")


def _raw(
    findings: Findings,
    path: Path,
    secret: bytes,
    newest: dict[int, _Hour],
    now: int,
    kept_days: int,
) -> None:
    """Hold the observations that are still kept against what was hashed."""
    same = expired = 0
    ended = counts(path, now - 2 * HOUR)
    if missing := [h for h in ended if h >= min(newest, default=h) and h not in newest]:
        findings.unproven("unlogged", count=len(missing), at=missing[0] * HOUR)
    for hour, (body, _) in sorted(newest.items()):
        measured = closed_rows(path, hour)
        rows = sum(len(series.rows) for series in measured)
        at = hour * HOUR
        if entry.raw_root(secret, hour, measured) == body.raw:
            same += 1
        elif not rows and hour // 24 < now // DAY - kept_days:
            expired += 1
        elif rows > body.rows:
            findings.unproven("rows_added", at=at, count=rows - body.rows)
        elif rows < body.rows:
            findings.breaks("rows_gone", at=at, count=body.rows - rows)
        else:
            findings.breaks("rows_changed", at=at)
    if same:
        findings.proven("raw", count=same)
    if expired:
        findings.unproven("expired", count=expired)


def _hourly(
    findings: Findings,
    path: Path,
    newest: dict[int, _Hour],
) -> None:
    """Hold the store's own hourly figures against those that were hashed."""
    same = 0
    for hour, found in hourly(path):
        if hour not in newest:
            continue
        told = {
            (one.uplink, one.target, series.family, series.probe): (
                series.sent,
                series.lost,
            )
            for one in entry.decode_all(_texts(newest[hour][1]))
            for series in one.series
        }
        if told == found:
            same += 1
        else:
            differ = len(
                {name for name in told | found if told.get(name) != found.get(name)}
            )
            findings.breaks("hourly", at=hour * HOUR, count=differ)
    if same:
        findings.proven("hourly", count=same)
