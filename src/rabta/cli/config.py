"""``rabta config``: show, check and extend the configuration."""

import json
import os
from pathlib import Path

import click

from rabta.cli.reading import (
    config_file,
    config_option,
    json_option,
    store_option,
    store_path,
)
from rabta.config import Config, load, paths
from rabta.config.show import rows
from rabta.errors import RabtaError, UsageError


@click.group(short_help="Show and check the configuration.")
@config_option
def command() -> None:
    """Show, check and extend the configuration.

    A flag wins over the environment, the environment over the file, the file over
    the default.
    """


def _place() -> Path:
    named = config_file() or (
        Path(given) if (given := os.environ.get("RABTA_CONFIG")) else None
    )
    return (named or paths.config_file(os.environ)).absolute()


@command.command()
@click.option("--origin", is_flag=True, help="Say where each value comes from.")
@json_option
@config_option
def show(origin: bool, as_json: bool) -> None:  # noqa: FBT001
    """Show every value that is in force."""
    config = load(config_file())
    if as_json:
        values = {key: value for key, value, _ in rows(config)}
        origins = {key: where for key, _, where in rows(config)}
        document: dict[str, object] = {
            "file": str(config.file) if config.file else None,
            "values": values,
        }
        if origin:
            document["origins"] = origins
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    found = rows(config)
    width = max(len(key) for key, _, _ in found)
    for key, value, where in found:
        text = json.dumps(value, ensure_ascii=False)
        click.echo(f"{key:{width}}  {text}" + (f"  # {where}" if origin else ""))


@command.command()
@json_option
@config_option
def check(as_json: bool) -> None:  # noqa: FBT001
    """Check the file, the targets and the secrets it names; start nothing."""
    try:
        counts = _checked(load(config_file()))
    except RabtaError as error:
        if not as_json:
            raise
        click.echo(json.dumps({"ok": False, "problem": str(error)}))
        raise click.exceptions.Exit(error.exit_code) from None
    if as_json:
        click.echo(json.dumps({"ok": True, **counts}))
    else:
        click.echo(
            f"{counts['file'] or 'the defaults'}: fine; country {counts['country']}, "
            f"{counts['services']} services, {counts['targets']} targets"
        )


def _checked(config: Config) -> dict[str, str | int | None]:
    from rabta.config import read_secret, read_token
    from rabta.config.targets import targets

    if config.dashboard.token_file is not None:
        read_token(config.dashboard.token_file)
    for secret in (vantage.token_file for vantage in config.vantages):
        if secret is not None:
            read_secret(secret)
    if config.firm is not None:
        from rabta.cost.firm.needs import needs_of
        from rabta.cost.firm.table import firm_of

        firm_of(config.firm)
        needs_of(config.firm)
    if config.contracts:
        from rabta.cost.service.contract import contracts_of

        contracts_of(config.contracts)
    return {
        "file": str(config.file) if config.file else None,
        "country": config.country,
        "services": len(config.services),
        "targets": len(targets(config)),
    }


@command.command()
@json_option
@config_option
def path(as_json: bool) -> None:  # noqa: FBT001
    """Print where the configuration is read from."""
    place = _place()
    if as_json:
        click.echo(json.dumps({"path": str(place), "exists": place.exists()}))
    else:
        click.echo(place)


@command.command()
@click.argument("service", nargs=-1)
@json_option
@config_option
def add(service: tuple[str, ...], as_json: bool) -> None:  # noqa: FBT001
    """Measure SERVICE too: a name of the catalogue, or a URL.

    Without one, list the catalogue.
    """
    from rabta.config.catalogue import catalogue
    from rabta.config.edit import add_service

    if not service:
        known = catalogue().values()
        if as_json:
            click.echo(json.dumps({one.name: one.url for one in known}))
        else:
            for one in known:
                click.echo(f"{one.name:<14} {one.title:<22} {one.url}")
        return
    place = _place()
    added = [add_service(place, item) for item in service]
    if as_json:
        document = {"file": str(place), "added": [one.name for one in added]}
        click.echo(json.dumps(document))
    else:
        for one in added:
            click.echo(f"added {one.name} ({one.url}) to {place}")
        click.echo("restart 'rabta up' to measure it")


@command.command()
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@json_option
@config_option
def init(force: bool, as_json: bool) -> None:  # noqa: FBT001
    """Write a commented example to start from."""
    from importlib import resources

    from rabta.config.edit import write

    place = _place()
    if place.exists() and not force:
        raise UsageError(f"{place} exists", hint="--force replaces it")
    example = resources.files("rabta.config").joinpath("example.toml")
    write(place, example.read_text("utf-8"))
    click.echo(json.dumps({"path": str(place)}) if as_json else f"wrote {place}")


@command.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace a token that is there.")
@json_option
@config_option
def token(file: Path | None, force: bool, as_json: bool) -> None:  # noqa: FBT001
    """Make a token for the dashboard, in FILE or beside the configuration.

    Whoever has it may look from another machine; only you can read the file.
    """
    from rabta.config import write_token

    place = (file or _place().with_name("token")).absolute()
    write_token(place, force=force)
    if as_json:
        click.echo(json.dumps({"path": str(place)}))
    else:
        click.echo(f"wrote {place}; in rabta.toml:\n")
        click.echo(f"[dashboard]\ntoken_file = {json.dumps(str(place))}")


@command.command()
@click.option("--new", is_flag=True, help="Sign by a new key from here on.")
@store_option
@json_option
@config_option
def key(new: bool, store: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Show whose the evidence is: tell it to those who get reports, by another way.

    A new key is signed for by the old one, and the log tells of both.
    """
    from rabta.clock import SystemClock
    from rabta.report.evidence import keys, note
    from rabta.report.evidence.log import Log
    from rabta.store.evidence import Leaves

    folder = store_path(store)
    if new:
        with Log.open(folder, clock=SystemClock()) as log:
            log.rotate()
    public = keys.signing_key(folder).public
    named, place = keys.fingerprint(public), folder / keys.FILE
    if as_json:
        with Leaves.read(folder) as leaves:
            verifier = note.verifier_of(leaves.known()[0], public)
        document = {"fingerprint": named, "verifier": verifier, "path": str(place)}
        click.echo(json.dumps(document))
    else:
        click.echo(f"{named}\n{place}; only you can read it, keep a copy")
