"""A file goes into a bucket in parts, and what arrived stays; against moto's S3."""

import os
import re
import signal
import subprocess
import sys
import time

import botocore.session
import msgspec
import pytest

from rabta.clock import DAY
from rabta.model import JobState
from rabta.outbox import desk
from rabta.outbox.desk import enqueue
from rabta.outbox.orders import download_order, upload_order
from rabta.outbox.transfer.storage import aws
from rabta.store.outbox import Queue
from tests.unit.outbox.jobs import local
from tests.unit.outbox.stores import free_port, running, s3


MIB = 1024 * 1024
PART = 5 * MIB
KEY, PLACE = "in/the film.mov", "s3://films/in/the%20film.mov"


@pytest.fixture(scope="module")
def moto(tmp_path_factory):
    port = free_port()
    log = tmp_path_factory.mktemp("moto") / "log"
    with log.open("ab") as out, running(s3(port), port, out):
        yield f"http://127.0.0.1:{port}", log


@pytest.fixture
def log(moto):
    """What was asked of the store in this test."""
    os.truncate(moto[1], 0)
    return moto[1]


@pytest.fixture
def store(moto, monkeypatch, tmp_path):
    """An empty bucket, and a client that looks into it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto[0])
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush-hush")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    aws._client.cache_clear()
    client = botocore.session.Session().create_client("s3", "us-east-1")
    client.create_bucket(Bucket="films")
    yield client
    for upload in uploads(client):
        client.abort_multipart_upload(Bucket="films", Key=KEY, UploadId=upload)
    for one in client.list_objects_v2(Bucket="films").get("Contents", ()):
        client.delete_object(Bucket="films", Key=one["Key"])
    aws._client.cache_clear()


@pytest.fixture
def file(tmp_path):
    made = tmp_path / "film.mov"
    made.write_bytes(os.urandom(2 * PART + 12_345))
    return made


def order(file, url=PLACE):
    return local(upload_order(file, url))


def held(client):
    return client.get_object(Bucket="films", Key=KEY)["Body"].read()


def test_a_file_arrives_in_parts_and_its_digest_is_compared(store, do, file):
    (job,) = do(order(file))

    assert job.state is JobState.DONE, job.says
    assert job.says.key == "outbox.sent"
    assert held(store) == file.read_bytes()
    assert job.done_bytes == file.stat().st_size


def test_a_killed_sender_leaves_its_parts_to_the_next(store, do, queue, file, log):
    job = stopped_half_way(queue, file, log)
    before = parts_sent(log)

    do(only=job.id)

    assert queue.job(job.id).says.key == "outbox.sent", queue.job(job.id).says
    assert held(store) == file.read_bytes()
    assert before
    assert sorted(parts_sent(log)) == [1, 2, 3]


def test_an_object_whose_last_answer_was_lost_is_not_sent_again(
    store, do, queue, file, log
):
    (job,) = do(order(file))
    back_to_the_queue(queue, job)

    do(only=job.id)

    assert queue.job(job.id).state is JobState.DONE
    assert sorted(parts_sent(log)) == [1, 2, 3]


def test_a_file_that_changed_is_sent_anew(store, do, queue, file):
    (job,) = do(order(file))
    file.write_bytes(b"other")
    back_to_the_queue(queue, job)

    do(only=job.id)

    assert held(store) == b"other"


def test_what_lies_there_damaged_is_not_called_sent(store, do, queue, file):
    upload = store.create_multipart_upload(Bucket="films", Key=KEY)["UploadId"]
    store.upload_part(
        Bucket="films", Key=KEY, UploadId=upload, PartNumber=2, Body=bytes(PART)
    )
    (job,) = do(order(file, url="s3://nowhere/film"))
    token = msgspec.json.decode(job.token)
    token |= {"how": "s3", "place": upload}
    waiting = enqueue(queue, order(file))
    queue._database.execute(
        "UPDATE job SET token = ? WHERE id = ?",
        (msgspec.json.encode(token).decode(), waiting.id),
    )

    do(only=waiting.id)

    job = queue.job(waiting.id)
    assert job.says.key == "outbox.differs"
    assert job.state is JobState.WAITING
    assert not msgspec.json.decode(job.token)["place"]


def test_an_upload_the_store_forgot_is_said_to_be_and_begun_anew(
    store, do, queue, file
):
    (job,) = do(order(file))
    store.delete_object(Bucket="films", Key=KEY)
    back_to_the_queue(queue, job)

    do(only=job.id)

    job = queue.job(job.id)
    assert (job.state, job.says.key) == (JobState.WAITING, "outbox.forgot")
    queue.retry(job.id)
    do(only=job.id)
    assert held(store) == file.read_bytes()


def test_an_empty_file_arrives_too(store, do, file):
    file.write_bytes(b"")

    (job,) = do(order(file))

    assert job.says.key == "outbox.sent", job.says
    assert held(store) == b""


def test_a_bucket_that_is_not_there_ends_the_job(store, do, file):
    (job,) = do(order(file, url="s3://nowhere/film"))

    assert job.state is JobState.FAILED
    assert dict(job.says.args)["status"] == 404


def test_without_credentials_the_job_says_so_and_waits(store, do, file, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    aws._client.cache_clear()

    (job,) = do(order(file))

    assert job.state is JobState.WAITING
    assert job.says.key == "outbox.refuses"
    assert "credentials" in dict(job.says.args)["reason"]


def test_no_credential_reaches_the_database(store, do, queue, file):
    do(order(file))

    dump = "\n".join(queue._database.iterdump())
    assert "hush-hush" not in dump
    assert "X-Amz" not in dump


def test_it_comes_back_whole_and_is_compared_part_by_part(store, do, file, tmp_path):
    do(order(file))
    got = tmp_path / "got"

    (job,) = do(local(download_order(PLACE, got)))

    assert job.says.key == "outbox.got", job.says
    assert got.read_bytes() == file.read_bytes()


def test_what_was_sent_in_one_piece_is_compared_as_one(store, do, tmp_path):
    store.put_object(Bucket="films", Key="small", Body=b"small")
    got = tmp_path / "got"

    (job,) = do(local(download_order("s3://films/small", got)))

    assert job.says.key == "outbox.got", job.says
    assert got.read_bytes() == b"small"


def test_what_a_cancelled_job_has_sent_is_removed(store, do, queue, file, log):
    job = stopped_half_way(queue, file, log)

    desk.cancel(queue, job.id)

    assert uploads(store)
    (cleaner,) = desk.cleaners(queue, job.id)
    assert cleaner.due is not None  # whoever sends must have heard of it
    queue.retry(cleaner.id)
    do(only=cleaner.id)
    assert queue.job(cleaner.id).says.key == "outbox.parts_removed"
    assert not uploads(store)


def test_one_that_was_removed_already_is_no_error(store, do, queue, file, log):
    job = stopped_half_way(queue, file, log)
    desk.cancel(queue, job.id)
    (cleaner,) = desk.cleaners(queue, job.id)
    (upload,) = uploads(store)
    store.abort_multipart_upload(Bucket="films", Key=KEY, UploadId=upload)

    queue.retry(cleaner.id)
    do(only=cleaner.id)

    assert queue.job(cleaner.id).state is JobState.DONE


def test_one_that_may_not_be_removed_is_said_to_stay(
    store, do, queue, file, log, server, monkeypatch
):
    job = stopped_half_way(queue, file, log)
    desk.cancel(queue, job.id)
    (cleaner,) = desk.cleaners(queue, job.id)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.base)  # it answers 501 to DELETE
    aws._client.cache_clear()

    queue.retry(cleaner.id)
    do(only=cleaner.id)

    cleaner = queue.job(cleaner.id)
    assert (cleaner.state, cleaner.says.key) == (JobState.FAILED, "outbox.parts_stay")


def test_a_cancelled_job_that_is_queued_again_in_time_goes_on(
    store, do, queue, file, log
):
    job = stopped_half_way(queue, file, log)
    desk.cancel(queue, job.id)

    desk.again(queue, job.id)

    assert not desk.cleaners(queue, job.id)
    do(only=job.id)
    assert held(store) == file.read_bytes()
    assert sorted(parts_sent(log)) == [1, 2, 3]


def test_one_that_is_queued_again_too_late_begins_anew(store, do, queue, file, log):
    job = stopped_half_way(queue, file, log)
    desk.cancel(queue, job.id)
    (cleaner,) = desk.cleaners(queue, job.id)
    queue.retry(cleaner.id)
    do(only=cleaner.id)

    desk.again(queue, job.id)

    do(only=job.id)
    assert queue.job(job.id).says.key == "outbox.sent"
    assert held(store) == file.read_bytes()


def test_a_job_that_failed_can_go_on_for_a_day(store, do, queue, file, log):
    job = stopped_half_way(queue, file, log)
    file.rename(file.with_name("elsewhere"))

    do(only=job.id)

    assert queue.job(job.id).state is JobState.FAILED
    (cleaner,) = desk.cleaners(queue, job.id)
    assert cleaner.due >= queue.job(job.id).finished + DAY
    desk.cancel(queue, job.id)  # and who will not go on need not wait
    (hastened,) = desk.cleaners(queue, job.id)
    assert hastened.id == cleaner.id
    assert hastened.due < cleaner.due


def test_what_was_sent_of_an_earlier_content_is_removed(store, do, queue, file, log):
    job = stopped_half_way(queue, file, log)
    file.write_bytes(b"other")

    do(only=job.id)

    assert held(store) == b"other"
    (cleaner,) = desk.cleaners(queue, job.id)
    do(only=cleaner.id)
    assert not uploads(store)


def test_one_cancelled_while_the_store_began_it_is_removed_too(
    store, do, queue, file, monkeypatch
):
    progress = Queue.progress

    def cancelled_first(self, job, reached):
        if msgspec.json.decode(reached.token)["place"]:
            desk.cancel(queue, job.id)
        return progress(self, job, reached)

    monkeypatch.setattr(Queue, "progress", cancelled_first)

    (job,) = do(order(file))

    assert job.state is JobState.CANCELLED
    (cleaner,) = desk.cleaners(queue, job.id)
    do(only=cleaner.id)
    assert not uploads(store)


def stopped_half_way(queue, file, log):
    """Return a job whose sender was killed when the first part had arrived."""
    words = ["send", "--limit", "20M", str(file), PLACE, "--store", str(queue.path)]
    sender = subprocess.Popen([sys.executable, "-m", "rabta", *words])
    until(lambda: parts_sent(log))
    sender.send_signal(signal.SIGKILL)
    sender.wait()
    (job,) = queue.jobs()
    return job


def uploads(client):
    """Return the uploads that the store holds parts of."""
    told = client.list_multipart_uploads(Bucket="films").get("Uploads", ())
    return [one["UploadId"] for one in told]


def back_to_the_queue(queue, job):
    queue._database.execute("UPDATE job SET state = 'waiting' WHERE id = ?", (job.id,))


def parts_sent(log):
    """Return the numbers of the parts the store took, in order of arrival."""
    return [
        int(found[1])
        for found in re.finditer(
            r'"PUT [^"]*partNumber=(\d+)[^"]*" 200', log.read_text()
        )
    ]


def until(true):
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
