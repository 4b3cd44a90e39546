"""``rabta verify``: what a report proves and what it does not, offline."""

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
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
    store_path,
)
from rabta.errors import UsageError


if TYPE_CHECKING:
    from rabta.report.evidence import Findings, Verified

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_TICKS = {"broken": "failed", "proven": "ok", "unproven": "reduced"}


@click.command()
@click.argument("report", type=_FILE, required=False)
@click.option(
    "--checkpoint",
    type=_FILE,
    help="A checkpoint you hold, or a report: the log must have grown from it.",
)
@click.option(
    "--key",
    help="Whose it should be: a fingerprint, or a file with a public key.",
)
@click.option("--log", is_flag=True, help="This machine's own log, against its store.")
@store_option
@config_option
@json_option
@language_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    report: Path | None,
    checkpoint: Path | None,
    key: str | None,
    log: bool,
    store: Path | None,
    as_json: bool,
    language: str | None,
) -> None:
    """What REPORT proves and what not: HTML, PDF, JSON, or its evidence alone.

    Needs no network and nothing but the file. Ends with 0 when nothing is broken and
    with 1 when something is, or nothing is shown of the checkpoint you hold.
    """
    if (report is None) is not log:
        raise UsageError("name a report, or --log", hint="see 'rabta verify --help'")
    if report is None:
        from rabta.config import load
        from rabta.report.evidence import audit
        from rabta.store import Retention

        if key or checkpoint:
            raise UsageError("--key and --checkpoint go with a report")
        kept = Retention(load(config_file()).store.raw_days)
        findings, facts = audit(store_path(store), retention=kept), {}
    else:
        from rabta.report.proof import examined

        with _uncollected():
            verified = examined(
                report.read_bytes(),
                signer=_signer(key),
                held=checkpoint.read_bytes() if checkpoint else None,
            )
        findings, facts = verified.findings, _facts(report, verified)
    if checkpoint is not None:
        facts["checkpoint_shown"] = findings.proves("pinned")
    shown = checkpoint is None or findings.proves("pinned")
    if as_json:
        click.echo(json.dumps(document(findings, facts), ensure_ascii=False))
    else:
        click.echo("\n".join(lines(findings, present.language(language), shown=shown)))
    if findings.broken or not shown:
        ctx.exit(1)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no cycles meanwhile: a year is millions of objects without any."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _signer(given: str | None) -> str:
    """Return the fingerprint that ``--key`` names."""
    if given is None:
        return ""
    from rabta.report.evidence.keys import fingerprint_in

    try:
        file = Path(given)
        return fingerprint_in(file.read_text("utf-8") if file.is_file() else given)
    except (OSError, ValueError):
        raise UsageError(
            f"{given!r} is no fingerprint, and no file with an Ed25519 public key",
            hint="a fingerprint has 64 hexadecimal digits",
        ) from None


def _facts(report: Path, verified: "Verified") -> dict[str, object]:
    from rabta.report.evidence.keys import fingerprint

    told: dict[str, object] = {"file": str(report)}
    if verified.checkpoint is not None and verified.public:
        told |= {
            "log": verified.checkpoint.log,
            "size": verified.checkpoint.size,
            "time": verified.checkpoint.time,
            "key": fingerprint(verified.public),
        }
    return told


def document(findings: "Findings", facts: dict[str, object]) -> dict[str, object]:
    """Return the JSON form."""
    import msgspec

    from rabta.locale import spoken

    told = spoken(msgspec.to_builtins(findings.found), dated=True)
    return {**facts, "broken": findings.broken, "findings": told}


def lines(findings: "Findings", lang: str, *, shown: bool = True) -> list[str]:
    """Lay it out for people: what is proven, what is not, what is broken.

    Not *shown* is that the log grew from the checkpoint that was asked about.
    """
    from rabta.locale import render

    out: list[str] = []
    for mark, tick in _TICKS.items():
        found = [one for one in findings.found if one.mark == mark]
        if found:
            out.append(present.strong(present.label(lang, f"verify.{mark}")))
            sign = present.tick(tick)
            out += [f"  {sign} {render(one.says, lang, dated=True)}" for one in found]
            out.append("")
    verdict = "refused" if findings.broken else "whole" if shown else "not_shown"
    out.append(present.strong(present.label(lang, f"verify.{verdict}")))
    return out
