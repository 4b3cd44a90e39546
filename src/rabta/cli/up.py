"""``rabta up``: measure, and show it."""

from pathlib import Path

import click

from rabta.cli.reading import config_file, config_option, store_option


@click.command()
@config_option
@click.option(
    "--host", help="Address of the dashboard; other than loopback needs a token."
)
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the dashboard.")
@store_option
@click.option(
    "--print-unit",
    type=click.Choice(("user", "system")),
    is_flag=False,
    flag_value="user",
    help="Print a systemd unit, yours or the system's, and stop.",
)
@click.option("--verbose", is_flag=True, help="Say on stderr what happens.")
def command(
    *,
    host: str | None,
    port: int | None,
    store: Path | None,
    print_unit: str | None,
    verbose: bool,
) -> None:
    """Start measuring; the dashboard is on http://127.0.0.1:4880.

    The first start finds the uplinks by itself. Ctrl-C stops it; nothing that was
    measured is lost.
    """
    file = config_file()
    if print_unit:
        from getpass import getuser

        from rabta.cli.unit import unit

        given = {
            "--config": file and file.absolute(),
            "--host": host,
            "--port": port,
            "--store": store and store.absolute(),
        }
        options = [f"{name}={value}" for name, value in given.items() if value]
        if print_unit == "user":
            click.echo(unit(options), nl=False)
            return
        from rabta.config import load

        steers = load(file).steer.apply
        click.echo(unit(options, user=getuser(), steers=steers), nl=False)
        return
    from rabta.api.up import up

    flags: dict[tuple[str | int, ...], str | int | Path | None] = {
        ("dashboard", "host"): host,
        ("dashboard", "port"): port,
        ("store", "path"): store,
    }
    up(file, flags, verbose=verbose, say=click.echo)
