"""A file has its old content or its new one, whatever happens while it is written."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time

import pytest

from rabta.errors import PlatformError
from rabta.whole import replacement, write_whole
from tests.unit.small_disk import needs_a_small_disk, on_a_small_disk


def mode_of(file):
    return stat.S_IMODE(file.stat().st_mode)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "document.json"


@pytest.fixture
def usual_mask():
    mask = os.umask(0o022)
    yield
    os.umask(mask)


def test_the_new_content_takes_the_place_of_the_old(file):
    write_whole(file, b"old")
    assert file.read_bytes() == b"old"

    write_whole(file, b"new")
    assert file.read_bytes() == b"new"
    assert list(file.parent.iterdir()) == [file]


def test_a_failure_leaves_the_old_content_and_nothing_else(file):
    write_whole(file, b"old")

    def write_half():
        with replacement(file) as aside:
            aside.write_bytes(b"half of the n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert file.read_bytes() == b"old"
    assert list(file.parent.iterdir()) == [file]


def test_what_a_kill_left_goes_with_the_next_write_and_what_is_under_way_stays(file):
    old, new, other = (file.with_name(f".rabta-{n}.tmp") for n in ("a", "b", "c"))
    for one in (old, new, other):
        one.write_bytes(b"half")
    other = other.rename(file.with_name("rabta-c.tmp"))
    for one in (old, other):
        os.utime(one, (time.time() - 7200,) * 2)

    write_whole(file, b"new")

    assert sorted(file.parent.iterdir()) == sorted([file, new, other])


def test_nobody_sees_the_new_content_before_it_is_whole(file):
    write_whole(file, b"old")

    with replacement(file) as aside:
        aside.write_bytes(b"half of the n")
        assert file.read_bytes() == b"old"
        aside.write_bytes(b"new")
    assert file.read_bytes() == b"new"


def test_a_folder_that_is_not_there_is_told_and_not_made(tmp_path):
    with pytest.raises(PlatformError, match=r"plot\.svg cannot be written: No such"):
        write_whole(tmp_path / "none" / "plot.svg", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_not_replaced_by_a_file(tmp_path):
    with pytest.raises(PlatformError, match="directory"):
        write_whole(tmp_path, b"new")
    assert tmp_path.is_dir()


@pytest.mark.usefixtures("usual_mask")
def test_a_new_file_may_be_read_as_usual_and_an_old_one_as_before(file):
    write_whole(file, b"old")
    assert mode_of(file) == 0o644

    file.chmod(0o440)
    write_whole(file, b"new")
    assert mode_of(file) == 0o440
    assert file.read_bytes() == b"new"


@pytest.mark.usefixtures("usual_mask")
def test_a_secret_is_nobody_elses_from_its_first_byte(file):
    file.write_bytes(b"old")
    file.chmod(0o644)

    with replacement(file, mode=0o600) as aside:
        assert mode_of(aside) == 0o600
        aside.write_bytes(b"secret")
        assert mode_of(aside) == 0o600
    assert mode_of(file) == 0o600


def test_a_link_stays_one_and_what_it_names_is_replaced(tmp_path, file):
    real = tmp_path / "elsewhere" / "real.json"
    real.parent.mkdir()
    real.write_bytes(b"old")
    file.symlink_to(real)

    write_whole(file, b"new")
    assert file.is_symlink()
    assert real.read_bytes() == b"new"
    assert list(real.parent.iterdir()) == [real]


def test_what_is_no_file_is_written_to_and_stays_what_it_is(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()

    write_whole(pipe, b"for whoever reads")
    reader.join(10)
    assert read == [b"for whoever reads"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_name_as_long_as_names_may_be_is_written(tmp_path):
    file = tmp_path / ("n" * 255)
    write_whole(file, b"new")
    assert file.read_bytes() == b"new"


def test_two_who_write_at_once_do_not_mix(file):
    """Each writes its own content, twice as long as the other's, again and again."""
    contents = [b"a" * 100_000, b"b" * 200_000]

    def write(content):
        for _ in range(40):
            with replacement(file, durable=False) as aside:
                aside.write_bytes(content)

    write(contents[0])
    writers = [threading.Thread(target=write, args=(one,)) for one in contents]
    for writer in writers:
        writer.start()
    seen = set()
    while any(writer.is_alive() for writer in writers):
        seen.add(file.read_bytes())
    assert seen <= set(contents)
    assert list(file.parent.iterdir()) == [file]


FOREVER = """
import sys
from itertools import cycle
from pathlib import Path
from rabta.whole import write_whole
file = Path(sys.argv[1])
for letter in cycle(b"ab"):
    write_whole(file, bytes([letter]) * 1_000_000)
    print(flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_kill_at_any_moment_leaves_one_of_the_two(file):
    contents = [b"a" * 1_000_000, b"b" * 1_000_000]
    caught = 0
    for n in range(10):
        command = [sys.executable, "-c", FOREVER, str(file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            child.stdout.readline()
            time.sleep(n / 1000)
            child.kill()
        assert file.read_bytes() in contents
        left = [other for other in file.parent.iterdir() if other != file]
        caught += len(left)
        for other in left:
            other.unlink()
    assert caught, "it was never killed while it wrote"


@needs_a_small_disk
def test_a_full_disk_keeps_the_old_content_and_the_next_time_takes_the_new():
    on_a_small_disk(
        """
        from rabta.errors import PlatformError
        from rabta.whole import write_whole
        file = disk / "document.json"
        write_whole(file, b"old")
        for leave in (0, 4096, 100_000):
            fill(leave)
            try:
                write_whole(file, b"n" * 200_000)
            except PlatformError as error:
                assert "No space left on device" in error.message, error
            else:
                raise AssertionError("there was space after all")
            assert file.read_bytes() == b"old"
            assert set(disk.iterdir()) == {file, ballast}
            ballast.unlink()
        write_whole(file, b"n" * 200_000)
        assert file.read_bytes() == b"n" * 200_000
        """,
        size="2m",
    )
