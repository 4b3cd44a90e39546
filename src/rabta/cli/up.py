"""``rabta up``: measure, and show it."""

from pathlib import Path

import click


@click.command()
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A rabta.toml, where it is not the usual one.",
)
@click.option(
    "--host", help="Address of the dashboard; other than loopback needs a token."
)
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the dashboard.")
@click.option("--store", type=click.Path(path_type=Path), help="Folder of the store.")
@click.option("--print-unit", is_flag=True, help="Print a systemd unit and stop.")
@click.option("--verbose", is_flag=True, help="Say on stderr what happens.")
def command(
    *,
    config_file: Path | None,
    host: str | None,
    port: int | None,
    store: Path | None,
    print_unit: bool,
    verbose: bool,
) -> None:
    """Start measuring; the dashboard is on http://127.0.0.1:4880.

    The first start finds the uplinks by itself. Ctrl-C stops it; nothing that was
    measured is lost.
    """
    if print_unit:
        from rabta.cli.unit import unit

        given = {
            "--config": config_file and config_file.absolute(),
            "--host": host,
            "--port": port,
            "--store": store and store.absolute(),
        }
        options = [f"{name}={value}" for name, value in given.items() if value]
        click.echo(unit(options), nl=False)
        return
    from rabta.api.up import up

    flags: dict[tuple[str | int, ...], str | int | Path | None] = {
        ("dashboard", "host"): host,
        ("dashboard", "port"): port,
        ("store", "path"): store,
    }
    up(config_file, flags, verbose=verbose, say=click.echo)
