"""A checkpoint somebody holds from before, or from after, holds the machine to it."""

import shutil

import pytest

from rabta.clock import HOUR
from rabta.report.evidence import (
    Mark,
    bundle,
    check,
    encode,
    seal_document,
    signing_key,
    tip,
)
from tests.unit.report.evidence import tamper
from tests.unit.report.evidence.office import Office
from tests.unit.report.evidence.test_chain import said
from tests.unit.store.helpers import T0


def report(office, start=0, stop=100):
    evidence = encode(bundle(office.path, T0 + start * HOUR, T0 + stop * HOUR))
    document = tamper.document_around(evidence)
    return seal_document(tamper.PAGE, "html", document, signing_key(office.path))


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path / "office")
    made.path.mkdir()
    made.work(2, targets=1, interval=600)
    return made


def test_a_later_report_is_held_to_an_earlier_one(office):
    first = report(office)
    office.work(2, targets=1, interval=600)
    second = report(office, start=2)

    assert "pinned" in said(check(second, held=first), Mark.PROVEN)
    assert "pinned" in said(check(first, held=second), Mark.PROVEN)


def test_a_checkpoint_alone_will_do(office):
    first = report(office)
    note = (office.path / tip.FILE).read_bytes()
    office.work(1, targets=1, interval=600)

    assert "pinned" in said(check(first, held=note), Mark.PROVEN)
    assert "pinned" in said(check(report(office), held=note), Mark.PROVEN)
    later = (office.path / tip.FILE).read_bytes()
    assert "pinned" in said(check(first, held=later), Mark.UNPROVEN)
    assert not check(first, held=later).broken


def test_every_checkpoint_of_the_past_is_shown_whether_a_report_told_it_or_not(office):
    mailed = [(office.path / tip.FILE).read_bytes()]
    for _ in range(6):
        office.work(1, targets=1, interval=600)
        mailed.append((office.path / tip.FILE).read_bytes())
    last = report(office, start=6)  # tells two hours; the checkpoints are older

    for note in mailed:
        assert "pinned" in said(check(last, held=note), Mark.PROVEN)


def test_a_fork_of_another_size_that_told_nothing_is_found(office, tmp_path):
    """By its owner, who holds a key, a clock and every file, and no report ever."""
    backup = tmp_path / "backup"
    shutil.copytree(office.path, backup)
    office.work(1, targets=1, interval=600)
    mailed = (office.path / tip.FILE).read_bytes()
    other = Office(backup)
    other.clock.advance(2 * HOUR)
    other.since_boot = 2 * HOUR
    other.work(3, targets=2, interval=600)

    forked = report(other, start=3)

    assert not check(forked).broken
    assert said(check(forked, held=mailed), Mark.BROKEN) == {"pinned"}


def test_a_history_that_was_written_again_by_its_owner_is_found(office, tmp_path):
    """With the key and the clock of the machine, and all its files."""
    backup = tmp_path / "backup"
    shutil.copytree(office.path, backup)
    office.work(2, targets=1, interval=600)
    told = report(office)
    other = Office(backup)
    other.clock.advance(2 * HOUR)
    other.since_boot = 2 * HOUR
    other.work(2, targets=2, interval=600)

    again = report(other)

    assert not check(again).broken
    assert said(check(again, held=told), Mark.BROKEN) == {"pinned"}


def test_what_is_no_checkpoint_of_this_log_is_said(office, tmp_path):
    mine = report(office)
    stranger = Office(tmp_path / "other")
    stranger.path.mkdir()
    stranger.work(1, targets=1, interval=600)
    other = report(stranger)

    assert said(check(mine, held=other), Mark.BROKEN) == {"pinned_log"}
    assert said(check(mine, held=b"nothing"), Mark.BROKEN) == {"pinned_unreadable"}
    assert said(check(mine, held=other[:-9]), Mark.BROKEN) == {"pinned_unreadable"}
    note = (office.path / tip.FILE).read_text("utf-8")
    changed = note.replace("\ntime 1", "\ntime 2").encode()
    assert said(check(mine, held=changed), Mark.BROKEN) == {"pinned_signature"}
