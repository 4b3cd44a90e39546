"""What an uplink usually does is learnt, kept, and told where it departs from it."""

import math
import random
import shutil
import signal
import subprocess
import sys
from datetime import UTC
from pathlib import Path

import pytest

from rabta import failure
from rabta.agent.as_usual import facts_of
from rabta.agent.detection import Detection
from rabta.agent.findings import UNUSUAL
from rabta.agent.ledger import Ledger
from rabta.clock import DAY, HOUR, MINUTE, SECOND, ManualClock
from rabta.model import (
    Kind,
    Message,
    Observation,
    Pattern,
    Probe,
    Recurrence,
    Rung,
    State,
    Verdict,
)
from rabta.store import Store


START = 1_760_313_600 * SECOND  # a Monday, midnight UTC
LEARNT = 3 * DAY + 11 * HOUR
SLOW = (3 * DAY + 12 * HOUR, 3 * DAY + 16 * HOUR)


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    """A folder with what days of calm have taught."""
    folder = tmp_path_factory.mktemp("learnt")
    with Store.open(folder, clock=ManualClock(START)) as opened:
        line = Line(opened)
        line.run(LEARNT)
        line.restart()
        assert line.found() == []
    return folder


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "store", clock=ManualClock(START)) as opened:
        yield opened


class Line:
    """An uplink whose delay has the shape of a day, probed three times a minute."""

    def __init__(self, store, learnt=None, *, slow=SLOW, factor=1.8):
        self.store = store
        self.random = random.Random(3)
        self.slow = slow
        self.factor = factor
        self.now = START
        if learnt is not None:
            self.now += LEARNT
            shutil.copytree(learnt / "detection", store.path / "detection")
        self.detection = self.started()

    def started(self):
        return Detection(self.store, self.store, UTC)

    def restart(self):
        self.detection.write(self.detection.dump())
        self.detection = self.started()

    def delay(self):
        since = self.now - START
        usual = 0.040 * (1 + 0.2 * math.sin(2 * math.pi * since / DAY))
        slow = self.slow[0] <= since < self.slow[1]
        return usual * (self.factor if slow else 1) * self.random.gauss(1, 0.02)

    def probe(self):
        lost = self.random.random() < 0.002
        self.detection.observe(
            Observation(
                time=self.now,
                uplink="ptcl/1",
                family=4,
                target="one",
                probe=Probe.ICMP,
                value=None if lost else self.delay(),
                failure=failure.GENERIC_TIMEOUT if lost else None,
            ),
            Rung.ANYCAST,
        )

    def run(self, until):
        while self.now < START + until:
            self.detection.look(self.now)
            self.probe()
            self.now += 20 * SECOND
        self.detection.look(self.now)

    def known(self):
        """What was learnt, resumed from the disk if it has not been yet."""
        self.detection._stream("ptcl/1", self.now)
        return learnt_by(self.detection)

    def found(self):
        return self.store.disruptions(entity="uplink/ptcl/1")[::-1]


def learnt_by(detection):
    (stream,) = detection._streams.values()
    return stream.dump()


def test_hours_slower_than_usual_are_one_disruption_with_evidence(store, learnt):
    """What was learnt before a restart counts: a line that just began is cold."""
    line = Line(store, learnt)
    line.run(SLOW[1] + 2 * HOUR)

    (one,) = line.found()
    assert one.kind is Kind.DEGRADATION
    assert abs(one.onset - START - SLOW[0]) <= 15 * MINUTE
    assert one.end is not None
    assert abs(one.end - START - SLOW[1]) <= 15 * MINUTE
    verdict = one.verdicts[-1]
    assert verdict.code == UNUSUAL
    assert verdict.state is State.DEGRADED
    assert verdict.sentence.key == "detect.live.delay"
    assert verdict.evidence[0].says.key == "detect.says.signal_delay"
    assert all(evidence.nats == 0 for evidence in verdict.evidence)


def test_it_is_told_while_it_lasts(store, learnt):
    line = Line(store, learnt)
    line.run(SLOW[0] + 40 * MINUTE)

    (one,) = line.found()
    assert one.end is None


def test_a_restart_in_the_midst_of_it_neither_forgets_nor_doubles(store, learnt):
    line = Line(store, learnt)
    line.run(SLOW[0] + 2 * HOUR)
    assert [one.end for one in line.found()] == [None]

    line.restart()
    line.run(SLOW[1] + 2 * HOUR)

    (one,) = line.found()
    assert one.end is not None
    assert abs(one.end - START - SLOW[1]) <= 15 * MINUTE


def test_a_crash_in_the_middle_of_an_hour_costs_nothing_that_was_learnt(store, learnt):
    line = Line(store, learnt)
    line.run(LEARNT + 37 * MINUTE)

    line.detection, killed = line.started(), line.detection

    assert line.known() == learnt_by(killed)

    for journal in store.path.glob("detection/*/*.log"):
        journal.unlink()
    line.detection = line.started()
    assert line.known() != learnt_by(killed)  # the snapshot alone does not hold it


def test_a_crash_during_a_disruption_neither_forgets_nor_repeats_it(store, learnt):
    line = Line(store, learnt)
    line.run(SLOW[0] + 90 * MINUTE)
    (before,) = line.found()

    line.detection = line.started()
    line.known()
    assert line.found() == [before]

    line.run(SLOW[1] + 2 * HOUR)
    (one,) = line.found()
    assert one.end is not None


def test_a_crash_while_a_snapshot_is_written_loses_and_doubles_nothing(store, learnt):
    """The minutes in between stand in a journal of their own."""
    line = Line(store, learnt)
    line.run(LEARNT + 20 * MINUTE)
    snapshot = line.detection.dump()
    line.run(LEARNT + 40 * MINUTE)

    unwritten, line.detection = line.detection, line.started()
    assert line.known() == learnt_by(unwritten)

    journals = [file.read_bytes() for file in store.path.glob("detection/*/*.log")]
    line.detection.write(snapshot)
    (old,) = journals[:1]
    (store.path / "detection" / "ptcl%2F1" / "0.log").write_bytes(old)
    line.detection = line.started()
    assert line.known() == learnt_by(unwritten)


def test_a_minute_cut_short_by_a_power_cut_is_left_out(store, learnt):
    line = Line(store, learnt)
    line.run(LEARNT + 20 * MINUTE)
    kept = learnt_by(line.detection)
    line.run(LEARNT + 21 * MINUTE)
    (journal,) = store.path.glob("detection/*/*.log")
    journal.write_bytes(journal.read_bytes()[:-5])

    line.detection = line.started()
    assert line.known() == kept

    line.run(LEARNT + 25 * MINUTE)
    after, line.detection = line.detection, line.started()
    assert line.known() == learnt_by(after)


def test_a_killed_process_is_known_again(tmp_path):
    """The whole way: a process that learns, SIGKILL in mid-hour, one that resumes."""
    code = (
        "import os, signal, sys; from datetime import UTC;"
        "from tests.unit.agent.test_detection import *;"
        "store = Store.open(Path(sys.argv[1]), clock=ManualClock(START));"
        "line = Line(store); line.run(3 * HOUR); line.restart();"
        "line.run(3 * HOUR + 25 * MINUTE);"
        "print(learnt_by(line.detection).hex(), flush=True);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "store"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == -signal.SIGKILL, done.stderr

    with Store.open(tmp_path / "store", clock=ManualClock(START)) as store:
        line = Line(store)
        line.now = START + 3 * HOUR + 25 * MINUTE
        assert line.known() == bytes.fromhex(done.stdout)


def test_a_young_baseline_wakes_nobody(store):
    line = Line(store, slow=(20 * HOUR, 22 * HOUR))
    line.run(DAY)

    assert line.found() == []


def test_what_is_over_in_a_few_minutes_is_left_to_the_ladder(store, learnt):
    line = Line(store, learnt, slow=(SLOW[0], SLOW[0] + 10 * MINUTE), factor=4)
    line.run(SLOW[0] + 3 * HOUR)

    assert line.found() == []


def test_what_the_ladder_recorded_is_not_told_twice(store, learnt):
    line = Line(store, learnt)
    number = store.open_disruption(
        "uplink/ptcl/1", Kind.DEGRADATION, START + SLOW[0], 1.0, 0.4, ladder_verdict()
    )
    line.run(SLOW[1] + 2 * HOUR)

    (one,) = line.found()
    assert one.id == number
    assert len(one.verdicts) == 1


def test_the_ladder_leaves_alone_what_it_did_not_record(store, learnt):
    line = Line(store, learnt)
    line.run(SLOW[0] + 2 * HOUR)
    assert len(line.found()) == 1

    assert "uplink/ptcl/1" not in Ledger(store)._newest


def test_a_spoilt_memory_is_begun_anew(store):
    line = Line(store)
    line.run(HOUR)
    line.restart()
    (file,) = (store.path / "detection").glob("*/*.npz")
    file.write_bytes(file.read_bytes()[:300])
    line.detection = line.started()

    line.run(2 * HOUR)

    assert line.found() == []
    assert line.detection.dump()


def test_a_folder_that_cannot_be_written_costs_only_what_was_learnt(store, caplog):
    (store.path / "detection").write_text("a file in the way")
    line = Line(store)
    line.run(HOUR)
    assert caplog.text.count("cannot be kept") == 1

    line.detection.write(line.detection.dump())

    assert "could not be kept" in caplog.text
    assert line.detection.dump()


def test_a_clock_that_leaps_and_returns_does_no_lasting_harm(store):
    line = Line(store)
    line.run(3 * HOUR)
    true = line.now
    line.now += 900 * DAY
    for _ in range(3):
        line.detection.look(line.now)
        line.probe()
        line.now += MINUTE
    line.now = true
    line.run(4 * HOUR)

    (stream,) = line.detection._streams.values()
    assert abs(stream.watermark - line.now) < HOUR


def test_the_daemon_does_not_load_the_compiler():
    code = (
        "import sys, rabta.agent.daemon;"
        "print(*{'numba', 'duckdb', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == ""


def ladder_verdict():
    return Verdict(
        time=START + SLOW[0],
        entity="uplink/ptcl/1",
        code="congestion",
        row=9,
        state=State.DEGRADED,
        sentence=Message.of("verdict.host-fine"),
        confidence=0.8,
        causes=(),
        evidence=(),
        alternatives=(),
        next_test=None,
        since=START + SLOW[0],
    )


def test_hours_that_are_slow_as_before_say_so_while_they_last(store, learnt):
    pattern = Pattern(
        *("uplink/ptcl/1#1", "12:00", "16:00", (0, 3)),
        *("2025-10-09", "2025-10-13", 3, 0.9),
    )
    before = Recurrence(1, pattern, "UTC", 4 * 3600.0, 0.5)
    line = Line(store, learnt)
    line.detection = Detection(store, store, UTC, lambda _: (before,))
    line.run(SLOW[0] + 40 * MINUTE)

    (one,) = line.found()
    assert one.verdicts[-1].evidence[-1].id == "recurring"

    line.run(SLOW[1] + 2 * HOUR)
    (over,) = line.found()
    assert over.end is not None
    assert facts_of(over.verdicts[-1]) == ()
