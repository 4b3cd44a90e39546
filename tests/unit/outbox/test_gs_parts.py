"""Over two uplinks a file goes into Google's storage in parts, by its XML API."""

import os
import sys

import msgspec
import pytest

from rabta.model import JobState
from rabta.outbox import desk
from rabta.outbox.orders import download_order, upload_order
from rabta.outbox.transfer.state import State
from rabta.steer.lines import Lines
from rabta.steer.ways import HERE, Way
from tests.unit.outbox.google_parts import serving
from tests.unit.outbox.jobs import half_done, local


MIB = 1024 * 1024
PLACE = "gs://films/in/the%20film.mov"
HELD = "/films/in/the film.mov"


@pytest.fixture
def bucket(monkeypatch):
    with serving() as made:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", made.base)
        yield made


@pytest.fixture(autouse=True)
def two_uplinks(monkeypatch):
    """Two uplinks that both lead to this machine."""
    ways = tuple(Way(name, HERE.bindings, sure=True) for name in ("fibre", "storm"))
    monkeypatch.setattr(Lines, "ways", lambda *_: ways)


@pytest.fixture
def file(tmp_path):
    made = tmp_path / "film.mov"
    made.write_bytes(os.urandom(12 * MIB + 345))
    return made


def begun(bucket, queue, file, **more):
    """Queue a job whose second part arrived before its worker was killed."""
    bucket.uploads["half"] = {2: file.read_bytes()[5 * MIB : 10 * MIB]}
    look = file.stat()
    state = State("gs-parts", "half", look.st_size, look.st_mtime_ns, **more)
    return half_done(queue, upload_order(file, PLACE), state)


def test_it_arrives_over_both_and_its_checksum_is_compared(bucket, do, file):
    (job,) = do(local(upload_order(file, PLACE)))

    assert job.says.key == "outbox.sent", job.says
    assert bucket.objects[HELD] == file.read_bytes()
    assert set(bucket.parts) == {1, 2, 3}
    assert msgspec.json.decode(job.token)["how"] == "gs-parts"


def test_parts_that_arrived_before_a_kill_are_not_sent_again(bucket, do, queue, file):
    job = begun(bucket, queue, file)

    do(only=job.id)

    assert queue.job(job.id).says.key == "outbox.sent", queue.job(job.id).says
    assert bucket.objects[HELD] == file.read_bytes()
    assert set(bucket.parts) == {1, 3}
    assert bucket.begun == 0


def test_it_goes_on_in_parts_when_one_uplink_is_left(
    bucket, do, queue, file, monkeypatch
):
    job = begun(bucket, queue, file)
    monkeypatch.setattr(Lines, "ways", lambda *_: (HERE,))

    do(only=job.id)

    assert queue.job(job.id).says.key == "outbox.sent", queue.job(job.id).says
    assert set(bucket.parts) == {1, 3}


def test_an_object_whose_last_answer_was_lost_is_not_sent_again(
    bucket, do, queue, file
):
    (job,) = do(local(upload_order(file, PLACE)))
    sent = len(bucket.parts)
    queue._database.execute("UPDATE job SET state = 'waiting' WHERE id = ?", (job.id,))

    do(only=job.id)

    assert queue.job(job.id).state is JobState.DONE
    assert (bucket.begun, len(bucket.parts)) == (1, sent)


def test_an_object_that_is_another_is_not_called_sent(bucket, do, file):
    bucket.damage = True

    (job,) = do(local(upload_order(file, PLACE)))

    assert (job.state, job.says.key) == (JobState.WAITING, "outbox.differs")


def test_without_the_library_it_is_said_that_nothing_was_compared(
    bucket, do, file, monkeypatch
):
    monkeypatch.setitem(sys.modules, "google_crc32c", None)

    (job,) = do(local(upload_order(file, PLACE)))

    assert job.says.key == "outbox.sent_untold"


def test_what_a_cancelled_job_has_sent_is_removed(bucket, do, queue, file):
    job = begun(bucket, queue, file)

    desk.cancel(queue, job.id)

    (cleaner,) = desk.cleaners(queue, job.id)
    queue.retry(cleaner.id)
    do(only=cleaner.id)
    assert queue.job(cleaner.id).says.key == "outbox.parts_removed"
    assert bucket.uploads == {}


def test_it_comes_back_and_its_checksum_is_compared(bucket, do, file, tmp_path):
    do(local(upload_order(file, PLACE)))
    got = tmp_path / "got"

    (job,) = do(local(download_order(PLACE, got)))

    assert job.says.key == "outbox.got", job.says
    assert got.read_bytes() == file.read_bytes()
