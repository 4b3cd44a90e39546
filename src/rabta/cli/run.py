"""``rabta run``: a command that survives the outages of its line."""

import os
import sys
from pathlib import Path
from typing import Any

import click

from rabta.cli import present
from rabta.cli.jobs import chosen, configuration, job_options, queue_it, said


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--detach", is_flag=True, help="Queue it, and return at once.")
@click.option(
    "--rerun",
    type=click.Choice(["outage", "always", "never"]),
    default="outage",
    show_default=True,
    help="When a command that ended with an error runs again.",
)
@click.option("--env", "names", multiple=True, help="NAME or NAME=value to pass on.")
@click.option("--no-line", is_flag=True, help="It needs no line at all.")
@click.argument("argv", nargs=-1, required=True, type=click.UNPROCESSED)
@job_options
def command(
    *,
    detach: bool,
    rerun: str,
    names: tuple[str, ...],
    argv: tuple[str, ...],
    store: Path | None,
    **options: Any,
) -> None:
    """Run a command when the line allows, and again when an outage broke it.

    \b
    rabta run -- rsync -a work/ office:work/
    rabta run --detach --deadline 18:00 -- ./publish.sh

    The exit code is the command's own. What is queued gets a small environment; --env
    adds to it.
    """  # noqa: D301 - click's mark for "keep these lines"
    from dataclasses import replace

    from rabta.model import Command, Rerun
    from rabta.outbox.foreground import run_command
    from rabta.outbox.orders import command_order
    from rabta.outbox.secret import refuse_secrets_in

    config = configuration(store)
    if detach:
        refuse_secrets_in(argv)
    order = command_order(
        argv,
        folder=Path.cwd(),
        names=names,
        environment=os.environ,
        rerun=Rerun(rerun),
    )
    order = chosen(order, options)
    if detach:
        queue_it(config, order, options)
        return
    if isinstance(order.work, Command):  # a child of this terminal has all it has
        whole = {**os.environ, **dict(order.work.environment)}
        work = replace(order.work, environment=tuple(whole.items()))
        order = replace(order, work=work)
    lang = present.language(options["language"])
    sys.exit(run_command(config, order, lambda m: click.echo(said(m, lang), err=True)))
