"""Small tables on disk."""

from pathlib import Path

import pytest

from rabta.sources.tables import Choice, Recorded, choose, look, read


@pytest.fixture
def csv(tmp_path):
    """Write a CSV file of the given text or bytes."""

    def write(content: str | bytes, name: str = "series.csv") -> Path:
        file = tmp_path / name
        data = content.encode() if isinstance(content, str) else content
        file.write_bytes(data)
        return file

    return write


@pytest.fixture
def recorded():
    """Read a whole file as the command does."""

    def load(file: Path, zone=None, **wanted) -> list[Recorded]:
        table = look(file)
        choice: Choice = choose(table, **wanted)
        return read(table, choice) if zone is None else read(table, choice, zone)

    return load
