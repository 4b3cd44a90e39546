"""A country's figures: those in a table of one's own, then those that are shipped."""

from pathlib import Path

from rabta.cost.facts import Facts, beside, read, shipped
from rabta.errors import DataError


def figures(code: str, folder: Path) -> Facts:
    """Return the figures of a country: of ``facts/xx.csv`` in *folder*, then shipped.

    Raises:
        DataError: the table there cannot be read, or a row is wrong.
    """
    code = code.upper()
    file = table_of(code, folder)
    try:
        text = file.read_text("utf-8-sig")
    except FileNotFoundError:
        return shipped(code)
    except (OSError, ValueError) as error:
        raise DataError(f"cannot be read: {error}", file=str(file)) from None
    return beside(code, read(text, str(file)))


def table_of(code: str, folder: Path) -> Path:
    """Return where a table of one's own is looked for."""
    return folder / "facts" / f"{code.lower()}.csv"


def priceable(code: str, folder: Path) -> bool:
    """Tell whether figures of a country are known."""
    return len(code) == 2 and code.isascii() and "gdp" in figures(code, folder)
