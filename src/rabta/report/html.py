"""A paper as one HTML file: no request, no script; it prints as it looks."""

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from rabta.report.blocks import Paper
from rabta.report.fonts import faces


@lru_cache
def environment() -> Environment:
    """Return what the templates of documents are rendered by."""
    made = Environment(
        loader=PackageLoader("rabta.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["kind"] = lambda block: type(block).__name__
    return made


def page(paper: Paper, data: bytes) -> bytes:
    """Return *paper* as a page that holds *data*, JSON, for machines."""
    template: Template = environment().get_template("report.html")
    text = template.render(
        paper=paper,
        faces=Markup(faces() if paper.language == "ur" else ""),  # noqa: S704  (our own)
        data=Markup(_embedded(data)),  # noqa: S704  (escaped for where it stands)
    )
    return text.encode()


def _embedded(data: bytes) -> str:
    """Return JSON that cannot end the element it stands in."""
    return data.decode().replace("<", "\\u003c")
