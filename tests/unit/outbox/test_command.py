"""Commands of the queue: real programs, killed workers, secrets that stay away."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from rabta.errors import UsageError
from rabta.model import JobState, Needs, Rerun, Retry
from rabta.outbox.desk import again, enqueue
from rabta.outbox.orders import command_order
from rabta.outbox.traces import Traces
from rabta.outbox.worker import Works
from rabta.steer.lines import Lines
from rabta.store.outbox import FILE


pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")


def order(folder, *argv, names=(), rerun=Rerun.OUTAGE, **more):
    made = command_order(
        argv, folder=folder, names=names, environment=os.environ, rerun=rerun
    )
    return replace(made, needs=Needs(line=False), **more)


def shell(folder, script, **more):
    return order(folder, "/bin/sh", "-c", script, **more)


def test_its_output_and_exit_code_are_kept(do, queue, tmp_path):
    good, bad = do(shell(tmp_path, "echo out; echo err >&2"), shell(tmp_path, "exit 3"))

    assert (good.state, good.exit_code) == (JobState.DONE, 0)
    assert Traces(queue.path, good.id).output.read_text() == "out\nerr\n"
    assert (bad.state, bad.exit_code) == (JobState.FAILED, 3)
    assert queue.runs(bad.id)[0].outcome == "failed"


def test_it_has_the_allowed_environment_and_no_more(do, tmp_path, monkeypatch):
    monkeypatch.setenv("NOT_PASSED", "x")
    monkeypatch.setenv("PASSED", "y")

    do(shell(tmp_path, "env >env", names=["PASSED", "GIVEN=z"], key="the-key"))

    lines = (tmp_path / "env").read_text().splitlines()
    assert {"PASSED=y", "GIVEN=z", "RABTA_IDEMPOTENCY_KEY=the-key"} <= set(lines)
    assert not any("NOT_PASSED" in line for line in lines)


def test_a_secret_reaches_the_command_and_never_the_database(do, queue, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hunter2-hunter2")
    secret.chmod(0o600)
    names = [f"API_TOKEN={{file:{secret}}}"]

    (job,) = do(shell(tmp_path, 'printf %s "$API_TOKEN" >seen', names=names))

    assert job.state is JobState.DONE
    assert (tmp_path / "seen").read_text() == "hunter2-hunter2"
    for file in queue.path.glob(f"{FILE}*"):
        assert b"hunter2" not in file.read_bytes()


def test_a_bare_secret_is_refused_with_the_cure(tmp_path):
    with pytest.raises(UsageError, match="file:/path"):
        order(tmp_path, "true", names=["API_TOKEN=hunter2"])


def test_a_secret_that_others_can_read_is_not_used(do, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("x")
    secret.chmod(0o644)

    (job,) = do(order(tmp_path, "true", names=[f"A={{file:{secret}}}"]))

    assert job.state is JobState.WAITING
    assert "chmod 600" in dict(job.says.args)["reason"]


def test_what_cannot_be_started_is_not_tried_again(do, tmp_path):
    (job,) = do(order(tmp_path, "no-such-program-anywhere"))

    assert job.state is JobState.FAILED
    assert job.says.key == "outbox.no_program"


def test_an_exit_code_that_means_the_network_costs_no_attempt(do, tmp_path):
    program = tmp_path / "curl"
    program.write_text("#!/bin/sh\nexit 7\n")
    program.chmod(0o755)

    (job,) = do(replace(order(tmp_path, str(program)), needs=Needs(uplink="none")))
    assert job.state is JobState.WAITING  # there is no such uplink: it has not begun
    assert job.runs == 0


def test_an_exit_code_that_means_the_network_on_a_good_line_waits_longer_each_time(
    do, queue, tmp_path, monkeypatch
):
    monkeypatch.setattr("rabta.outbox.command._BELATED", 0.01)
    program = tmp_path / "git"
    program.write_text("#!/bin/sh\nexit 128\n")
    program.chmod(0o755)

    (job,) = do(order(tmp_path, str(program), retry=Retry(3, 0.01)))
    while queue.job(job.id).state is JobState.WAITING:
        do(only=job.id)

    assert [run.outcome for run in queue.runs(job.id)] == ["server", "server", "failed"]


def test_what_ended_while_its_lock_was_waited_for_is_not_run_again(
    do, queue, tmp_path, monkeypatch
):
    real = Traces.hold

    def late(traces):
        traces._folder.mkdir(parents=True, exist_ok=True)
        traces._exit.write_text("5")
        return real(traces)

    monkeypatch.setattr(Traces, "hold", late)
    (job,) = do(shell(tmp_path, "touch ran"))

    assert (job.state, job.exit_code) == (JobState.FAILED, 5)
    assert not (tmp_path / "ran").exists()


def test_what_must_never_rerun_is_left_when_its_end_is_not_known(do, queue, tmp_path):
    script = shell(tmp_path, "echo ran >>log; sleep 60", rerun=Rerun.NEVER)
    job = enqueue(queue, script)
    log = tmp_path / "log"
    with subprocess.Popen([sys.executable, "-c", _WORKER, str(queue.path)]) as worker:
        _until(log.exists)
        worker.kill()
    _kill_group_of(log)  # and the command too, as a power cut does

    do(only=job.id)

    found = queue.job(job.id)
    assert (found.state, found.says.key) == (JobState.FAILED, "outbox.interrupted")
    assert log.read_text() == "ran\n"

    again(queue, job.id)
    assert not Traces(queue.path, job.id).begun  # asked for by a person, it runs


def test_what_was_kept_of_a_failed_run_does_not_answer_for_the_next(
    do, queue, tmp_path
):
    (job,) = do(shell(tmp_path, "test -e there || { touch there; exit 4; }"))
    traces = Traces(queue.path, job.id)
    os.close(traces.hold())
    traces._exit.write_text("4")  # its worker died before it could forget

    again(queue, job.id)
    do(only=job.id)

    assert queue.job(job.id).state is JobState.DONE


def test_rerun_always_tries_again_with_a_pause(do, queue, tmp_path):
    script = "test -e there || { touch there; exit 1; }"
    (job,) = do(shell(tmp_path, script, rerun=Rerun.ALWAYS, retry=Retry(5, 0.01)))
    while queue.job(job.id).state is JobState.WAITING:
        do(only=job.id)

    assert queue.job(job.id).state is JobState.DONE
    assert [run.outcome for run in queue.runs(job.id)] == ["server", "done"]


_WORKER = "import sys; from rabta.outbox.serve import main; main()"


def test_a_command_outlives_its_killed_worker_and_runs_once(do, queue, tmp_path):
    job = enqueue(queue, shell(tmp_path, "echo begun >>log; sleep 1; echo end >>log"))
    log = tmp_path / "log"
    with subprocess.Popen([sys.executable, "-c", _WORKER, str(queue.path)]) as worker:
        end = time.monotonic() + 20
        while not log.exists() and time.monotonic() < end:
            time.sleep(0.02)
        worker.kill()

    do(only=job.id)

    assert queue.job(job.id).state is JobState.DONE
    assert log.read_text() == "begun\nend\n"
    assert [run.outcome for run in queue.runs(job.id)] == ["lost", "done"]


def test_a_cancelled_command_ends_with_all_it_started(queue, tmp_path):
    job = enqueue(queue, shell(tmp_path, "sleep 60 & echo $! >pid; wait"))

    async def cancelled():
        lines = Lines(queue.path, {}, queue.clock)
        works = Works(queue, lines)
        working = asyncio.create_task(works.run())
        while not (tmp_path / "pid").exists():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        queue.cancel(job.id)
        child = int((tmp_path / "pid").read_text())
        async with asyncio.timeout(10):
            while _runs(child) or works.busy:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working

    asyncio.run(cancelled())

    assert queue.job(job.id).state is JobState.CANCELLED


def test_a_cancelled_command_ends_though_what_it_started_does_not_listen(
    queue, tmp_path, monkeypatch
):
    monkeypatch.setattr("rabta.outbox.command._MERCY", 0.3)
    (tmp_path / "stubborn").write_text(
        "trap '' TERM; echo $$ >pid; while :; do sleep 0.05; done"
    )
    job = enqueue(queue, shell(tmp_path, "sh stubborn & wait"))

    async def cancelled():
        works = Works(queue, Lines(queue.path, {}, queue.clock))
        working = asyncio.create_task(works.run())
        pid = tmp_path / "pid"
        async with asyncio.timeout(20):
            while not (pid.exists() and pid.read_text()):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            queue.cancel(job.id)
            while _runs(int(pid.read_text())) or works.busy:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working

    asyncio.run(cancelled())


def _until(true, seconds=20.0):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    assert true()


def _kill_group_of(log: Path) -> None:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if (entry / "cwd").readlink() == log.parent:
                    os.kill(int(entry.name), signal.SIGKILL)
    time.sleep(0.1)


def _runs(process: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
