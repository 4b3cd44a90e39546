"""One report as files: the facts, the page, the PDF."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rabta.report.document import document_of, encoded
from rabta.report.facts import Report
from rabta.report.html import page
from rabta.report.paper import paper_of
from rabta.report.pdf import pdf


FORMATS = ("html", "pdf", "json")


@dataclass(frozen=True, slots=True)
class File:
    """One document."""

    name: str
    format: str
    content: bytes


def made(report: Report, language: str, formats: Sequence[str]) -> Iterator[File]:
    """Write *report* in *language*, format by format.

    Raises:
        PlatformError: the installation lacks the font that documents carry.
    """
    data = encoded(document_of(report))
    paper = paper_of(report, language)
    for form in formats:
        name = f"{name_of(report)}.{language}.{form}"
        if form == "json":
            yield File(f"{name_of(report)}.json", form, data)
        elif form == "html":
            yield File(name, form, page(paper, data))
        else:
            yield File(name, form, pdf(paper, data, report.made_at))


def name_of(report: Report) -> str:
    """Return the name its files begin with."""
    line = f"-{report.lines[0].uplink}" if report.audience == "isp" else ""
    period = report.period.replace("..", "_")
    return f"rabta-report-{period}-{report.audience}{line}"
