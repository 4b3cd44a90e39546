"""``rabta run``, ``send``, ``get`` and ``outbox``, as a user would; no daemon runs."""

import json
import os

import pytest

from rabta.clock import SystemClock
from rabta.outbox.desk import enqueue
from rabta.outbox.orders import upload_order
from rabta.outbox.transfer.state import State, text_of
from rabta.store.outbox import Queue, Reached, Worker
from tests.unit.outbox.servers import serving


pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")


@pytest.fixture
def server():
    with serving() as world:
        yield world


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store"


def documents(done):
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_run_prints_what_the_command_prints_and_returns_its_code(rabta, store):
    done = rabta(
        "run", "--no-line", "--store", store, "--", "sh", "-c", "echo out; exit 5"
    )

    assert (done.returncode, done.stdout) == (5, "out\n")


def test_a_command_that_is_not_there_is_127(rabta, store):
    done = rabta("run", "--no-line", "--store", store, "--", "no-such-program")

    assert done.returncode == 127
    assert done.stderr == "no-such-program is not installed.\n"


def test_run_tries_again_as_often_as_it_may(rabta, store, tmp_path):
    script = f"echo x >>{tmp_path}/log; exit 4"
    options = ("--no-line", "--rerun", "always", "--attempts", "1")
    done = rabta("run", *options, "--store", store, "--", "sh", "-c", script)

    assert done.returncode == 4
    assert (tmp_path / "log").read_text() == "x\n"


def test_queued_shown_drained(rabta, store, tmp_path):
    options = ("--detach", "--no-line", "--json", "--store", store)
    script = f"echo said; touch {tmp_path}/ran"
    (queued,) = documents(rabta("run", *options, "--", "sh", "-c", script))
    number = str(queued["id"])
    assert (queued["state"], queued["kind"]) == ("waiting", "command")

    listed = rabta("outbox", "list", "--store", store)
    assert "1 waiting" in listed.stdout
    assert "echo said" in listed.stdout
    drained = documents(rabta("outbox", "drain", "--json", "--store", store))
    assert drained[0]["counts"]["done"] == 1
    assert (tmp_path / "ran").exists()
    (shown,) = documents(rabta("outbox", "show", number, "--json", "--store", store))
    assert shown["state"] == "done"
    assert shown["says"]["en"] == "The command ended well."
    assert [one["outcome"] for one in shown["attempts"]] == ["done"]
    output = rabta("outbox", "show", number, "--output", "--store", store)
    assert output.stdout == "said\n"
    urdu = rabta("outbox", "show", number, "--language", "ur", "--store", store)
    assert "مکمل" in urdu.stdout


def test_cancel_and_take_it_back(rabta, store):
    rabta("run", "--detach", "--uplink", "none", "--store", store, "--", "true")

    (gone,) = documents(rabta("outbox", "cancel", "1", "--json", "--store", store))
    assert gone["state"] == "cancelled"
    (back,) = documents(rabta("outbox", "retry", "1", "--json", "--store", store))
    assert back["state"] == "waiting"
    assert rabta("outbox", "cancel", "7", "--store", store).returncode == 2


def test_a_cancelled_upload_shows_who_removes_its_parts(rabta, store, tmp_path):
    film = tmp_path / "film"
    film.write_bytes(b"film")
    kept = State(how="s3", place="upload-1")
    with Queue.open(store, clock=SystemClock()) as queue:
        job = enqueue(queue, upload_order(film, "s3://films/film"))
        worker = Worker.enter(queue.path)
        held = queue.lease(worker, [gate.id for gate in queue.gates()])
        queue.progress(held, Reached(2, text_of(kept), ""))
        worker.leave()
    number = str(job.id)

    assert rabta("outbox", "cancel", number, "--store", store).returncode == 0

    shown = rabta("outbox", "show", number, "--store", store)
    assert "Removes what it has left in the store: " in shown.stdout
    assert "abort-multipart-upload s3://films/film" in shown.stdout
    (told,) = documents(rabta("outbox", "show", number, "--json", "--store", store))
    (cleaner,) = told["left"]
    words = ("outbox", "show", str(cleaner), "--json", "--store", store)
    (told,) = documents(rabta(*words))
    assert told["kind"] == "discard"
    assert told["work"] == {"url": "s3://films/film", "upload": "upload-1"}


def test_send_and_get_do_their_own_work(rabta, store, server, tmp_path):
    (tmp_path / "film").write_bytes(os.urandom(100_000))
    sent = rabta("send", tmp_path / "film", f"{server.base}/f/", "--store", store)
    assert sent.returncode == 0, sent.stderr
    assert "the digest is the same" in sent.stdout

    (got,) = documents(
        rabta(
            *("get", f"{server.base}/files/0", tmp_path / "back"),
            *("--json", "--store", store),
        )
    )
    assert got["state"] == "done"
    assert (tmp_path / "back").read_bytes() == (tmp_path / "film").read_bytes()
    failed = rabta("get", f"{server.base}/no", tmp_path / "no", "--store", store)
    assert failed.returncode == 1
    assert "404" in failed.stderr


def test_a_call_and_a_push_are_queued_and_done(rabta, store, server, tmp_path, git):
    call = ("outbox", "call", f"{server.base}/pay", "--data", "5", "--json")
    (queued,) = documents(rabta(*call, "--store", store))
    assert queued["key"].startswith("rabta-")
    (push,) = documents(
        rabta(
            "outbox", "push", git, "--after", queued["id"], "--json", "--store", store
        )
    )
    assert push["waits_for"] == 1
    # a line is what a push waits for, and here the remote is a folder
    assert rabta("outbox", "drain", "--store", store).returncode == 0
    assert server.effects == ["5"]


@pytest.fixture
def git(tmp_path):
    import subprocess

    work, bare = tmp_path / "work", tmp_path / "bare"
    for words in (
        ("init", "-q", "--bare", bare),
        ("init", "-q", "-b", "main", work),
        ("-C", work, "remote", "add", "origin", bare),
        *[("-C", work, "config", f"user.{n}", "a@b") for n in ("name", "email")],
        ("-C", work, "commit", "-q", "--allow-empty", "-m", "one"),
    ):
        subprocess.run(["git", *map(str, words)], check=True)
    return work


def test_many_are_added_at_once_or_none(rabta, store, tmp_path):
    good = '{"kind": "call", "url": "http://127.0.0.1/", "data": "1", "priority": 2}'
    file = tmp_path / "jobs"
    file.write_text(f"{good}\n\n{good}\n")
    (added,) = documents(rabta("outbox", "add", file, "--json", "--store", store))
    assert added == {"jobs": [1, 2]}

    file.write_text(f'{good}\n{{"kind": "call", "url": "ftp://x"}}\n')
    done = rabta("outbox", "add", file, "--store", store)
    assert done.returncode == 1
    assert f"{file}, row 2" in done.stderr
    listed = documents(rabta("outbox", "list", "--json", "--store", store))
    assert [one["id"] for one in listed] == [2, 1]
    assert listed[0]["priority"] == 2


@pytest.mark.parametrize(
    "words",
    [
        ("send", "/none", "http://127.0.0.1/"),
        ("send", __file__, "ftp://host/"),
        ("get", "nonsense"),
        ("outbox", "call", "http://a:b@127.0.0.1/"),
        ("run", "--deadline", "soon", "--", "true"),
    ],
)
def test_what_cannot_work_is_bad_usage_in_one_line(rabta, store, words):
    verb = words[0]
    place = ("--store", store)
    done = (
        rabta(verb, *words[1:], *place)
        if verb != "run"
        else rabta(verb, *place, *words[1:])
    )

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
