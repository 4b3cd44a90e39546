"""Alerts are told once, with the time at which it happened, to real local servers."""

import asyncio
import json
import socketserver
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import ClassVar

import pytest

from rabta.agent.alerting import queue_alerts
from rabta.alerts.channels import host_of, runners
from rabta.alerts.policy import orders_for
from rabta.clock import MINUTE, SECOND, ManualClock, SystemClock
from rabta.config import Channel, Config, load
from rabta.config import Store as StoreSettings
from rabta.errors import ConfigError
from rabta.model import JobState, Kind, Message, Needs, State, Verdict
from rabta.outbox.orders import note_order
from rabta.outbox.worker import Works
from rabta.steer.lines import Lines
from rabta.store import Store
from rabta.store.outbox import Queue
from tests.unit.outbox.servers import listening, served


NOW = 1_700_000_000 * SECOND


class Posted(BaseHTTPRequestHandler):
    """Keeps what is posted."""

    seen: ClassVar[list[tuple]]

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, dict(self.headers), json.loads(body)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def web():
    seen = []
    with listening(Posted, seen=seen) as base:
        yield base, seen


@pytest.fixture
def mail():
    """A mail server of a few lines (RFC 5321) that keeps what it is given."""
    seen = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"220 here\r\n")
            for line in self.rfile:
                verb = line[:4].upper()
                if verb == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    letter = b""
                    while not letter.endswith(b"\r\n.\r\n"):
                        letter += self.rfile.readline()
                    seen.append(letter.decode())
                elif verb == b"RCPT" and b"nobody" in line:
                    self.wfile.write(b"550 nobody here\r\n")
                    continue
                elif verb == b"QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                self.wfile.write(b"250 fine\r\n")

    with served(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"smtp://127.0.0.1:{port}", seen


def told(tmp_path, channel, *keys):
    """Queue a message per key, hand them over, return the jobs."""
    config = Config(StoreSettings(tmp_path), channels=(channel,))

    async def working(queue):
        lines = Lines(tmp_path, {}, queue.clock)
        works = Works(queue, lines, runners=runners(config))
        await asyncio.wait_for(works.run(until_idle=True), 30)

    with Queue.open(tmp_path, clock=SystemClock()) as queue:
        orders = [
            note_order(channel.name, "ptcl is disrupted", "Since 12:30.", NOW, key)
            for key in keys
        ]
        orders = [replace(one, needs=Needs(line=False)) for one in orders]
        numbers = queue.add([(one, host_of(channel)) for one in orders])
        asyncio.run(working(queue))
        return [queue.job(number) for number in numbers]


def secret(tmp_path, text="s3cret"):
    file = tmp_path / "secret"
    file.write_text(text)
    file.chmod(0o600)
    return file


def test_a_webhook_gets_each_key_once_with_the_true_time(tmp_path, web):
    url, seen = web
    channel = Channel("hook", "webhook", f"{url}/x", token_file=secret(tmp_path))

    jobs = told(tmp_path, channel, "a", "a", "b")

    assert {job.state for job in jobs} == {JobState.DONE}
    assert sorted(document["key"] for _, _, document in seen) == ["a", "b"]
    path, headers, document = seen[0]
    assert (path, document["happened"]) == ("/x", NOW)
    assert headers["Authorization"] == "Bearer s3cret"
    assert headers["Idempotency-Key"] == document["key"]


def test_telegram_gets_chat_and_text(tmp_path, web):
    url, seen = web
    channel = Channel("tg", "telegram", url, to="42", token_file=secret(tmp_path))

    told(tmp_path, channel, "a")

    ((path, _, document),) = seen
    assert path == "/bots3cret/sendMessage"
    assert document == {"chat_id": "42", "text": "ptcl is disrupted\nSince 12:30."}


def test_a_letter_bears_the_date_of_the_event_and_an_id_of_its_own(tmp_path, mail):
    url, seen = mail
    (job,) = told(tmp_path, Channel("post", "email", url, to="me@example.com"), "a/1")

    assert job.state is JobState.DONE, job
    (letter,) = seen
    assert "Subject: ptcl is disrupted" in letter
    assert "Date: Tue, 14 Nov 2023 " in letter
    assert "Message-ID: <a.1@rabta.invalid>" in letter


def test_a_refused_address_is_given_up_with_the_reason(tmp_path, mail):
    url, seen = mail
    (job,) = told(tmp_path, Channel("post", "email", url, to="nobody@x"), "a")

    assert job.state is JobState.FAILED
    assert job.says.key == "outbox.channel_refuses"
    assert not seen


def verdict(time):
    said = Message.of("verdict.host-starting")
    return Verdict(
        *(time, "uplink/ptcl", "isp-access", 3, State.DOWN, said, 0.9),
        *((), (), (), None),
        since=time,
    )


def test_what_happened_is_queued_once_whatever_is_restarted(tmp_path):
    clock = ManualClock(NOW)
    channel = Channel("hook", "webhook", "http://127.0.0.1/")
    config = Config(StoreSettings(tmp_path), channels=(channel,))
    with Store.open(tmp_path, clock=clock) as store:
        number = store.open_disruption(
            "uplink/ptcl", Kind.OUTAGE, NOW, 1.0, 1.0, verdict(NOW)
        )
        queue_alerts(config, store, clock, NOW - MINUTE)  # too short to tell
        clock.advance(2 * MINUTE)
        for _ in range(2):
            queue_alerts(config, store, clock, NOW - MINUTE)
        store.close_disruption(number, clock.now())
        clock.advance(MINUTE)
        for _ in range(2):
            queue_alerts(config, store, clock, NOW - MINUTE)
    with Queue.open(tmp_path, clock=clock) as queue:
        notes = [job.order.work for job in reversed(queue.jobs())]
    assert [note.title for note in notes] == ["ptcl is disrupted", "ptcl is back"]
    assert [note.happened for note in notes] == [NOW, NOW + 2 * MINUTE]
    assert "2\u00a0min" in notes[1].text


def test_a_power_cut_leaves_nobody_in_doubt_whether_it_is_over(tmp_path):
    clock = ManualClock(NOW)
    channel = Channel("hook", "webhook", "http://127.0.0.1/")
    late = Channel("late", "webhook", "http://127.0.0.1/", after=7200)
    with Store.open(tmp_path, clock=clock) as store:
        number = store.open_disruption(
            "uplink/ptcl", Kind.OUTAGE, NOW, 1.0, 1.0, verdict(NOW)
        )
        clock.advance(2 * MINUTE)
        before = Config(StoreSettings(tmp_path), channels=(channel,))
        queue_alerts(before, store, clock, NOW)
        clock.advance(300 * MINUTE)  # no power; then all is well
        store.close_disruption(number, clock.now())
        after = Config(StoreSettings(tmp_path), channels=(channel, late))
        for _ in range(2):
            queue_alerts(after, store, clock, clock.now() - 60 * MINUTE)
    with Queue.open(tmp_path, clock=clock) as queue:
        notes = [job.order.work for job in reversed(queue.jobs())]
    assert [(note.channel, note.title) for note in notes] == [
        ("hook", "ptcl is disrupted"),
        ("hook", "ptcl is back"),
    ]


def test_short_disruptions_and_those_before_the_start_are_not_told(tmp_path):
    with Store.open(tmp_path, clock=ManualClock(NOW)) as store:
        store.open_disruption("host", Kind.OUTAGE, NOW, 1.0, 1.0, verdict(NOW))
        (one,) = store.disruptions()
    channel = Channel("hook", "webhook", "http://127.0.0.1/", language="ur")

    assert orders_for([one], channel, NOW, NOW + 59 * SECOND) == []
    assert orders_for([one], channel, NOW + 1, NOW + MINUTE) == []
    assert len(orders_for([one], channel, NOW, NOW + MINUTE)) == 1


def test_a_night_asleep_is_not_told_as_an_outage_of_a_night(tmp_path):
    with Store.open(tmp_path, clock=ManualClock(NOW)) as store:
        number = store.open_disruption("host", Kind.OUTAGE, NOW, 1, 1, verdict(NOW))
        store.note_gap(NOW + 2 * MINUTE, NOW + 480 * MINUTE)
        store.close_disruption(number, NOW + 481 * MINUTE)
        (one,) = store.disruptions()
    patient = Channel("hook", "webhook", "http://127.0.0.1/", after=300)
    prompt = Channel("hook", "webhook", "http://127.0.0.1/", after=60)
    end = NOW + 481 * MINUTE

    assert orders_for([one], patient, NOW, end) == []
    _, over = orders_for([one], prompt, NOW, end)
    assert "lasted 3\u00a0min, and was not observed for" in over.work.text


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('kind = "fax"', "one of"),
        ('kind = "webhook"', "url"),
        ('kind = "email"\nurl = "smtps://mail.example.com"', "to"),
        ('kind = "telegram"\nto = "1"', "token_file"),
        ('kind = "webhook"\nurl = "https://me:pw@host/"', "http"),
    ],
)
def test_a_channel_that_cannot_work_is_named(tmp_path, lines, says):
    file = tmp_path / "rabta.toml"
    file.write_text(f"[[channel]]\n{lines}\n")

    with pytest.raises(ConfigError, match=says):
        load(file, {"HOME": str(tmp_path)})
