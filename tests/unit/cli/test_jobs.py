"""What is shown while a transfer runs."""

import os
import threading
from dataclasses import replace
from datetime import datetime

from rabta.cli import jobs
from rabta.clock import HOUR, SystemClock
from rabta.config import Config
from rabta.config import Store as StoreSettings
from rabta.model import Forecast, Job, JobState, Needs
from rabta.outbox.desk import enqueue
from rabta.outbox.orders import command_order
from rabta.store.outbox import Queue


def test_who_waits_for_its_hours_says_so(tmp_path):
    now = SystemClock().now()
    made = command_order(("true",), folder=tmp_path, environment=os.environ)
    minute = [int(text) for text in f"{datetime.now().astimezone():%H %M}".split()]
    soon = (minute[0] * 60 + minute[1] + 120) % 1440
    needs = Needs(between=(soon, (soon + 60) % 1440))
    job = Job(1, replace(made, needs=needs), JobState.WAITING, now)

    assert jobs.Meter("en")._text(job, 0.0).startswith("It goes between ")


def test_how_likely_a_deadline_is_kept_is_told_while_it_runs(tmp_path, monkeypatch):
    asked = threading.Semaphore(0)

    def chances_of(*_):
        asked.release()
        return (Forecast("ptcl", 0.34, 60.0, 9), Forecast("storm", 0.81, 60.0, 9))

    monkeypatch.setattr(jobs, "_AGAIN", 0.01)
    monkeypatch.setattr("rabta.outbox.past.chances_of", chances_of)
    clock = SystemClock()
    made = command_order(("true",), folder=tmp_path, environment=os.environ)
    made = replace(made, deadline=clock.now() + HOUR, size=100)
    meter = jobs.Meter("en")
    with Queue.open(tmp_path, clock=clock) as queue:
        job = enqueue(queue, made)
        queue._database.execute(
            "UPDATE job SET uplink = 'storm', state = 'running', lease = 'x'"
        )
        with jobs._told_anew(Config(StoreSettings(tmp_path)), queue, job, meter):
            for _ in range(2):
                assert asked.acquire(timeout=30)

        shown = meter._text(queue.job(job.id), 0.0)

    assert " · storm · 81" in shown
    assert "34\u00a0%" not in shown  # the hour it is due may hold a 34
