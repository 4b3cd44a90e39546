"""Whether a report's page says what its facts do: it is made again, and compared.

By the code that made it, which only the same version has. HTML is the same bytes
everywhere; PDF is where the typesetter is the same: by another one another file proves
nothing.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from rabta import __version__
from rabta.errors import PlatformError
from rabta.locale import LANGUAGES
from rabta.model import Message
from rabta.model.message import Arg
from rabta.report.document import document_of, encoded, report_of
from rabta.report.edition import edition, typesetter
from rabta.report.evidence import Finding, Mark, Opened
from rabta.report.evidence.document import HTML, PDF
from rabta.report.evidence.keys import fingerprint
from rabta.report.facts import Report
from rabta.report.html import page
from rabta.report.paper import paper_of
from rabta.report.pdf import pdf


_AROUND = 40
"""Characters that are shown before and after a difference."""
FAULTS = (
    *(ArithmeticError, AttributeError, LookupError, OSError),
    *(RuntimeError, TypeError, ValueError),
)
"""What facts that somebody made up may lead to."""


def words_follow(opened: Opened, version: str, told: str) -> Iterator[Finding]:
    """Say whether the page of *opened*, and each sentence in its facts, follow.

    *version* and the edition *told* are those of who made it.
    """
    same = (version, told) == (__version__, edition())
    try:
        found = list(_compared(opened))
    except PlatformError as error:
        found = [_finding(Mark.UNPROVEN, "page_here", reason=str(error))]
    except FAULTS as error:
        found = [_finding(Mark.BROKEN, "broken_page_unsaid", reason=_plain(str(error)))]
    if same or not any(one.mark is Mark.BROKEN for one in found):
        yield from found
    else:
        theirs, mine = _plain(f"{version} ({told})"), f"{__version__} ({edition()})"
        yield _finding(Mark.UNPROVEN, "page_version", theirs=theirs, mine=mine)


def _compared(opened: Opened) -> Iterator[Finding]:
    facts = msgspec.json.decode(opened.document, type=dict[str, msgspec.Raw])
    facts.pop("evidence", None)
    data = encoded(facts)
    report = report_of(data)
    again = msgspec.json.decode(encoded(document_of(report)))
    if unlike := _unlike(msgspec.json.decode(data), again):
        path, *both = unlike
        given, made = (_around(str(one), 0) for one in both)
        yield _finding(
            Mark.BROKEN, "broken_words", path=_plain(path), given=given, made=made
        )
    elif opened.kind == HTML:
        paper = paper_of(report, _language(opened.page), _sign(opened))
        yield _page(opened.page, page(paper, b""))
    elif opened.kind == PDF:
        yield _drawn(report, data, opened)


def _unlike(told: Any, made: Any, path: str = "") -> tuple[str, Any, Any] | None:
    """Return where two JSON documents differ first, and what each has there."""
    pairs: Iterable[tuple[object, Any, Any]] = ()
    if isinstance(told, dict) and isinstance(made, dict) and told.keys() == made.keys():
        pairs = ((name, told[name], made[name]) for name in told)
    elif isinstance(told, list) and isinstance(made, list) and len(told) == len(made):
        pairs = zip(range(len(told)), told, made, strict=True)
    elif told != made:
        return path, told, made
    found = (_unlike(a, b, f"{path}/{name}") for name, a, b in pairs if a != b)
    return next(found, None)


def _drawn(report: Report, data: bytes, opened: Opened) -> Finding:
    """Compare a PDF as a file: what its text layer says need not be what is drawn."""
    files = (_paper(report, data, opened, one) for one in LANGUAGES)
    if any(opened.page in {one, one + b"\n"} for one in files):
        return _finding(Mark.PROVEN, "page_proven")
    theirs, mine = _plain(report.typesetter), typesetter()
    if theirs == mine:
        return _finding(Mark.BROKEN, "broken_pdf", typesetter=mine)
    return _finding(Mark.UNPROVEN, "page_pdf", theirs=theirs or "–", mine=mine)


def _paper(report: Report, data: bytes, opened: Opened, language: str) -> bytes:
    return pdf(paper_of(report, language, _sign(opened)), data, report.made_at)


def _sign(opened: Opened) -> str:
    return fingerprint(opened.public)


def _language(given: bytes) -> str:
    found = re.search(rb'<html lang="([a-z]+)"', given[:200])
    told = found[1].decode() if found else ""
    return told if told in LANGUAGES else LANGUAGES[0]


def _page(given: bytes, made: bytes) -> Finding:
    """Name the first place in which a page is not what was *made*."""
    if given == made:
        return _finding(Mark.PROVEN, "page_proven")
    one, other = given.decode(errors="replace"), made.decode()
    pairs = enumerate(zip(one, other, strict=False))
    at = next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
    return _finding(
        Mark.BROKEN,
        "broken_page",
        line=one.count("\n", 0, at) + 1,
        given=_around(one, at),
        made=_around(other, at),
    )


def _around(text: str, at: int) -> str:
    """Show *text* at a place, within its element."""
    begin = max(text.rfind(">", 0, at) + 1, at - _AROUND)
    shown = text[begin : at + _AROUND]
    end = shown.find("<", at - begin)
    shown = shown if end <= at - begin else shown[:end]
    return _plain(shown)


def _plain(text: str) -> str:
    """Return *text*, which a forger may have written, without what terminals obey."""
    return "".join(one for one in text if one.isprintable()).strip()


def _finding(mark: Mark, key: str, **args: Arg) -> Finding:
    return Finding(mark, Message.of(f"report.check.{key}", **args))
