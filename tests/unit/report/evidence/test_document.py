"""A report is one file that stays what it is: a page, a PDF, a JSON document."""

import re
import shutil
import subprocess
import zlib

import pytest

from rabta.report.evidence import keys, open_document, seal_document


HTML = b"<!doctype html>\n<html><body><h1>99 %</h1></body></html>\n"
DOCUMENT = '{"says":"</script><b>99 %","to":"رابطہ"}'.encode()


def _classic():
    """A PDF of one empty page, with a table of objects (ISO 32000-1, 7.5.4)."""
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
    )
    body, places = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(body)
    body += b"xref\n0 4\n0000000000 65535 f \n"
    body += b"".join(b"%010d 00000 n \n" % at for at in places)
    return body + (b"trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start)


def _streamed():
    """The same with its objects in a stream, and the table in another (7.5.8)."""
    body = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"
    texts = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
    )
    head, joined = b"", b""
    for number, text in enumerate(texts, 1):
        head += b"%d %d " % (number, len(joined))
        joined += text + b" "
    inside = zlib.compress(head + joined)
    at = len(body)
    body += (
        b"4 0 obj\n<</Type/ObjStm/N 3/First %d/Filter/FlateDecode/Length %d>>\nstream\n"
        % (len(head), len(inside))
    )
    body += inside + b"\nendstream\nendobj\n"
    start = len(body)
    rows = b"\x00\x00\x00\x00\x00"
    rows += b"".join(b"\x02\x00\x00\x04" + bytes([n]) for n in range(3))
    rows += b"\x01" + at.to_bytes(3, "big") + b"\x00"
    rows += b"\x01" + start.to_bytes(3, "big") + b"\x00"
    body += (
        b"5 0 obj\n<</Type/XRef/Size 6/W[1 3 1]/Root 1 0 R/Length %d>>\nstream\n"
        % len(rows)
    )
    return body + rows + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % start


CLASSIC, STREAMED = _classic(), _streamed()
PAGES = {
    "html": ("html", HTML),
    "json": ("json", b""),
    "pdf with a table": ("pdf", CLASSIC),
    "pdf with streams": ("pdf", STREAMED),
}


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return keys.make(tmp_path_factory.mktemp("key"))


@pytest.fixture(params=PAGES)
def sealed(request, key):
    kind, page = PAGES[request.param]
    return kind, page, seal_document(page, kind, DOCUMENT, key)


def test_what_was_sealed_comes_out_again(sealed, key):
    kind, _, data = sealed
    opened = open_document(data)

    assert (opened.kind, opened.whole, opened.public) == (kind, True, key.public)
    assert opened.document.replace(b"\\u003c", b"<") == DOCUMENT


def test_the_page_is_the_one_that_was_given(sealed):
    kind, page, data = sealed
    if kind == "html":
        page = page[: page.index(b"</body>")]
    assert data.startswith(page)


def test_every_byte_counts(sealed):
    _, _, data = sealed
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        try:
            assert not open_document(bytes(changed)).whole, at
        except ValueError:
            continue


@pytest.mark.parametrize("more", [b"\n", b" ", b"%%EOF\n", b"<p>more</p>"])
def test_nothing_can_be_put_behind_it(sealed, more):
    with pytest.raises(ValueError, match="seal"):
        open_document(sealed[2] + more)


def test_a_page_cannot_be_ended_by_what_is_in_it(key):
    data = seal_document(HTML, "html", DOCUMENT, key)

    assert data.count(b"</script>") == 1
    assert data.index(b"</script>") < data.index(b"</body>") < data.index(b"rabta-seal")


@pytest.mark.skipif(not shutil.which("pdfinfo"), reason="no pdfinfo")
def test_other_programs_read_the_pdf_without_a_complaint(sealed, tmp_path):
    kind, page, data = sealed
    if kind != "pdf":
        return
    for name, content in (("before.pdf", page), ("after.pdf", data)):
        (tmp_path / name).write_bytes(content)
        done = subprocess.run(
            ["pdfinfo", tmp_path / name], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, name
        assert done.stderr == "", name
        assert re.search(r"Pages:\s+1\b", done.stdout), name


def test_the_last_lines_of_a_pdf_are_those_of_the_standard(key):
    data = seal_document(STREAMED, "pdf", DOCUMENT, key)

    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n\Z", data)[1])
    assert re.match(rb"\d+ 0 obj\n<</Type/XRef", data[start:])


@pytest.mark.parametrize(
    ("page", "kind", "document"),
    [
        (b"<p>no body", "html", DOCUMENT),
        (b"%PDF-1.4\n", "pdf", DOCUMENT),
        (b"%PDF-1.4\nstartxref\n9\n%%EOF\n", "pdf", DOCUMENT),
        (b"", "json", b"[1]"),
        (b"", "json", b"{}"),
    ],
)
def test_what_cannot_be_sealed_is_refused(page, kind, document, key):
    with pytest.raises(ValueError, match=r"."):
        seal_document(page, kind, document, key)
