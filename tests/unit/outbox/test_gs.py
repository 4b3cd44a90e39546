"""A file goes into Google's storage, on from where it stopped; against an emulator."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from rabta.model import JobState
from rabta.outbox.orders import download_order, upload_order
from rabta.steer.lines import Lines
from rabta.steer.ways import HERE, Way
from tests.unit.outbox.jobs import local
from tests.unit.outbox.stores import free_port, google, running


MIB = 1024 * 1024
PLACE = "gs://films/in/the%20film.mov"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    port = free_port()
    log = tmp_path_factory.mktemp("google") / "log"
    with log.open("ab") as out, running(google(port), port, out):
        yield f"http://127.0.0.1:{port}", log


@pytest.fixture
def log(emulator):
    """What was asked of the store in this test."""
    os.truncate(emulator[1], 0)
    return emulator[1]


@pytest.fixture
def held(emulator, monkeypatch):
    """What lies in the bucket, as a function."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", emulator[0])
    place = f"{emulator[0]}/storage/v1/b/films/o/in%2Fthe%20film.mov?alt=media"
    return lambda: urlopen(place).read()


@pytest.fixture
def file(tmp_path):
    made = tmp_path / "film.mov"
    made.write_bytes(os.urandom(18 * MIB + 12_345))
    return made


def test_a_file_arrives_and_its_digest_is_compared(held, do, file):
    (job,) = do(local(upload_order(file, PLACE)))

    assert job.says.key == "outbox.sent", job.says
    assert held() == file.read_bytes()
    assert job.done_bytes == file.stat().st_size


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux who is connected")
def test_a_killed_sender_leaves_what_arrived_to_the_next(
    emulator, held, do, queue, file, log
):
    words = ["send", "--limit", "40M", str(file), PLACE, "--store", str(queue.path)]
    sender = subprocess.Popen([sys.executable, "-m", "rabta", *words])
    until(lambda: chunks(log) > 1)  # the first only asked
    sender.send_signal(signal.SIGKILL)
    sender.wait()
    # what it was killed in is noted, and kept, only once the emulator has read it
    until(lambda: not is_spoken_to(emulator[0]))
    (job,) = queue.jobs()
    os.truncate(log, 0)

    do(only=job.id)

    assert queue.job(job.id).says.key == "outbox.sent", queue.job(job.id).says
    assert held() == file.read_bytes()
    assert log.read_text().count("POST ") == 0
    assert chunks(log) <= 3  # it asked, then sent two chunks of the three


def test_an_object_whose_last_answer_was_lost_is_not_sent_again(
    held, do, queue, file, log
):
    (job,) = do(local(upload_order(file, PLACE)))
    queue._database.execute("UPDATE job SET state = 'waiting' WHERE id = ?", (job.id,))

    do(only=job.id)

    assert queue.job(job.id).state is JobState.DONE
    assert log.read_text().count("POST ") == 1


def test_it_comes_back_whole_and_is_compared(held, do, file, tmp_path):
    do(local(upload_order(file, PLACE)))
    got = tmp_path / "got"

    (job,) = do(local(download_order(PLACE, got)))

    assert job.says.key == "outbox.got", job.says
    assert got.read_bytes() == file.read_bytes()


def test_a_small_file_goes_in_one_stream_over_two_uplinks_too(
    held, do, file, log, monkeypatch
):
    file.write_bytes(b"small")
    ways = tuple(Way(name, HERE.bindings) for name in ("fibre", "storm"))
    monkeypatch.setattr(Lines, "ways", lambda *_: ways)

    (job,) = do(local(upload_order(file, PLACE)))

    assert job.says.key == "outbox.sent", job.says
    assert "uploadType=resumable" in log.read_text()


def test_without_credentials_the_job_says_so_and_waits(do, file, tmp_path, monkeypatch):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none"))

    (job,) = do(local(upload_order(file, PLACE)))

    assert job.state is JobState.WAITING
    assert job.says.key == "outbox.refuses"


def chunks(log):
    """Return how many requests the upload took."""
    return len(re.findall(r'"PUT [^"]*" (?:200|308)', log.read_text()))


def is_spoken_to(base):
    """Whether a connection to the emulator is not closed by it yet."""
    end = f":{urlsplit(base).port:04X}"
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()]
    return any(row[1].endswith(end) and row[3] in {"01", "08"} for row in rows[1:])


def until(true):
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
