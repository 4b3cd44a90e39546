"""A report as one file: the page people see, the document, and a seal over all of it.

The seal is the last line of the file. It signs every byte before it, so that nothing in
the page or in the document can be changed; a byte of the seal itself that is changed
makes it another signature, or no seal.

==== =====================================  ==========================================
kind where the document is                  the seal
==== =====================================  ==========================================
html ``<script type="application/json"      a comment behind ``</html>``
     id="rabta-report">`` in the page
pdf  an embedded file, added as an update   a comment before the last ``%%EOF``
     (ISO 32000-1, section 7.5.6)
json the file                               its last member, ``seal``
==== =====================================  ==========================================
"""

import re
import zlib
from dataclasses import dataclass
from hashlib import sha256

from rabta.report.evidence.keys import Key, signed_by
from rabta.report.evidence.shapes import inflated


HTML, PDF, JSON = "html", "pdf", "json"

_SCRIPT = b'<script type="application/json" id="rabta-report">'
_SCRIPT_END = b"</script>\n"
_MARK = b"%rabta-report\n"
_SEAL = rb"rabta-seal 1 ([0-9a-f]{64}) ([0-9a-f]{128})"
_TAILS = {
    HTML: (b"<!-- ", b" -->\n"),
    JSON: (b',"seal":"', b'"}\n'),
    PDF: (b"%", b"\n"),
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A sealed report, taken apart."""

    kind: str
    document: bytes
    """The JSON that is in it."""
    page: bytes
    """What was sealed without it: what people see; empty for JSON."""
    public: bytes
    """The key of the seal, 32 bytes."""
    whole: bool
    """Whether the seal is that key's, over these very bytes."""


def seal_document(page: bytes, kind: str, document: bytes, key: Key) -> bytes:
    """Return *page* with *document* in it, sealed.

    *kind* is ``html``, ``pdf`` or ``json``; a JSON report is *document* alone, and
    *page* is not looked at. Raises ``ValueError`` for a page of another kind.
    """
    match kind:
        case "html":
            body = _into_html(page, document)
        case "pdf":
            body = _into_pdf(page, zlib.compress(document))
        case _:
            body = document
            if not body.startswith(b"{") or not body.endswith(b"}") or len(body) < 3:
                raise ValueError("a JSON report is one object")
    told = f"rabta-seal 1 {key.public.hex()} {key.sign(_signed(body)).hex()}"
    return _with_seal(body, kind, told.encode())


def open_document(data: bytes) -> Opened:
    """Take a sealed report apart.

    Raises ``ValueError`` where *data* is no such report, or its seal or the document in
    it is not in the one form in which it is written.
    """
    kind = _kind_of(data)
    found = re.search(_SEAL, data[-600:])
    if found is None:
        raise ValueError("there is no seal")
    seal = found.group()
    start = data.rfind(_TAILS[kind][0] + seal)
    body = data[:start] + (b"}" if kind == JSON else b"")
    if start < 0 or _with_seal(body, kind, seal) != data:
        raise ValueError("the seal is not at the end, or not in its form")
    public, signature = (bytes.fromhex(part.decode()) for part in found.groups())
    whole = signed_by(public, signature, _signed(body))
    document, page = _taken_out(body, kind)
    return Opened(kind, document, page, public, whole)


def _signed(body: bytes) -> bytes:
    return b"rabta sealed report 1\n" + sha256(body).digest()


def _with_seal(body: bytes, kind: str, seal: bytes) -> bytes:
    before, after = _TAILS[kind]
    if kind == JSON:
        return body[:-1] + before + seal + after
    tail = before + seal + after
    if kind == PDF:  # ISO 32000-1, section 7.5.5: the last lines of a file are these
        tail += b"startxref\n%d\n%%%%EOF\n" % _last_xref(body)
    return body + tail


def _kind_of(data: bytes) -> str:
    if data.startswith(b"%PDF-"):
        return PDF
    return JSON if data.startswith(b"{") else HTML


def _taken_out(body: bytes, kind: str) -> tuple[bytes, bytes]:
    """Return the document in *body*, and the page without it."""
    if kind == JSON:
        return body, b""
    if kind == HTML:
        start = body.rfind(_SCRIPT)
        stop = body.find(_SCRIPT_END, start)
        if start < 0 or stop < 0:
            raise ValueError("there is no document in the page")
        document = body[start + len(_SCRIPT) : stop]
        page = body[:start] + body[stop + len(_SCRIPT_END) :]
        again = _into_html(page, document)
    else:
        start = body.rfind(_MARK)
        found = re.match(
            _MARK + rb"\d+ 0 obj\n<<[^>]*/Length (\d+)>>\nstream\n", body[start:]
        )
        if start < 0 or found is None:
            raise ValueError("there is no document in the file")
        first = start + found.end()
        packed = body[first : first + int(found[1])]
        document, page = inflated(packed), body[:start]
        again = _into_pdf(page, packed)
    if again != body:  # else something could stand behind what the page is
        raise ValueError("the document is not in its form")
    return document, page


def _into_html(page: bytes, document: bytes) -> bytes:
    at = page.rfind(b"</body>")
    if at < 0:
        raise ValueError("a page without an end of its body")
    # a "<" could end the script; in JSON it is only ever in a string
    safe = document.replace(b"<", b"\\u003c")
    return page[:at] + _SCRIPT + safe + _SCRIPT_END + page[at:]


def _last_xref(body: bytes) -> int:
    found = re.findall(rb"startxref\s+(\d+)\s+%%EOF", body)
    if not found:
        raise ValueError("a PDF without an end")
    return int(found[-1])


def _into_pdf(page: bytes, packed: bytes) -> bytes:
    """Add a document, deflated, as a file, the way an editor saves a change."""
    previous = _last_xref(page)
    table = page[previous:].lstrip()
    trailer = page[page.find(b"trailer", previous) :] if table[:4] == b"xref" else table
    root = re.search(rb"/Root\s+(\d+\s+\d+\s+R)", trailer)
    size = re.search(rb"/Size\s+(\d+)", trailer)
    if root is None or size is None:
        raise ValueError("a PDF whose trailer cannot be read")
    identity = re.search(rb"/ID\s*\[.*?\]", trailer, re.DOTALL)
    number = int(size[1])
    body = page if page.endswith(b"\n") else page + b"\n"
    body += _MARK
    at = len(body)
    body += (
        b"%d 0 obj\n<</Type/EmbeddedFile/Subtype/application#2Fjson"
        b"/Filter/FlateDecode/Length %d>>\nstream\n" % (number, len(packed))
    )
    body += packed + b"\nendstream\nendobj\n"
    start = len(body)
    rest = b"/Root %s/Prev %d%s" % (
        root[1],
        previous,
        identity[0] if identity else b"",
    )
    if table[:4] == b"xref":
        body += b"xref\n%d 1\n%010d 00000 n \ntrailer\n<</Size %d%s>>\n" % (
            number,
            at,
            number + 1,
            rest,
        )
    else:  # what was written as a stream goes on as one
        rows = b"".join(
            b"\x01" + where.to_bytes(8, "big") + b"\x00" for where in (at, start)
        )
        body += (
            b"%d 0 obj\n<</Type/XRef/Size %d/Index[%d 2]/W[1 8 1]%s/Length %d>>\n"
            b"stream\n" % (number + 1, number + 2, number, rest, len(rows))
        )
        body += rows + b"\nendstream\nendobj\n"
    return body + b"startxref\n%d\n%%%%EOF\n" % start
