"""A paper as PDF, by Typst: fonts embedded, tagged, the facts attached."""

from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from rabta.clock import SECOND
from rabta.report import fonts
from rabta.report.blocks import Paper


ATTACHED = "rabta-report.json"


def pdf(paper: Paper, data: bytes, made_at: int) -> bytes:
    """Return *paper* as PDF/UA-1 with *data* attached; the same bytes each time."""
    import typst

    with TemporaryDirectory(prefix="rabta-report-") as name:
        folder = Path(name)
        template = resources.files(__package__).joinpath("templates", "report.typ")
        (folder / "report.typ").write_bytes(template.read_bytes())
        (folder / "paper.json").write_bytes(msgspec.json.encode(_tagged(paper)))
        (folder / ATTACHED).write_bytes(data)
        made: bytes = typst.compile(
            str(folder / "report.typ"),
            root=name,
            font_paths=[str(fonts.folder())],
            ignore_system_fonts=True,
            pdf_standards=["ua-1"],
            timestamp=datetime.fromtimestamp(made_at // SECOND, UTC),
        )
    return made


def _tagged(paper: Paper) -> object:
    """Return *paper* as JSON types, each block with the name of its kind."""
    told = msgspec.to_builtins(paper)
    for section, plain in zip(paper.sections, told["sections"], strict=True):
        for block, one in zip(section.blocks, plain["blocks"], strict=True):
            one["kind"] = type(block).__name__
    return told
