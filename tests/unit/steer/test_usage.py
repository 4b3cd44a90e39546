"""Data caps are counted over restarts of Rabta and of the machine."""

from rabta.clock import DAY, SECOND, ManualClock
from rabta.model import Uplink
from rabta.steer.usage import Usage


START = 1_795_500_000 * SECOND  # 2026-11-24
LTE = Uplink("lte", "wwan0", 3, "cellular", True, ())


def passed(folder, received, sent):
    at = folder / "wwan0" / "statistics"
    at.mkdir(parents=True, exist_ok=True)
    (at / "rx_bytes").write_text(f"{received}\n")
    (at / "tx_bytes").write_text(f"{sent}\n")


def test_what_passes_is_counted_and_kept(tmp_path):
    clock = ManualClock(START)
    usage = Usage(tmp_path, clock, tmp_path)
    for received in (1000, 4000, 9000):
        passed(tmp_path, received, 500)
        count = usage.count((LTE,))
        clock.advance(20 * SECOND)
    assert count == {"lte": 8000}

    passed(tmp_path, 10, 0)  # the machine started anew
    again = Usage(tmp_path, clock, tmp_path)
    assert again.count((LTE,)) == {"lte": 8000}
    clock.advance(20 * SECOND)
    passed(tmp_path, 110, 0)
    assert again.count((LTE,)) == {"lte": 8100}


def test_a_new_month_begins_at_nothing(tmp_path):
    clock = ManualClock(START)
    usage = Usage(tmp_path, clock, tmp_path)
    for received in (0, 5000):
        passed(tmp_path, received, 0)
        usage.count((LTE,))
        clock.advance(20 * SECOND)
    clock.advance(32 * DAY)
    assert usage.count((LTE,)).get("lte", 0) == 0


def test_an_interface_that_is_gone_and_a_spoilt_file_do_no_harm(tmp_path):
    (tmp_path / "usage.json").write_text("[1")
    assert Usage(tmp_path, ManualClock(START), tmp_path).count((LTE,)) == {}
