"""From measurements to a bundle that proves them."""

import os
import stat
from pathlib import Path

import pytest

from rabta.clock import HOUR, MINUTE
from rabta.errors import StoreError, UsageError
from rabta.report.evidence import audit, bundle, encode, keys, verify
from rabta.report.evidence.findings import Mark
from rabta.store import Store
from rabta.store.evidence import Leaves
from tests.unit.report.evidence.office import FIRST, Office
from tests.unit.store.helpers import T0, ping


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path)


def said(verified, mark):
    return {
        one.says.key.rpartition(".")[2]
        for one in verified.findings.found
        if one.mark is mark
    }


def proof_of(office, start=T0, stop=T0 + 100 * HOUR, **chosen):
    return verify(encode(bundle(office.path, start, stop, **chosen)))


def test_closed_hours_are_proven_from_the_bundle_alone(office):
    office.work(4)

    verified = proof_of(office, stop=T0 + 4 * HOUR)

    assert said(verified, Mark.PROVEN) == {"log", "entries"}
    assert said(verified, Mark.UNPROVEN) == {"whose", "time", "measured"}
    assert not verified.broken
    hours = list(verified.hours())
    assert [one.hour for one in hours] == [FIRST + n for n in range(4)]
    assert [len(one.entries) for one in hours] == [6] * 4
    assert all(one.series[0].sent == 60 for hour in hours for one in hour.entries)


def test_hours_are_handed_out_as_they_are_checked_each_as_it_was_last_closed(office):
    office.work(2)
    office.measure(1, targets=2)  # names change with the third hour
    office.wait(5 * MINUTE)
    office.close()
    late = ping(T0 + 90 * MINUTE, uplink="ptcl", target="t0")
    with Store.open(office.path, clock=office.clock) as store:
        store.record([late])
    assert office.close() == [FIRST + 1]  # closed again: the last leaf of the log
    seen = []

    verified = verify(encode(bundle(office.path, T0, T0 + 3 * HOUR)), watch=seen.append)

    assert not verified.broken
    assert [one.hour for one in seen] == [FIRST, FIRST + 2, FIRST + 1]
    assert sorted(seen, key=lambda one: one.hour) == list(verified.hours())


def test_an_hour_is_closed_once_and_when_it_is_over(office):
    office.measure(1)
    assert office.close() == [FIRST]
    assert office.close() == []
    office.measure(1)
    office.wait(-MINUTE)
    with office.log() as log:
        assert log.close_hours() == []


def test_what_is_not_shown_cannot_be_found_in_the_bundle(office):
    office.work(3)

    whole = proof_of(office, stop=T0 + 3 * HOUR)
    made = bundle(
        office.path, T0, T0 + 3 * HOUR, wanted=lambda uplink, _: uplink == "zong"
    )
    part = verify(encode(made))

    assert "ptcl" not in encode(made).decode()
    assert made.pairs == (("zong", "t0"), ("zong", "t1"), ("zong", "t2"))
    assert not part.broken
    assert "others" in said(part, Mark.UNPROVEN)
    assert "others" not in said(whole, Mark.UNPROVEN)
    shown = [one for hour in part.hours() for one in hour.entries]
    assert shown == [
        one for hour in whole.hours() for one in hour.entries if one.uplink == "zong"
    ]


def test_an_entry_cannot_be_left_out_of_the_middle(office):
    office.work(4)
    worst = FIRST + 1

    class Choosing:
        """Shows all of a target but its second hour."""

        hour = FIRST - 1

        def __call__(self, uplink, target):
            if (uplink, target) == ("ptcl", "t0"):
                self.hour += 1
            return (uplink, target) != ("ptcl", "t0") or self.hour != worst

    verified = proof_of(office, stop=T0 + 4 * HOUR, wanted=Choosing())

    assert said(verified, Mark.BROKEN) == {"withheld"}


def test_hours_without_measurements_are_a_gap_that_the_next_leaf_states(office):
    office.work(2)
    office.wait(5 * HOUR)
    office.work(2)

    verified = proof_of(office, stop=T0 + 9 * HOUR)

    assert "gap" in said(verified, Mark.UNPROVEN)
    assert not verified.broken
    assert [one.before for one in verified.hour_leaves] == [
        None,
        FIRST,
        FIRST + 1,
        FIRST + 7,
    ]


def test_rows_that_come_late_make_an_amendment_and_change_nothing(office):
    office.work(2)
    before = proof_of(office, stop=T0 + 2 * HOUR)
    late = ping(T0 + 30 * MINUTE + 1, 0.5, uplink="ptcl", target="t0")
    with Store.open(office.path, clock=office.clock) as store:
        store.record([late])

    assert office.close() == [FIRST]
    assert office.close() == []

    after = proof_of(office, stop=T0 + 2 * HOUR)
    assert not after.broken
    assert after.leaves[: len(before.leaves)] == before.leaves
    assert "amended" in said(after, Mark.UNPROVEN)
    assert next(after.hours()).entries[0].series[0].sent == 61


def test_rows_that_are_gone_are_not_signed_away(office):
    office.work(1)
    with (
        Store.open(office.path, clock=office.clock) as store,
        store._writing() as database,
    ):
        database.execute("DELETE FROM raw WHERE microsecond % 2 = 0")

    assert office.close() == []


def test_a_clock_that_was_set_back_is_told(office):
    office.work(3)
    office.clock.step(-2 * HOUR)
    office.measure(1, targets=1)
    office.close()

    verified = proof_of(office, stop=T0 + 4 * HOUR)

    assert not verified.broken
    assert {"clock_back", "amended"} <= said(verified, Mark.UNPROVEN)


def test_a_new_key_is_endorsed_and_a_lost_one_is_told(office):
    office.work(1)
    first = keys.read(office.path).public
    with office.log() as log:
        second = log.rotate()
    assert keys.read(office.path).public == second != first
    office.work(1)

    verified = proof_of(office, stop=T0 + 2 * HOUR)
    assert verified.public == second
    assert "key_changed" in said(verified, Mark.PROVEN)

    (office.path / keys.FILE).unlink()
    office.work(1)
    verified = proof_of(office, stop=T0 + 3 * HOUR)
    assert not verified.broken
    assert "key_lost" in said(verified, Mark.UNPROVEN)


def test_a_rotation_that_was_cut_off_after_the_log_had_it_is_finished(office):
    office.work(1)
    old = (office.path / keys.FILE).read_bytes()
    with office.log() as log:
        new = log.rotate()
    # as if the power had failed before the file was renamed
    (office.path / keys.FILE).rename(office.path / keys.NEXT)
    (office.path / keys.FILE).write_bytes(old)
    (office.path / keys.FILE).chmod(0o600)

    office.work(1)

    assert keys.read(office.path).public == new
    assert "key_lost" not in said(proof_of(office), Mark.UNPROVEN)


def test_a_key_can_be_asked_for(office):
    office.work(1)
    data = encode(bundle(office.path, T0, T0 + HOUR))
    own = keys.read(office.path).public

    assert "whose" in said(verify(data, signer=keys.fingerprint(own)), Mark.PROVEN)
    assert said(verify(data, signer="0" * 64), Mark.BROKEN) == {"other_key"}


def test_the_next_report_proves_that_the_log_grew_out_of_the_last(office):
    office.work(2)
    proof_of(office, stop=T0 + 2 * HOUR)
    office.work(2)

    verified = proof_of(office, start=T0 + 2 * HOUR, stop=T0 + 4 * HOUR)

    assert "grew" in said(verified, Mark.PROVEN)


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX")
def test_the_key_and_the_log_are_their_owners_alone(office):
    office.work(1)
    for name in (keys.FILE, "evidence.sqlite"):
        assert stat.S_IMODE((office.path / name).stat().st_mode) == 0o600

    (office.path / keys.FILE).chmod(0o644)
    with pytest.raises(StoreError, match="chmod 600"):
        office.log()


def opened(file):
    """Return what this process has open of *file*."""
    descriptors = [fd for fd in Path("/proc/self/fd").iterdir() if fd.exists()]
    return [fd for fd in descriptors if fd.resolve() == file.resolve()]


def test_a_log_that_is_not_as_it_was_signed_is_not_gone_on_with(office):
    office.work(2)
    with Leaves.open(office.path) as leaves:
        database = leaves._database
        database.execute("DROP TRIGGER leaf_is_kept")
        database.execute("DELETE FROM leaf WHERE number = 2")

    with pytest.raises(StoreError, match="not as it was signed"):
        office.log()
    assert not opened(office.path / "evidence.sqlite")


def test_a_log_from_a_backup_is_not_gone_on_with(office):
    office.work(2)
    backup = (office.path / "evidence.sqlite").read_bytes()
    office.work(1)
    (office.path / "evidence.sqlite").write_bytes(backup)

    with pytest.raises(StoreError, match="older than"):
        office.log()
    assert {one.says.key for one in audit(office.path).found} == {
        "verify.broken.rolled_back"
    }


def test_two_cannot_close_at_a_time(office):
    office.work(1)
    with office.log(), pytest.raises(StoreError, match="another rabta"):
        office.log()


def test_a_time_without_evidence_is_said(office):
    with pytest.raises(StoreError, match="no evidence"):
        bundle(office.path, T0, T0 + HOUR)
    office.work(1)
    with pytest.raises(UsageError, match="no evidence of that time"):
        bundle(office.path, T0 + 9 * HOUR, T0 + 10 * HOUR)
