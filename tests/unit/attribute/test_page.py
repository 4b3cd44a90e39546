"""The page that explains the ladder says what the table does."""

from pathlib import Path

import pytest

from rabta.attribute.table import BURST, LINE_ROWS, ROUNDS, SERVICE_ROWS


PAGE = Path(__file__).parents[3] / "docs/explanation/ladder.md"


def shown(name: str) -> list[list[str]]:
    text = PAGE.read_text("utf-8")
    part = text.split(f"<!-- {name}: begin -->")[1].split(f"<!-- {name}: end -->")[0]
    lines = part.strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def lasts(row) -> list[str]:
    """The waits a reader may find beside a row."""
    return [
        f"{row.hold:g} s or {row.rounds} rounds",
        f"{row.hold:g} s" if row.rounds == ROUNDS else "",
        f"{row.rounds} rounds" if row.hold == BURST else "",
    ]


@pytest.mark.parametrize(
    ("name", "rows"), [("table", LINE_ROWS), ("services", SERVICE_ROWS)]
)
def test_rows_are_shown_as_they_are(name, rows):
    told = shown(name)
    assert [(c[0], c[1], c[3], float(c[4])) for c in told] == [
        (str(r.number), f"`{r.code}`", r.state.value, r.confidence) for r in rows
    ]


def test_waits_are_shown_as_they_are():
    for cells, row in zip(shown("table"), LINE_ROWS, strict=True):
        assert cells[5] in lasts(row), row.code
