"""``rabta send``: a file, on from where it stopped whatever happens to the line."""

from pathlib import Path
from typing import Any

import click

from rabta.cli.jobs import chosen, configuration, do_it, job_options, queue_it


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("url")
@click.option("--detach", is_flag=True, help="Queue it, and return at once.")
@click.option("--limit", default="", help="Bits per second: 2M, or 2M@09:00-18:00.")
@click.option("--header", "headers", multiple=True, help="NAME=value, for HTTP.")
@click.option(
    "--check",
    type=click.Choice(["auto", "read-back", "none"]),
    default="auto",
    show_default=True,
    help="How the far side's copy is verified.",
)
@job_options
def command(
    *,
    file: Path,
    url: str,
    detach: bool,
    limit: str,
    headers: tuple[str, ...],
    check: str,
    store: Path | None,
    **options: Any,
) -> None:
    """Send FILE to URL: tus, PUT, s3://, gs://, az://, rsync://, ssh:// (rsync), sftp://.

    \b
    rabta send film.mov https://uploads.example.com/files/
    rabta send --deadline 18:00 --unmetered film.mov sftp://me@host/in/film.mov
    """  # noqa: D301 - click's mark for "keep these lines"
    from rabta.model import Check
    from rabta.outbox.limit import limit_of
    from rabta.outbox.orders import upload_order

    order = upload_order(
        file, url, headers=headers, limit=limit_of(limit), check=Check(check)
    )
    act = queue_it if detach else do_it
    act(configuration(store), chosen(order, options), options)
