"""Any table with one time column and one numeric column per signal: CSV or Parquet.

``look`` reads the head of a file, ``choose`` settles which columns are meant,
``read`` streams the whole file through an in-memory DuckDB, part by part: what fits is
handed out row by row, what does not is gathered into bins while it is read, so that
memory does not grow with the file; nor with the columns, of which each pass reads some.
"""

from rabta.sources.tables.choose import choose
from rabta.sources.tables.join import joined
from rabta.sources.tables.look import look
from rabta.sources.tables.problems import BrokenRowError
from rabta.sources.tables.read import lines_with, read
from rabta.sources.tables.shapes import Choice, Picked, Recorded, Table, Wanted
from rabta.sources.tables.spoilt import Spoilt


__all__ = [
    "BrokenRowError",
    "Choice",
    "Picked",
    "Recorded",
    "Spoilt",
    "Table",
    "Wanted",
    "choose",
    "joined",
    "lines_with",
    "look",
    "read",
]
