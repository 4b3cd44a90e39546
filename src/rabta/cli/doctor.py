"""``rabta doctor``: what this machine can measure, and the cure for what it cannot."""

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rabta.cli import present
from rabta.cli.reading import (
    config_file,
    config_option,
    json_option,
    language_option,
    store_option,
)


if TYPE_CHECKING:
    from rabta.agent.doctor import Report
    from rabta.config import Config


@click.command()
@config_option
@store_option
@json_option
@language_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    store: Path | None,
    as_json: bool,
    language: str | None,
) -> None:
    """What this machine can and cannot measure, and how to fix it.

    Ends with 0 when everything needed works, even if reduced, and with 1 when Rabta
    cannot measure here. Asks your helper, if you have one; sends nothing else and
    changes nothing.
    """
    from rabta.agent.doctor import examine

    config, problem = _load(config_file(), store)
    report = asyncio.run(examine(config, problem=problem))
    if as_json:
        import msgspec

        from rabta.locale import spoken

        document = spoken(msgspec.to_builtins(report))
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        click.echo("\n".join(lines(report, present.language(language))))
    if not report.able:
        failed = [f.id for f in report.findings if f.mark == "failed"]
        click.echo(f"rabta: cannot measure here: {', '.join(failed)}", err=True)
        ctx.exit(1)


def lines(report: "Report", lang: str) -> list[str]:
    """Lay the report out for people: findings, the verdict, the one command."""
    from rabta.locale import render, say

    out = [
        f"{present.tick(finding.mark)} {render(finding.says, lang)}"
        for finding in report.findings
    ]
    reduced = sum(finding.mark == "reduced" for finding in report.findings)
    if not report.able:
        verdict = say(lang, "doctor.verdict.unable")
    elif reduced:
        verdict = say(lang, "doctor.verdict.reduced", count=reduced)
    else:
        verdict = say(lang, "doctor.verdict.fine")
    out += ["", present.strong(verdict)]
    if report.command:
        words = {"store.repair": "repair", "setcap": "setcap", "sysctl": "sysctl"}
        kind = next(kind for word, kind in words.items() if word in report.command)
        out += [
            "",
            say(lang, "doctor.cure.command"),
            f"  {report.command}",
            present.faint(say(lang, f"doctor.cure.{kind}")),
        ]
    return out


def _load(file: Path | None, store: Path | None) -> tuple["Config", str]:
    """Return the configuration; where it is broken, the defaults and the mistake."""
    from rabta.config import load
    from rabta.errors import ConfigError

    flags: dict[tuple[str | int, ...], str | int | Path | None]
    flags = {("store", "path"): store}
    try:
        return load(file, flags=flags), ""
    except ConfigError as error:
        plain = {k: v for k, v in os.environ.items() if not k.startswith("RABTA_")}
        return load(Path(os.devnull), plain, flags), str(error)
