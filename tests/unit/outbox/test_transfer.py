"""Files arrive whole and once, on from where they stopped; against real sockets."""

import hashlib
import os
import socket
from dataclasses import replace

import pytest

from rabta.model import Check, JobState, Limit, Retry
from rabta.outbox.orders import call_order, download_order, upload_order
from rabta.outbox.transfer import files


@pytest.fixture
def file(tmp_path):
    made = tmp_path / "film.mov"
    made.write_bytes(os.urandom(300_000))
    return made


def test_a_file_goes_by_tus_and_its_digest_is_compared(server, do, file):
    (job,) = do(upload_order(file, f"{server.base}/files/"))

    assert job.state is JobState.DONE, job
    assert job.says.key == "outbox.sent"
    assert bytes(server.files["/files/0"]) == file.read_bytes()
    assert job.done_bytes == 300_000


def test_a_cut_costs_only_what_was_under_way(server, do, file):
    server.cut_after = 150_000

    (job,) = do(upload_order(file, f"{server.base}/files/"))

    assert job.state is JobState.DONE, job
    assert bytes(server.files["/files/0"]) == file.read_bytes()
    assert server.received == 300_000
    assert server.requests["POST"] == 1


def test_a_connection_that_stands_still_is_left_for_one_that_works(
    server, do, tmp_path
):
    file = tmp_path / "large"
    file.write_bytes(os.urandom(12_000_000))  # more than sockets take without a reader
    server.freeze = True

    (job,) = do(upload_order(file, f"{server.base}/files/"))

    assert job.state is JobState.DONE, job
    assert bytes(server.files["/files/0"]) == file.read_bytes()
    assert server.requests["PATCH"] == 2
    assert job.runs == 1


def test_a_finished_upload_whose_worker_died_is_not_sent_again(server, do, queue, file):
    (job,) = do(upload_order(file, f"{server.base}/files/"))
    queue._database.execute("UPDATE job SET state = 'waiting' WHERE id = ?", (job.id,))

    do(only=job.id)
    again = queue.job(job.id)

    assert again.state is JobState.DONE
    assert server.received == 300_000
    assert len(server.files) == 1


def test_a_file_that_changed_is_sent_anew(server, do, queue, file):
    (job,) = do(upload_order(file, f"{server.base}/files/"))
    file.write_bytes(b"other")
    queue._database.execute("UPDATE job SET state = 'waiting' WHERE id = ?", (job.id,))

    do(only=job.id)

    assert bytes(server.files["/files/1"]) == b"other"


def test_what_arrived_damaged_is_not_called_sent(server, do, file):
    server.corrupt = True

    (job,) = do(upload_order(file, f"{server.base}/files/"))

    assert job.state is JobState.WAITING
    assert job.says.key == "outbox.differs"


def test_a_server_without_digests_is_said_to_tell_none(server, do, file):
    server.digests = False

    (job,) = do(upload_order(file, f"{server.base}/files/"))
    (read_back,) = do(
        upload_order(file, f"{server.base}/files/", check=Check.READ_BACK)
    )

    assert job.says.key == "outbox.sent_untold"
    assert read_back.says.key == "outbox.sent"


def test_a_server_that_knows_no_tus_gets_a_put(server, do, file):
    server.tus = False

    (job,) = do(upload_order(file, f"{server.base}/plain"))

    assert job.says.key == "outbox.sent"
    assert bytes(server.files["/plain"]) == file.read_bytes()


def test_a_server_in_trouble_is_asked_again_when_it_says(server, do, file, queue):
    server.fail, server.retry_after = 1, "120"

    (job,) = do(upload_order(file, f"{server.base}/files/"))

    assert job.state is JobState.WAITING
    assert job.failures == 1
    assert 110e6 < job.due - queue.clock.now() <= 120e6


def test_a_job_is_given_up_after_its_attempts(server, do, file):
    server.fail = 9
    order = replace(upload_order(file, f"{server.base}/x"), retry=Retry(attempts=1))

    (job,) = do(order)

    assert job.state is JobState.FAILED
    assert job.says.key == "outbox.status"


def test_a_server_that_refuses_costs_an_attempt_and_a_pause(do, file):
    (job,) = do(upload_order(file, "http://127.0.0.1:1/x"))

    assert job.state is JobState.WAITING
    assert job.says.key == "outbox.refused"
    assert job.failures == 1


def test_a_name_that_does_not_exist_costs_an_attempt(do, file, monkeypatch):
    def unknown(*_args, **_more):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    (job,) = do(upload_order(file, "http://none.localhost/x"))

    assert dict(job.says.args)["failure"] == "dns_nxdomain_error"
    assert job.failures == 1


def test_a_download_goes_on_where_it_was_cut(server, do, tmp_path):
    server.files["/file"] = bytearray(os.urandom(200_000))
    server.cut_after = 120_000

    (job,) = do(download_order(f"{server.base}/moved", tmp_path / "got"))

    assert job.state is JobState.DONE, job
    assert job.says.key == "outbox.got"
    assert (tmp_path / "got").read_bytes() == bytes(server.files["/file"])
    assert not list(tmp_path.glob("got.*"))
    assert any("Range" in headers for headers in server.headers)


def test_a_download_that_changed_meanwhile_is_never_mixed(server, do, tmp_path):
    server.files["/file"] = bytearray(os.urandom(200_000))
    (tmp_path / "got.1.rabta-part").write_bytes(b"of another version")

    (job,) = do(download_order(f"{server.base}/file", tmp_path / "got"))

    assert job.state is JobState.DONE
    assert (tmp_path / "got").read_bytes() == bytes(server.files["/file"])


def test_a_file_that_came_meanwhile_is_left_as_it_is(server, do, queue, tmp_path):
    server.files["/file"] = bytearray(b"theirs")
    order = download_order(f"{server.base}/file", tmp_path / "got")
    allowed = download_order(f"{server.base}/file", tmp_path / "other", overwrite=True)
    for name in ("got", "other"):
        (tmp_path / name).write_bytes(b"mine")

    refused, done = do(order, allowed)

    assert (refused.state, refused.says.key) == (JobState.FAILED, "outbox.exists")
    assert (tmp_path / "got").read_bytes() == b"mine"
    assert done.state is JobState.DONE
    assert (tmp_path / "other").read_bytes() == b"theirs"


def test_a_file_that_comes_while_it_is_got_is_left_too(
    server, do, tmp_path, monkeypatch
):
    server.files["/file"] = bytearray(b"theirs")
    real = files.publish

    def late(part, file, **more):
        file.write_bytes(b"mine")
        real(part, file, **more)

    monkeypatch.setattr("rabta.outbox.transfer.download.publish", late)
    (job,) = do(download_order(f"{server.base}/file", tmp_path / "got"))

    assert (job.state, job.says.key) == (JobState.FAILED, "outbox.exists")
    assert (tmp_path / "got").read_bytes() == b"mine"


def test_a_worker_that_died_after_the_last_step_has_done_it(
    server, do, queue, tmp_path
):
    server.files["/file"] = bytearray(b"theirs")
    (job,) = do(download_order(f"{server.base}/file", tmp_path / "got"))
    queue._database.execute("UPDATE job SET state = 'waiting' WHERE id = ?", (job.id,))

    do(only=job.id)

    assert queue.job(job.id).state is JobState.DONE
    assert server.requests["GET"] == 1


def test_two_jobs_for_one_place_never_share_a_part(server, do, tmp_path):
    for name in ("/one", "/two"):
        server.files[name] = bytearray(os.urandom(400_000))
    orders = [
        download_order(server.base + name, tmp_path / "got", overwrite=True)
        for name in ("/one", "/two")
    ]

    assert {job.state for job in do(*orders)} == {JobState.DONE}

    assert (tmp_path / "got").read_bytes() in map(bytes, server.files.values())


def test_a_wrong_digest_leaves_no_file(server, do, tmp_path):
    server.files["/file"] = bytearray(b"content")
    wrong = hashlib.sha256(b"else").hexdigest()

    (job,) = do(download_order(f"{server.base}/file", tmp_path / "got", sha256=wrong))

    assert job.state is JobState.WAITING
    assert job.says.key == "outbox.differs"
    assert not (tmp_path / "got").exists()


def test_what_is_not_there_is_not_asked_for_again(server, do, tmp_path):
    (job,) = do(download_order(f"{server.base}/none", tmp_path / "got"))

    assert job.state is JobState.FAILED
    assert dict(job.says.args)["status"] == 404


def test_a_call_bears_the_same_key_in_every_attempt(server, do, queue):
    server.fail = 1
    order = replace(call_order(f"{server.base}/pay", body="5"), retry=Retry(5, 0.01))

    (job,) = do(order)
    while queue.job(job.id).state is JobState.WAITING:
        do(only=job.id)

    assert server.effects == ["5"]
    keys = {headers["Idempotency-Key"] for headers in server.headers}
    assert keys == {job.order.key}


def test_a_cap_is_kept(server, do, file, queue):
    order = upload_order(file, f"{server.base}/files/", limit=Limit(2_400_000))

    (job,) = do(order)

    (run,) = queue.runs(job.id)
    assert (run.ended - run.started) / 1e6 >= 0.8  # of one second at the cap
