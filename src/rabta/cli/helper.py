"""``rabta helper``: a small server abroad that other Rabtas measure against."""

import asyncio
import contextlib
import json
import os
import secrets
import signal
from pathlib import Path

import click

from rabta.cli import present
from rabta.cli.reading import config_option, json_option, language_option
from rabta.clock import SystemClock
from rabta.errors import UsageError


@click.command()
@click.option(
    "--service",
    "services",
    multiple=True,
    required=True,
    metavar="NAME",
    help="May be asked about: a name of the catalogue, or a URL; again for each.",
)
@click.option("--listen", default="0.0.0.0", show_default=True, help="An address.")
@click.option("--port", default=4881, show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--plain-port",
    type=click.IntRange(0, 65535),
    help="Also send timed bytes over plain HTTP, to test services without TLS.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where key, certificate and token are kept.",
)
@json_option
@language_option
@config_option
def command(
    *,
    services: tuple[str, ...],
    listen: str,
    port: int,
    plain_port: int | None,
    folder: Path | None,
    as_json: bool,
    language: str | None,
) -> None:
    """Serve until stopped; prints what to write into rabta.toml at home.

    Answers nobody without the token. It sends timed bytes, says what arrived, and
    looks at the services named here; it passes nobody's traffic on.
    """
    from rabta.agent.helper import Helper, Identity
    from rabta.agent.helper.check import Checker
    from rabta.config import paths, read_secret
    from rabta.config.catalogue import catalogue, choose

    lang = present.language(language)
    known = catalogue()
    try:
        chosen = [choose(one, known) for one in services]
    except ValueError as error:
        message, *hint = error.args
        raise UsageError(message, hint=hint[0] if hint else "") from None
    clock = SystemClock()
    folder = folder or paths.data_folder(os.environ) / "helper"
    identity = Identity.of(folder, clock.now())
    token = folder / "token"
    if not token.exists():
        descriptor = os.open(token, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
    helper = Helper(read_secret(token), Checker(chosen, clock), clock)

    async def serve() -> None:
        server = await helper.serve(listen, port, identity.context())
        actual = server.sockets[0].getsockname()[1]
        plain = None
        if plain_port is not None:
            plain = await helper.serve_plain(listen, plain_port)
        document = {
            "port": actual,
            "plain_port": plain.sockets[0].getsockname()[1] if plain else None,
            "fingerprint": identity.fingerprint,
            "token_file": str(token),
            "services": [one.name for one in chosen],
        }
        if as_json:
            click.echo(json.dumps(document))
        else:
            click.echo(present.label(lang, "helper.serving", port=actual))
            click.echo(present.label(lang, "helper.copy", token=str(token)))
            click.echo(
                f'\n[helper]\nurl = "https://ADDRESS:{actual}"\n'
                f'token_file = "~/.config/rabta/helper-token"\n'
                f'fingerprint = "{identity.fingerprint}"'
            )
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(name, stop.set)
        async with server, plain or contextlib.nullcontext():
            await stop.wait()

    asyncio.run(serve())
