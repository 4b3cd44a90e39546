"""One report as files: the facts, the page, the PDF."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from rabta.report.document import document_of, encoded, report_of
from rabta.report.evidence import seal_document
from rabta.report.evidence.keys import fingerprint
from rabta.report.facts import Report
from rabta.report.html import page
from rabta.report.paper import paper_of
from rabta.report.pdf import pdf
from rabta.report.proof import Proof


FORMATS = ("html", "pdf", "json")


@dataclass(frozen=True, slots=True)
class File:
    """One document."""

    name: str
    format: str
    content: bytes


def made(
    report: Report, language: str, formats: Sequence[str], proof: Proof | None = None
) -> Iterator[File]:
    """Write *report* in *language*, format by format; with a *proof* it is sealed.

    Raises:
        PlatformError: the installation lacks the font that documents carry.
    """
    facts = document_of(report)
    data = encoded(facts)
    seal = fingerprint(proof.key.public) if proof else ""
    paper = paper_of(report_of(data), language, seal)
    whole = data
    if proof is not None:
        whole = encoded({**facts, "evidence": msgspec.Raw(proof.evidence)})
    for form in formats:
        content = data
        if form == "html":
            content = page(paper, b"" if proof else data)
        elif form == "pdf":
            content = pdf(paper, data, report.made_at)
        if proof is not None:
            content = seal_document(content, form, whole, proof.key)
        spoken = "" if form == "json" else f".{language}"
        yield File(f"{name_of(report)}{spoken}.{form}", form, content)


def name_of(report: Report) -> str:
    """Return the name its files begin with."""
    line = f"-{report.lines[0].uplink}" if report.audience == "isp" else ""
    period = report.period.replace("..", "_")
    return f"rabta-report-{period}-{report.audience}{line}"
