"""What the commands that queue work share: options, progress, the last word."""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rabta.cli import present
from rabta.cli.present import label
from rabta.cli.reading import (
    config_file,
    config_option,
    json_option,
    language_option,
    store_option,
)
from rabta.clock import SystemClock


if TYPE_CHECKING:
    from rabta.config import Config
    from rabta.model import Forecast, Job, Message, Order
    from rabta.store.outbox import Queue

_AGAIN = 30.0
"""Seconds between looks at how likely a deadline is kept."""

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--priority", type=int, default=0, help="Higher goes first."),
    click.option("--deadline", default="", help="18:00, 90min, 2h, or ISO 8601."),
    click.option("--uplink", default="", help="Only over this uplink."),
    click.option("--service", default="", help="Only while this service works."),
    click.option("--corridor", default="", help="Only while this corridor works."),
    click.option("--unmetered", is_flag=True, help="Never over a metered uplink."),
    click.option("--between", default="", help="Only at these hours: 00:00-06:00."),
    click.option("--at-least", default="", help="Bits per second, such as 2M."),
    click.option("--after", type=int, multiple=True, help="Only after this job."),
    click.option(
        "--attempts",
        type=click.IntRange(0),
        default=10,
        show_default=True,
        help="Errors of the other side before giving up; 0: never give up.",
    ),
    click.option("--key", default="", help="Queued twice with one key, it is one job."),
    json_option,
    language_option,
    store_option,
    config_option,
)


def job_options(function: F) -> F:
    """Add the options of every job."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def configuration(store: Path | None) -> "Config":
    """Return the configuration, with the store of the flag or the environment."""
    from rabta.config import load

    given = store or (Path(p) if (p := os.environ.get("RABTA_STORE")) else None)
    return load(config_file(), flags={("store", "path"): given})


def chosen(order: "Order", options: dict[str, Any]) -> "Order":
    """Return *order* with the options of every job."""
    from rabta.clock import SystemClock
    from rabta.model import Needs, Retry
    from rabta.outbox.deadline import deadline_of
    from rabta.outbox.limit import bits, hours_of

    return replace(
        order,
        priority=options["priority"],
        deadline=deadline_of(options["deadline"], SystemClock().now()),
        needs=Needs(
            line=not options.get("no_line", False),
            uplink=options["uplink"],
            service=options["service"],
            corridor=options["corridor"],
            unmetered=options["unmetered"],
            bits_per_second=bits(options["at_least"]),
            between=hours_of(options["between"]),
        ),
        retry=Retry(attempts=options["attempts"]),
        key=options["key"] or order.key,
        after=tuple(options["after"]),
    )


def queue_it(config: "Config", order: "Order", options: dict[str, Any]) -> None:
    """Queue *order* and say so."""
    from rabta.outbox.desk import enqueue, opened
    from rabta.outbox.documents import document_of, plain

    with opened(config) as queue:
        job = enqueue(queue, order)
    if options["as_json"]:
        click.echo(json.dumps(plain(document_of(job)), ensure_ascii=False))
        return
    lang = present.language(options["language"])
    click.echo(label(lang, "outbox.queued", number=job.id))
    from rabta.store.lock import writer_of

    if not writer_of(config.store.path):
        click.echo(label(lang, "outbox.nobody"), err=True)


def do_it(config: "Config", order: "Order", options: dict[str, Any]) -> None:
    """Queue *order*, do it here, show how far it is; exit 1 when it failed."""
    from rabta.model import JobState
    from rabta.outbox.desk import again, enqueue, opened, stop
    from rabta.outbox.documents import document_of, plain
    from rabta.outbox.foreground import work_on

    lang = present.language(options["language"])
    with opened(config) as queue:
        job = enqueue(queue, order)
        if job.state in {JobState.FAILED, JobState.CANCELLED}:
            job = again(queue, job.id)
        meter = Meter(lang, quiet=options["as_json"])
        try:
            _tell_chances(config, queue, job, meter)
            with _told_anew(config, queue, job, meter):
                job = work_on(config, queue, job, meter.show)
        except KeyboardInterrupt:
            meter.clear()
            stop(queue, job.id)
            click.echo(label(lang, "outbox.stopped", number=job.id), err=True)
            sys.exit(130)
        meter.clear()
    if options["as_json"]:
        click.echo(json.dumps(plain(document_of(job)), ensure_ascii=False))
    elif job.says is not None:
        click.echo(said(job.says, lang), err=job.state is not JobState.DONE)
    if job.state is not JobState.DONE:
        sys.exit(1)


def _tell_chances(config: "Config", queue: "Queue", job: "Job", meter: "Meter") -> None:
    """Say before the work how likely it is done in time, where a past is known."""
    from rabta.outbox.past import chances_of

    for one in chances_of(config.store.path, queue, job):
        meter.note(chance(one, job, meter.language))


@contextmanager
def _told_anew(
    config: "Config", queue: "Queue", job: "Job", meter: "Meter"
) -> Iterator[None]:
    """Have *meter* show every half minute how likely the deadline is kept.

    By a thread of its own: the past is read for it, and a transfer must not wait.
    """
    from rabta.errors import StoreError
    from rabta.outbox.past import chances_of

    over = threading.Event()

    def tell() -> None:
        while not over.wait(_AGAIN):
            with suppress(StoreError):  # another time
                now = queue.job(job.id)
                chances = chances_of(config.store.path, queue, now)
                meter.odds = odds(chances, now, meter.language)

    teller = threading.Thread(target=tell, daemon=True)
    if job.order.deadline is not None:
        teller.start()
    try:
        yield
    finally:
        over.set()
        if teller.is_alive():
            teller.join()


def odds(chances: Iterable["Forecast"], job: "Job", lang: str) -> str:
    """Return the chance of the uplink that carries *job*; empty where none is known."""
    for one in chances:
        if one.uplink == job.uplink and one.probability is not None:
            share, at = one.probability, job.order.deadline
            return label(lang, "outbox.odds", share=share, at=at)
    return ""


def chance(one: "Forecast", job: "Job", lang: str) -> str:
    """Return one forecast as a line."""
    if one.probability is None or job.order.deadline is None:
        return label(
            lang, "outbox.takes", uplink=one.uplink, span=one.median_seconds or 0.0
        )
    return label(
        lang,
        "outbox.chance",
        share=one.probability,
        at=job.order.deadline,
        uplink=one.uplink,
        count=one.cases,
    )


def said(message: "Message", lang: str) -> str:
    """Return a sentence in the reader's language."""
    from rabta.locale import render

    return render(message, lang)


class Meter:
    """One moving line on a terminal; every ten seconds a line elsewhere."""

    def __init__(self, language: str, *, quiet: bool = False) -> None:
        self.language = language
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._clock = SystemClock()
        self._last = ""
        self._told = float("-inf")
        self._first: tuple[float, int] | None = None
        self.odds = ""
        """How likely the deadline is kept, as a reader reads it."""

    def note(self, text: str) -> None:
        """Say one thing for good."""
        if not self._quiet:
            click.echo(text, err=True)

    def show(self, job: "Job") -> None:
        """Show how far *job* is."""
        if self._quiet:
            return
        now = self._clock.monotonic()
        text = self._text(job, now)
        pause = 0.5 if self._terminal else 10.0
        if text == self._last or now - self._told < pause:
            return
        self._last, self._told = text, now
        click.echo(
            f"\r\x1b[K{text}" if self._terminal else text,
            err=True,
            nl=not self._terminal,
        )

    def clear(self) -> None:
        """Make room for the last word."""
        if self._terminal and self._last and not self._quiet:
            click.echo("\r\x1b[K", err=True, nl=False)

    def _text(self, job: "Job", now: float) -> str:
        if job.state == "waiting":
            self._first = None
            from rabta.outbox.waiting import out_of_hours

            known = out_of_hours(job.order.needs, self._clock.now()) or job.says
            why = said(known, self.language) if known else ""
            return why or label(self.language, "outbox.waits")
        size = job.order.size
        if self._first is None or job.done_bytes < self._first[1]:
            self._first = (now, job.done_bytes)
        seconds = now - self._first[0]
        rate = (job.done_bytes - self._first[1]) * 8 / seconds if seconds > 1 else 0.0
        if not size:
            return label(self.language, "outbox.moved", size=job.done_bytes, rate=rate)
        return label(
            self.language,
            "outbox.progress",
            done=job.done_bytes,
            size=size,
            share=job.done_bytes / size,
            rate=rate,
            uplink=job.uplink or "–",
        ) + (f" · {self.odds}" if self.odds else "")
