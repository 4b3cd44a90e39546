"""A file goes into Azure's storage in blocks, and what arrived stays."""

import base64
import os
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from rabta.model import JobState
from rabta.outbox.orders import download_order, host_of, upload_order
from rabta.outbox.transfer.state import State
from rabta.outbox.transfer.storage import azure_login
from rabta.outbox.transfer.storage.azure import Blob
from tests.unit.outbox.azure_blobs import ACCOUNT, BEARER, KEY, serving
from tests.unit.outbox.jobs import half_done, local


MIB = 1024 * 1024
PLACE = "az://films/in/the%20film.mov"
HELD = "/films/in/the film.mov"


@pytest.fixture(autouse=True)
def nobody(monkeypatch):
    for name in ("CONNECTION_STRING", "ACCOUNT", "KEY", "SAS_TOKEN"):
        monkeypatch.delenv(f"AZURE_STORAGE_{name}", raising=False)


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """Make an ``az`` that says *told* or ends with an error; how often it was asked."""
    asked = tmp_path / "asked"
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def make(told, code=0):
        script = tmp_path / "az"
        script.write_text(
            f"#!/bin/sh\necho \"$*\" >>{asked}\necho '{told}' >&{1 + (code > 0)}\n"
            f"exit {code}\n"
        )
        script.chmod(0o755)
        azure_login._login.cache_clear()
        return lambda: asked.read_text().splitlines()

    return make


@pytest.fixture
def container(monkeypatch):
    with serving() as held:
        told = f"AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={held.base}"
        monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", told)
        yield held


@pytest.fixture
def file(tmp_path):
    made = tmp_path / "film.mov"
    made.write_bytes(os.urandom(12 * MIB + 345))
    return made


def begun(queue, file):
    """Queue a job whose worker was killed."""
    look = file.stat()
    state = State("az", "half", look.st_size, look.st_mtime_ns)
    return half_done(queue, upload_order(file, PLACE), state)


def name(upload, number):
    return base64.b64encode(f"{upload}-{number:05}".encode()).decode()


def test_it_arrives_in_blocks_and_its_digest_is_compared(container, do, file):
    (job,) = do(local(upload_order(file, PLACE)))

    assert job.says.key == "outbox.sent", job.says
    assert container.blobs[HELD][0] == file.read_bytes()
    assert container.put == 3


def test_blocks_that_arrived_before_a_kill_are_not_sent_again(
    container, do, queue, file
):
    job = begun(queue, file)
    second = file.read_bytes()[5 * MIB : 10 * MIB]
    # the same size and number, and of another content's upload
    container.blocks[HELD] = {name("half", 2): second, name("past", 1): second}

    do(only=job.id)

    assert queue.job(job.id).says.key == "outbox.sent", queue.job(job.id).says
    assert container.blobs[HELD][0] == file.read_bytes()
    assert container.put == 2


def test_one_that_was_killed_before_its_first_block_just_begins(
    container, do, queue, file
):
    job = begun(queue, file)

    do(only=job.id)

    assert queue.job(job.id).says.key == "outbox.sent", queue.job(job.id).says
    assert queue.job(job.id).runs == 1


def test_a_blob_whose_last_answer_was_lost_is_not_sent_again(
    container, do, queue, file
):
    (job,) = do(local(upload_order(file, PLACE)))
    queue._database.execute("UPDATE job SET state = 'waiting' WHERE id = ?", (job.id,))

    do(only=job.id)

    assert queue.job(job.id).state is JobState.DONE
    assert container.put == 3


def test_a_blob_of_the_same_name_is_replaced(container, do, file):
    do(local(upload_order(file, PLACE)))
    file.write_bytes(b"other")

    (job,) = do(local(upload_order(file, PLACE)))

    assert job.says.key == "outbox.sent"
    assert container.blobs[HELD][0] == b"other"


def test_an_empty_file_arrives_too(container, do, file):
    file.write_bytes(b"")

    (job,) = do(local(upload_order(file, PLACE)))

    assert job.says.key == "outbox.sent", job.says
    assert container.blobs[HELD][0] == b""


def test_it_comes_back_and_is_compared(container, do, file, tmp_path):
    do(local(upload_order(file, PLACE)))
    got = tmp_path / "got"

    (job,) = do(local(download_order(PLACE, got)))

    assert job.says.key == "outbox.got", job.says
    assert got.read_bytes() == file.read_bytes()


def test_without_credentials_the_job_says_so_and_waits(do, file):
    (job,) = do(local(upload_order(file, PLACE)))

    assert job.state is JobState.WAITING
    assert job.says.key == "outbox.refuses"
    assert "credentials" in dict(job.says.args)["reason"]


def test_no_key_and_no_signature_reaches_the_database(container, do, queue, file):
    do(local(upload_order(file, PLACE)))

    dump = "\n".join(queue._database.iterdump())
    assert KEY not in dump
    assert "sig=" not in dump


async def test_a_signature_that_was_given_is_used(monkeypatch):
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "firm")
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", "?sv=1&sig=given")

    url, says = await Blob("az://films/a%20b").asked(comp="block")

    assert "Authorization" not in dict(says)

    assert url.host == host_of(upload_order(Path(__file__), "az://films/a%20b").work)
    assert url.host == "firm.blob.core.windows.net"
    path, _, query = url.path.partition("?")
    assert path == "/films/a%20b"
    assert parse_qs(query) == {"comp": ["block"], "sv": ["1"], "sig": ["given"]}


@pytest.mark.parametrize(
    "end", ['"expires_on": 4e9', '"expiresOn": "2096-10-02 09:06"']
)
def test_the_login_of_az_is_enough(do, file, tool, tmp_path, monkeypatch, queue, end):
    asked = tool(f'{{"accessToken": "{BEARER}", {end}}}')
    got = tmp_path / "got.mov"
    with serving() as held:
        told = f"AccountName={ACCOUNT};BlobEndpoint={held.base}"
        monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", told)

        (sent,) = do(local(upload_order(file, PLACE)))
        (job,) = do(local(download_order(PLACE, got)))

    assert sent.says.key == "outbox.sent", sent.says
    assert job.says.key == "outbox.got", job.says
    assert got.read_bytes() == file.read_bytes()
    (words,) = asked()  # once, for all that was asked of the store
    assert "get-access-token" in words
    assert "https://storage.azure.com/" in words
    assert BEARER not in "\n".join(queue._database.iterdump())


@pytest.mark.parametrize(
    ("told", "code", "says"),
    [("ERROR: Please run az login", 1, "Please run az login"), ("no JSON", 0, "JSON")],
)
def test_az_that_gives_no_token_says_why(do, file, tool, monkeypatch, told, code, says):
    tool(told, code)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "firm")

    (job,) = do(local(upload_order(file, PLACE)))

    reason = dict(job.says.args)["reason"]
    assert says in reason
