"""``rabta outbox``: what is queued, how far it is, and what to do about it."""

import json
import sys
from pathlib import Path
from typing import Any, BinaryIO

import click

from rabta.cli import present
from rabta.cli.jobs import (
    chance,
    chosen,
    configuration,
    job_options,
    queue_it,
    said,
)
from rabta.cli.present import label
from rabta.cli.reading import (
    config_option,
    json_option,
    language_option,
    store_option,
)


@click.group(invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """What is queued: list, show, retry, cancel, drain; add, call and push queue."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_jobs)


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Finished jobs, too.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
@language_option
@store_option
@config_option
def list_jobs(
    *,
    everything: bool,
    limit: int,
    as_json: bool,
    language: str | None,
    store: Path | None,
) -> None:
    """Jobs, newest first."""
    from rabta.model import JobState
    from rabta.outbox.desk import opened
    from rabta.outbox.documents import document_of, plain
    from rabta.outbox.waiting import waits

    states = () if everything else (JobState.WAITING, JobState.RUNNING, JobState.FAILED)
    lang = present.language(language)
    with opened(configuration(store)) as queue:
        jobs = queue.jobs(states=states, limit=limit)
        tally = queue.tally()
        reasons = {job.id: waits(queue, job) for job in jobs if not as_json}
    if as_json:
        for job in jobs:
            click.echo(json.dumps(plain(document_of(job)), ensure_ascii=False))
        return
    counts = {one.state: one.jobs for one in tally}
    click.echo(
        label(
            lang,
            "outbox.counts",
            **{state.value: counts.get(state, 0) for state in JobState},
        )
    )
    for job in jobs:
        click.echo(_line(job, lang, *reasons[job.id]))


def _line(job: Any, lang: str, *reasons: Any) -> str:
    state = label(lang, f"outbox.state.{job.state.value}")
    share = f"{job.done_bytes / job.order.size:4.0%}" if job.order.size else "    "
    known = [job.says] if job.says and job.state != "done" else []
    why = "".join(f"  {said(one, lang)}" for one in [*known, *reasons])
    return f"{job.id:>6}  {state:<10} {share}  {job.order.title}{why}"


@command.command()
@click.argument("number", type=int)
@click.option("--output", is_flag=True, help="What the command printed.")
@json_option
@language_option
@store_option
@config_option
def show(
    *,
    number: int,
    output: bool,
    as_json: bool,
    language: str | None,
    store: Path | None,
) -> None:
    """One job: what it needs, how far it is, its attempts, its chances."""
    from rabta.outbox.desk import cleaners, opened
    from rabta.outbox.documents import document_of, plain
    from rabta.outbox.past import chances_of
    from rabta.outbox.traces import Traces
    from rabta.outbox.waiting import waits

    lang = present.language(language)
    config = configuration(store)
    with opened(config) as queue:
        job, runs = queue.job(number), tuple(queue.runs(number))
        chances = chances_of(config.store.path, queue, job)
        left, reasons = cleaners(queue, number), waits(queue, job)
    if output:
        file = Traces(config.store.path, number).output
        if file.exists():
            sys.stdout.buffer.write(file.read_bytes())
        return
    document = document_of(
        job, forecast=chances, attempts=runs, waits=reasons, left=left
    )
    if as_json:
        click.echo(json.dumps(plain(document), ensure_ascii=False))
        return
    click.echo(present.strong(_line(job, lang)))
    if job.order.deadline is not None:
        at = present.clock(job.order.deadline)
        click.echo(label(lang, "outbox.deadline", at=at))
    for reason in reasons:
        click.echo(said(reason, lang))
    for one in chances:
        click.echo(chance(one, job, lang))
    for run in runs:
        why = said(run.says, lang) if run.says else ""
        outcome = label(lang, f"outbox.outcome.{run.outcome}")
        took = present.span((run.ended - run.started) / 1e6, lang)
        click.echo(
            f"  {present.clock(run.started)}  {took:<12} {run.uplink or '–':<12}"
            f" {outcome}  {why}"
        )
    for cleaner in left:
        click.echo(label(lang, "outbox.left", line=_line(cleaner, lang).strip()))


@command.command()
@click.argument("numbers", type=int, nargs=-1, required=True)
@json_option
@language_option
@store_option
@config_option
def retry(**options: Any) -> None:
    """Queue jobs again that failed, were cancelled or wait out an error."""
    _change("retry", options)


@command.command()
@click.argument("numbers", type=int, nargs=-1, required=True)
@json_option
@language_option
@store_option
@config_option
def cancel(**options: Any) -> None:
    """Do jobs no more; 'retry' takes it back."""
    _change("cancel", options)


def _change(verb: str, options: dict[str, Any]) -> None:
    from rabta.outbox import desk
    from rabta.outbox.documents import document_of, plain

    lang = present.language(options["language"])
    change = desk.again if verb == "retry" else desk.cancel
    with desk.opened(configuration(options["store"])) as queue:
        for number in options["numbers"]:
            job = change(queue, number)
            if options["as_json"]:
                click.echo(json.dumps(plain(document_of(job)), ensure_ascii=False))
            else:
                click.echo(_line(job, lang))


@command.command()
@json_option
@language_option
@store_option
@config_option
def drain(*, as_json: bool, language: str | None, store: Path | None) -> None:
    """Do all that can be done now, here; for when no daemon runs."""
    from rabta.alerts.channels import runners
    from rabta.model import JobState
    from rabta.outbox.desk import opened
    from rabta.outbox.documents import plain, queue_document
    from rabta.outbox.foreground import drain

    lang = present.language(language)
    config = configuration(store)
    with opened(config) as queue:
        last = ""

        def tell() -> None:
            nonlocal last
            counts = {one.state: one.jobs for one in queue.tally()}
            text = label(
                lang,
                "outbox.counts",
                **{state.value: counts.get(state, 0) for state in JobState},
            )
            if text != last and sys.stderr.isatty() and not as_json:
                click.echo(f"\r\x1b[K{text}", err=True, nl=False)
            last = text

        drain(config, queue, runners(config), tell)
        if sys.stderr.isatty() and not as_json:
            click.echo("\r\x1b[K", err=True, nl=False)
        document = queue_document(queue.tally(), [])
    if as_json:
        click.echo(json.dumps(plain(document), ensure_ascii=False))
    else:
        click.echo(label(lang, "outbox.counts", **document.counts))


@command.command()
@click.argument("url")
@click.option("--method", default="POST", show_default=True)
@click.option("--data", default="", help="The body; @FILE reads one.")
@click.option("--header", "headers", multiple=True, help="NAME=value.")
@job_options
def call(
    *,
    url: str,
    method: str,
    data: str,
    headers: tuple[str, ...],
    store: Path | None,
    **options: Any,
) -> None:
    """Queue one HTTP request, with the same Idempotency-Key in every attempt."""
    from rabta.errors import UsageError
    from rabta.outbox.orders import call_order

    if data.startswith("@"):
        try:
            data = Path(data[1:]).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{data[1:]}: {error}") from error
    order = call_order(url, method=method, headers=headers, body=data)
    queue_it(configuration(store), chosen(order, options), options)


@command.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.argument("remote", default="origin")
@click.argument("branch", default="")
@job_options
def push(
    *, folder: Path, remote: str, branch: str, store: Path | None, **options: Any
) -> None:
    """Queue a git push of the newest commit of BRANCH (the current one)."""
    from rabta.outbox.orders import push_order

    order = push_order(folder, remote, branch)
    queue_it(configuration(store), chosen(order, options), options)


@command.command()
@click.argument("file", type=click.File("rb"))
@json_option
@language_option
@store_option
@config_option
def add(
    *, file: BinaryIO, as_json: bool, language: str | None, store: Path | None
) -> None:
    """Queue many jobs: FILE has one JSON object per line; - reads standard input.

    All are queued or, where one line is wrong, none.
    """
    from rabta.outbox.desk import opened
    from rabta.outbox.intake import read
    from rabta.outbox.orders import host_of

    with opened(configuration(store)) as queue:
        now = queue.clock.now()
        numbers = queue.add(
            [(one, host_of(one.work)) for one in read(file, file=file.name, now=now)]
        )
    if as_json:
        click.echo(json.dumps({"jobs": numbers}))
    else:
        lang = present.language(language)
        click.echo(label(lang, "outbox.added", count=len(numbers)))
