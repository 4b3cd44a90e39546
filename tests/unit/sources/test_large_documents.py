"""A document that must be decoded whole is refused when it is large, and says so."""

import pytest
from benchmarks.fuzz.seeds import SEEDS

from rabta.errors import DataError
from rabta.sources.recognise import recognise
from rabta.sources.stream import DOCUMENT

from .helpers import balanced, parse


WHOLE = {
    "ioda": 1,
    "ooni-list": 0,
    "radar": 0,
    "ripestat": 0,
    "atlas-probes": 0,
    "ihr": 0,
    "statuspage": 0,
    "status-feed": 0,
    "calendar": 0,
    "prometheus": 0,
}
LINES = ("atlas-results", "ooni-measurements", "ndt", "speedtest-json")


def grown(text, size):
    """The same document with blanks in it."""
    text = text.strip()
    if text[:1] != b"{":
        return text + b"\n" * size
    return text[:-1] + b" " * size + text[-1:]


@pytest.mark.parametrize("name", WHOLE)
def test_a_large_document_is_refused_by_name_with_a_cure(name, tmp_path):
    file = tmp_path / "large"
    text = SEEDS[name][WHOLE[name]]
    file.write_bytes(grown(text, 1_000))
    parse(file, recognise(file).parse, "country/PK")
    file.write_bytes(grown(text, DOCUMENT))
    with pytest.raises(DataError) as refused:
        parse(file, recognise(file).parse, "country/PK")
    assert f"{file}: one document of more than 16 MB" in str(refused.value)
    assert "shorter periods" in str(refused.value)


@pytest.mark.parametrize("name", LINES)
def test_a_large_object_that_spans_lines_is_refused_too(name, tmp_path):
    file = tmp_path / "large"
    first = SEEDS[name][0].split(b"\n")[0]
    spread = first.replace(b"{", b"{\n", 1)
    file.write_bytes(spread)
    assert parse(file, recognise(file).parse, "country/PK")[2].kept == 1
    file.write_bytes(grown(spread, DOCUMENT))
    with pytest.raises(DataError, match="one document of more than 16 MB"):
        parse(file, recognise(file).parse, "country/PK")


def test_a_line_that_is_too_long_is_put_aside_and_the_others_read(tmp_path):
    file = tmp_path / "lines.jsonl"
    first = SEEDS["atlas-results"][0].split(b"\n")[0]
    file.write_bytes(b"\n".join([first, grown(first, 40_000_000), first]) + b"\n")
    _, _, tally = parse(file, recognise(file).parse)
    assert tally.kept == 2
    assert [one.reason for one in tally.aside] == ["the line is too long"]
    assert balanced(tally)
