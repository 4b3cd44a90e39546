"""``rabta get``: a file, on from where it stopped whatever happens to the line."""

from pathlib import Path
from typing import Any

import click

from rabta.cli.jobs import chosen, configuration, do_it, job_options, queue_it


@click.command()
@click.argument("url")
@click.argument("file", type=click.Path(path_type=Path), default=Path())
@click.option("--detach", is_flag=True, help="Queue it, and return at once.")
@click.option("--limit", default="", help="Bits per second: 2M, or 2M@09:00-18:00.")
@click.option("--header", "headers", multiple=True, help="NAME=value.")
@click.option("--sha256", default="", help="What the file's digest must be.")
@click.option("--overwrite", is_flag=True, help="Replace FILE if it exists.")
@job_options
def command(
    *,
    url: str,
    file: Path,
    detach: bool,
    limit: str,
    headers: tuple[str, ...],
    sha256: str,
    overwrite: bool,
    store: Path | None,
    **options: Any,
) -> None:
    """Get URL as FILE, or under its own name into a folder (here).

    It appears under its name when it is whole; until then it is
    NAME.JOB.rabta-part beside it.
    """
    from rabta.outbox.limit import limit_of
    from rabta.outbox.orders import download_order

    order = download_order(
        url,
        file,
        headers=headers,
        limit=limit_of(limit),
        sha256=sha256,
        overwrite=overwrite,
    )
    act = queue_it if detach else do_it
    act(configuration(store), chosen(order, options), options)
