"""The evidence chain: hours hashed into a log, and reports that others can check.

What the rest of ``report`` needs of it::

    bundle(path, start, stop, wanted=…) -> Bundle       the hours of a period
    encode(bundle) -> bytes                             as JSON
    verify(data, signer=…) -> Verified                  .findings, .hours(), .broken
    signing_key(path) -> Key                            of the store in a folder
    seal_document(page, kind, document, key) -> bytes   HTML, PDF or JSON, sealed
    open_document(data) -> Opened                       taken apart, .whole
    check(data, signer=…, held=…, reader=…) -> Verified a report as it was received

A report's *document* is one JSON object: what it says, and under ``evidence`` the
bundle. A figure of a report must follow from ``Verified.hours()``: they hold the
``Entry`` of every uplink and target that is shown, whose ``Figures`` have what was
sent, lost and not made, the minutes that were measured, poor and out, and the delays.
Make figures from ``verify(encode(bundle)).hours()``, by a pure function; ``rabta
verify`` calls the same one and compares. It takes the hours as they are checked
(*watch*, *reader*): a year is decoded once, and never held as a whole.
"""

from rabta.report.evidence.audit import audit
from rabta.report.evidence.bundle import bundle
from rabta.report.evidence.document import Opened, open_document, seal_document
from rabta.report.evidence.entry import Entry, Figures
from rabta.report.evidence.findings import Finding, Findings, Mark
from rabta.report.evidence.keys import Key, signing_key
from rabta.report.evidence.shapes import Bundle, Pair, encode
from rabta.report.evidence.verify import Hour, Verified, verify
from rabta.report.evidence.whole import check


__all__ = [
    "Bundle",
    "Entry",
    "Figures",
    "Finding",
    "Findings",
    "Hour",
    "Key",
    "Mark",
    "Opened",
    "Pair",
    "Verified",
    "audit",
    "bundle",
    "check",
    "encode",
    "open_document",
    "seal_document",
    "signing_key",
    "verify",
]
