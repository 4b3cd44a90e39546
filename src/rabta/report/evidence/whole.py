"""Check a report as it was received, and against a checkpoint held from before."""

from collections.abc import Callable

import msgspec

from rabta.report.evidence import document, merkle, note, shapes
from rabta.report.evidence.verify import Verified, Watch, verify


class _Report(msgspec.Struct):
    """As much of a report's document as this room needs."""

    evidence: msgspec.Raw = msgspec.Raw(b"")
    schema: str = ""


def check(
    data: bytes,
    *,
    signer: str = "",
    held: bytes | None = None,
    reader: Callable[[bytes], Watch] | None = None,
) -> Verified:
    """Check a report (HTML, PDF or JSON) or a bundle.

    *signer* is the fingerprint of whose it should be, *held* a checkpoint of another
    time, or a report that has one. *reader* is given the document of a report whose
    seal holds, and returns what its hours are given to; see ``verify``. Never raises
    for what is in *data* or *held*.
    """
    evidence, opened, reason = _evidence_in(data)
    verified = Verified()
    if reason:
        verified.findings.breaks("seal", reason=reason)
    elif opened is not None and not opened.whole:
        verified.findings.breaks("sealed")
    elif evidence is None:
        verified.findings.breaks("no_evidence")
    else:
        watch = reader(opened.document) if reader and opened else None
        verified = verify(evidence, signer=signer, watch=watch)
    verified.opened = opened
    if opened is not None and not verified.broken:
        if opened.public == verified.public:
            verified.findings.proven("sealed")
        else:
            verified.findings.breaks("seal_key")
    if held is not None and not verified.broken:
        _hold_against(verified, held)
    return verified


def _evidence_in(data: bytes) -> tuple[bytes | None, document.Opened | None, str]:
    """Return the bundle in *data*, the report around it, and what is wrong with it."""
    try:
        told = msgspec.json.decode(data, type=_Report)
    except (ValueError, RecursionError):
        told = None
    if told is not None and told.schema == shapes.SCHEMA:
        return data, None, ""
    try:
        opened = document.open_document(data)
        inside = msgspec.json.decode(opened.document, type=_Report)
    except (ValueError, RecursionError) as error:
        return None, None, str(error)
    return bytes(inside.evidence) or None, opened, ""


def _hold_against(verified: Verified, data: bytes) -> None:
    """Compare with the checkpoint in *data*, which may be older or newer."""
    findings, mine = verified.findings, verified.checkpoint
    if mine is None:
        return
    evidence, _, _ = _evidence_in(data)
    other = None if evidence is None else verify(evidence)
    if other is not None and other.broken:
        findings.breaks("pinned_broken")
        return
    known = (*verified.keys, *(() if other is None else other.keys))
    try:
        text = other.bundle.checkpoint if other and other.bundle else data.decode()
        held = note.read(text)
        signed = any(note.is_signed(text, public) for public in known)
    except ValueError:
        findings.breaks("pinned_unreadable")
        return
    if held.log != mine.log:
        findings.breaks("pinned_log", log=held.log)
        return
    if not signed:
        findings.breaks("pinned_signature")
        return
    older, newer = sorted((held, mine), key=lambda one: one.size)
    hashes = verified.hashes if newer is mine else other.hashes if other else ()
    if not hashes:  # a checkpoint alone, newer than the report
        findings.unproven("pinned", size=held.size)
    elif merkle.root_of(hashes[: older.size]) == older.root:
        findings.proven("pinned", size=held.size)
    else:
        findings.breaks("pinned")
