"""Files of somebody who means ill: a finding each, never a crash or a full memory."""

import random
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json

from rabta.cli.verify import document, lines
from rabta.clock import HOUR
from rabta.report.evidence import (
    bundle,
    check,
    encode,
    keys,
    note,
    seal_document,
    shapes,
)
from tests.unit.report.evidence import tamper
from tests.unit.report.evidence.office import Office
from tests.unit.store.helpers import T0


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    office = Office(tmp_path_factory.mktemp("office"))
    office.work(3, targets=1, interval=600)
    return json.decode(encode(bundle(office.path, T0, T0 + 3 * HOUR)))


WILD = (
    *(None, True, -1, 0, 1 << 62, 10**30, 1.5, "", "x", "AAAA", [], {}, [[]]),
    *([[0, 1 << 39]], [[-5, 5]], [[0, 1], [0, 1]], {"9": "AAAA"}, {"x": 1}),
)


def places(value, path=()):
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    if isinstance(value, list):
        for key, inner in enumerate(value):
            yield from places(inner, (*path, key))


def with_wild(value, path, wild):
    if not path:
        return wild
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = with_wild(value[path[0]], path[1:], wild)
    return copy


def test_any_value_in_any_place_is_a_finding_that_can_be_said(evidence):
    for path in places(evidence):
        for wild in WILD:
            changed = with_wild(evidence, path, wild)
            if changed == evidence:
                continue
            verified = check(json.encode(changed))
            assert verified.findings.found, (path, wild)
            assert lines(verified.findings, "ur")
            assert document(verified.findings, {})["findings"]


@given(st.binary(max_size=200))
def test_anything_else_is_a_finding(data):
    for start in (b"", b"{", b"%PDF-1.7\n", b'{"schema":"rabta-evidence/1",'):
        assert check(start + data).broken


def test_what_would_fill_the_memory_is_refused(evidence, tmp_path):
    stranger = keys.make(tmp_path)
    bomb = zlib.compress(b"[" * (1 << 21))
    feeds = zlib.compress(b"\n" * 4000 + bytes(range(11, 256)) * 9)
    cases = [
        {**evidence, "leaves": bomb},
        {**evidence, "entries": bomb},
        {**evidence, "leaves": feeds},
        {**evidence, "entries": feeds},
        {**evidence, "shown": [[0, (1 << 40) - 1]]},
    ]
    huge = note.Checkpoint(evidence["log"], (1 << 40) - 1, bytes(32), 0)
    cases.append(
        {
            **evidence,
            "checkpoint": note.sign(huge, stranger),
            "shown": [[0, (1 << 40) - 1]],
        }
    )
    for one in cases:
        assert check(json.encode(one)).broken


def test_texts_are_inflated_up_to_the_limit_and_no_further():
    line = b"x" * 63
    rare = [b"%063d" % (at * 7919) for at in range(20_000)]
    assert shapes.unpacked(shapes.packed(rare)) == rare
    small = zlib.compress(b"\n".join([line] * 4))
    assert shapes.unpacked(small) == [line] * 4  # grows by less than 200 times
    with pytest.raises(ValueError, match="more than"):
        shapes.unpacked(zlib.compress(b"\n".join([line] * 100_000)))


def test_no_file_of_a_few_megabytes_takes_more_than_its_share_of_memory():
    """A field of line feeds alone, and one that grows as much as is let through."""
    noise = random.Random(1).randbytes(400_000)
    feeds = [zlib.compress(b"\n" * (63 << 20)), _with_size(b"\n" * (63 << 20), noise)]
    tracemalloc.start()
    for field in feeds:
        with pytest.raises(ValueError, match=r"more than|too short"):
            shapes.unpacked(field)
    assert tracemalloc.get_traced_memory()[1] < 200 << 20
    tracemalloc.stop()


def _with_size(text, noise):
    """Deflate *text* into a field that is large enough for it to be let through."""
    packed = zlib.compress(text + noise)
    assert len(packed) * 200 > len(text) + len(noise)
    return packed


def test_what_is_nested_without_end_is_refused(tmp_path):
    deep = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    assert check(deep).broken
    sealed = seal_document(tamper.PAGE, "html", deep, keys.make(tmp_path))
    assert check(sealed).broken


def test_bytes_at_random_in_a_report_never_crash_it(evidence, tmp_path):
    whole = seal_document(
        b"", "json", tamper.document_around(json.encode(evidence)), keys.make(tmp_path)
    )
    dice = random.Random(4)
    for _ in range(300):
        assert check(dice.choice(tamper.FILE[:6])(whole, dice)).broken
