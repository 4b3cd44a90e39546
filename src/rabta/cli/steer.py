"""``rabta steer``: which uplink carries what, and why; and the routes that follow."""

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rabta.cli import present
from rabta.cli.jobs import configuration, said
from rabta.cli.present import label
from rabta.cli.reading import (
    config_option,
    json_option,
    language_option,
    store_option,
)


if TYPE_CHECKING:
    from rabta.steer.document import Carrier, Decision, Rating


@click.command()
@click.option("--apply", "applies", is_flag=True, help="Set the routes, until stopped.")
@click.option("--reset", is_flag=True, help="Take back every route and rule of ours.")
@json_option
@language_option
@store_option
@config_option
def command(
    *,
    applies: bool,
    reset: bool,
    as_json: bool,
    language: str | None,
    store: Path | None,
) -> None:
    """Which uplink carries what, and why.

    Nothing is changed without --apply (Linux, as root). That leaves the routes of the
    system alone and stands before them; when it ends, however it ends, they count
    again within seconds.
    """
    from rabta.errors import UsageError

    if applies and reset:
        raise UsageError("--apply and --reset exclude each other")
    lang = present.language(language)
    _mean_who_asked()
    if reset:
        _reset(lang, as_json=as_json)
        return
    config = configuration(store)
    show = _printer(lang, as_json=as_json)
    if applies:
        import asyncio

        from rabta.steer.serve import apply

        asyncio.run(apply(config, show))
        if not as_json:
            click.echo(label(lang, "steer.restored"))
        return
    from rabta.clock import SystemClock
    from rabta.steer.document import read
    from rabta.steer.serve import look

    show(read(config.store.path, SystemClock()) or look(config))


def _mean_who_asked() -> None:
    """Take the configuration and the store of whoever called sudo, not root's."""
    who = os.environ.get("SUDO_USER")
    if who and sys.platform != "win32" and os.geteuid() == 0:
        import pwd

        with contextlib.suppress(KeyError):
            os.environ["HOME"] = pwd.getpwnam(who).pw_dir


def _reset(lang: str, *, as_json: bool) -> None:
    from rabta.steer.kernel import Kernel

    count = Kernel().clear()
    if as_json:
        click.echo(json.dumps({"removed": count}))
    else:
        click.echo(label(lang, "steer.reset", count=count))


def _printer(lang: str, *, as_json: bool) -> Any:
    def show(decision: "Decision") -> None:
        if as_json:
            from rabta.steer.document import plain

            click.echo(json.dumps(plain(decision), ensure_ascii=False))
        else:
            click.echo("\n".join(lines(decision, lang)))

    return show


def lines(decision: "Decision", lang: str) -> list[str]:
    """Lay a decision out for people."""
    key = "steer.applied" if decision.applied else "steer.dry"
    out = [present.strong(label(lang, key))]
    out += [_carrier(one, lang) for one in decision.carriers]
    if not decision.carriers:
        out.append(label(lang, "steer.nothing"))
    out.append("")
    out += [_rating(one, lang) for one in decision.lines]
    for move in decision.moves[-3:]:
        what = label(lang, f"steer.traffic.{move.traffic}")
        out.append(
            present.faint(
                f"{present.clock(move.time)}  IPv{move.family} {what}:"
                f" {move.before} → {move.after}  {said(move.why, lang)}"
            )
        )
    out += [present.faint(said(problem, lang)) for problem in decision.problems]
    return out


def _carrier(one: "Carrier", lang: str) -> str:
    what = label(lang, f"steer.traffic.{one.traffic}")
    return f"  IPv{one.family}  {what:<12}  {one.uplink:<12}  {said(one.why, lang)}"


def _rating(one: "Rating", lang: str) -> str:
    state = one.state.value if one.usable else "down"
    figures = []
    if one.rtt_seconds is not None:
        figures.append(label(lang, "steer.delay", span=one.rtt_seconds))
    if one.loss_ratio is not None:
        figures.append(label(lang, "steer.loss", share=one.loss_ratio))
    if one.calls is not None:
        figures.append(label(lang, "steer.calls", rating=round(one.calls)))
    if one.metered:
        figures.append(label(lang, "steer.metered"))
    if one.cap_bytes is not None:
        figures.append(
            label(lang, "steer.used", used=one.used_bytes, cap=one.cap_bytes)
        )
    return f"  {present.mark(state)} {one.uplink:<12} IPv{one.family}  " + " · ".join(
        figures
    )
