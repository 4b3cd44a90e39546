"""rsync, sftp and git go through a cut; against a real sshd on loopback."""

import getpass
import hashlib
import os
import shutil
import subprocess
from dataclasses import replace

import pytest

from rabta.model import Check, JobState, Needs, Retry
from rabta.outbox.orders import push_order, upload_order
from tests.unit.outbox.ssh import SSHD, Line, programs, sshd


pytestmark = [
    pytest.mark.skipif(not SSHD.exists(), reason="needs Debian's openssh-server"),
    pytest.mark.skipif(not shutil.which("rsync"), reason="needs Debian's rsync"),
    pytest.mark.slow,
]
SIZE = 8_000_000
CUT = 3_000_000


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ssh")
    with sshd(folder) as port:
        yield port, programs(folder)


@pytest.fixture
def line(server, monkeypatch):
    port, found = server
    monkeypatch.setenv("PATH", f"{found}:{os.environ['PATH']}")
    made = Line(port)
    yield made
    made.close()


@pytest.fixture
def file(tmp_path):
    made = tmp_path / "film.mov"
    made.write_bytes(os.urandom(SIZE))
    return made


def soon_again(order):
    return replace(order, needs=Needs(line=False), retry=Retry(first_seconds=0.1))


def url(scheme, line, place):
    return f"{scheme}://{getpass.getuser()}@127.0.0.1:{line.port}{place}"


def test_rsync_goes_on_from_where_it_was_cut(line, do, file, tmp_path, queue):
    line.cut_after = CUT
    there = tmp_path / "there"

    (job,) = do(soon_again(upload_order(file, url("ssh", line, there))))
    while job.state is JobState.WAITING:
        do(only=job.id)
        job = queue.job(job.id)

    assert job.state is JobState.DONE, job.says
    assert there.read_bytes() == file.read_bytes()
    assert job.runs == 2
    assert line.carried < SIZE + CUT  # of what had arrived most stayed


def through_cuts(do, queue, order):
    """The job once it waits no more, asked again as often as it does."""
    (job,) = do(soon_again(order))
    while job.state is JobState.WAITING:
        do(only=job.id)
        job = queue.job(job.id)
    assert job.state is JobState.DONE, job.says
    return job


def test_sftp_goes_on_from_where_it_was_cut(line, do, file, tmp_path, queue):
    line.cut_after = 2 * CUT  # more than sftp has under way at a time
    there = tmp_path / "there"
    order = upload_order(file, url("sftp", line, there))

    (job,) = do(soon_again(order))
    assert not there.exists()
    assert job.runs == 1
    while job.state is JobState.WAITING:
        do(only=job.id)
        job = queue.job(job.id)

    assert job.state is JobState.DONE, job.says
    assert there.read_bytes() == file.read_bytes()
    assert job.runs == 2
    assert line.carried < SIZE + CUT / 2  # of what had arrived most stayed
    assert job.says.key == "outbox.sent_untold"


def test_sftp_goes_on_with_nothing_but_its_own(line, do, file, tmp_path, queue):
    there = tmp_path / "there"
    (job,) = do(soon_again(upload_order(file, url("sftp", line, there))))
    (tmp_path / "there.rabta-part").write_bytes(b"what somebody else began")
    line.cut_after = line.carried + CUT
    file.write_bytes(os.urandom(SIZE))
    order = upload_order(file, url("sftp", line, there))

    (job,) = do(soon_again(order))
    assert job.state is JobState.WAITING
    file.write_bytes(os.urandom(SIZE))  # and now it is another file again
    while job.state is JobState.WAITING:
        do(only=job.id)
        job = queue.job(job.id)

    assert there.read_bytes() == file.read_bytes()


def test_what_sftp_sent_is_read_back_and_compared(line, do, file, tmp_path, queue):
    there = tmp_path / "there"
    order = upload_order(file, url("sftp", line, there), check=Check.READ_BACK)

    job = through_cuts(do, queue, order)

    assert there.read_bytes() == file.read_bytes()
    assert job.says.key == "outbox.sent"
    assert list((queue.path / "runs").glob("*.back")) == []


def test_what_differs_over_there_does_not_take_the_place(
    line, do, file, tmp_path, queue
):
    there = tmp_path / "there"
    there.write_bytes(b"what was there")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    half = tmp_path / f"there.{digest[:16]}.rabta-part"
    half.write_bytes(bytes(CUT))  # a disk that lost what it was given
    order = upload_order(file, url("sftp", line, there), check=Check.READ_BACK)

    (job,) = do(soon_again(order))

    assert job.state is JobState.WAITING
    assert job.says.key == "outbox.differs"
    assert there.read_bytes() == b"what was there"
    assert not half.exists()
    while job.state is JobState.WAITING:
        do(only=job.id)
        job = queue.job(job.id)
    assert there.read_bytes() == file.read_bytes()


def test_a_push_arrives_whole_or_not_at_all(line, do, tmp_path, queue):
    here, there = tmp_path / "here", tmp_path / "there.git"
    git("init", "-q", "--bare", there)
    git("init", "-q", "-b", "main", here)
    (here / "film.mov").write_bytes(os.urandom(SIZE))
    git("-C", here, "add", ".")
    who = ("-c", "user.name=someone", "-c", "user.email=someone@example.com")
    git("-C", here, *who, "commit", "-q", "-m", "A film")
    git("-C", here, "remote", "add", "origin", url("ssh", line, there))
    line.cut_after = CUT

    (job,) = do(soon_again(push_order(here, "origin", "main")))
    assert not git("-C", there, "branch")
    while job.state is JobState.WAITING:
        do(only=job.id)
        job = queue.job(job.id)

    assert job.state is JobState.DONE, job.says
    assert git("-C", there, "rev-parse", "main") == git("-C", here, "rev-parse", "main")
    git("-C", there, "fsck", "--strict")
    assert job.runs == 2


def git(*words):
    argv = ["git", *map(str, words)]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout
