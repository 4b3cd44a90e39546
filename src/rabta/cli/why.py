"""``rabta why``: evidence first, then alternatives and the next deciding test."""

import json
from pathlib import Path

import click

from rabta.cli import present
from rabta.cli.present import Document, label, sentence
from rabta.cli.reading import (
    aged,
    config_option,
    is_stale,
    json_option,
    language_option,
    newest_status,
    require_fresh,
    store_option,
    store_path,
)
from rabta.errors import UsageError


@click.command()
@click.argument("event", type=int, required=False)
@json_option
@language_option
@store_option
@config_option
def command(
    event: int | None, *, as_json: bool, language: str | None, store: Path | None
) -> None:
    """Why: the evidence behind what is happening, or behind EVENT (its number)."""
    path = store_path(store)
    lang = present.language(language)
    if event is None:
        written, status = newest_status(path)
        verdicts = _of_now(status)
        if not as_json and is_stale(written):
            click.echo(aged(written, lang))
            _tell(verdicts, lang, numbered=False)
        require_fresh(path, written)
    else:
        verdicts = _of_event(path, event)
    if as_json:
        click.echo(json.dumps({"verdicts": verdicts}, ensure_ascii=False))
        return
    _tell(verdicts, lang, numbered=event is not None)


def _tell(verdicts: list[Document], lang: str, *, numbered: bool) -> None:
    for number, verdict in enumerate(verdicts, 1):
        if number > 1:
            click.echo()
        if numbered and len(verdicts) > 1:
            told = label(lang, "numbered", number=number, count=len(verdicts))
            click.echo(present.strong(told))
        click.echo("\n".join(explain(verdict, lang)))


def _of_now(status: Document) -> list[Document]:
    """Return the host's verdict, then whatever is not fine."""
    parts = [lane["verdict"] for lane in status["uplinks"]]
    parts += [service["verdict"] for service in status["services"]]
    return [status["host"], *(v for v in parts if v["state"] not in ("up", "unknown"))]


def _of_event(path: Path, event: int) -> list[Document]:
    from rabta.agent.records import disruption_document

    document = disruption_document(path, event)
    if document is None:
        raise UsageError(f"there is no event {event}", hint="see 'rabta events'")
    verdicts: list[Document] = document["verdicts"]
    return verdicts


def explain(verdict: Document, lang: str) -> list[str]:
    """Lay one verdict out for people."""
    state = verdict["state"]
    head = sentence(verdict["sentence"], lang)
    out = [f"{present.mark(state)} {verdict['entity']}: {present.strong(head, state)}"]
    since = present.clock(verdict["since"])
    note = label(lang, "since", at=since)
    named = verdict.get("calibrated") and verdict["code"] != "undetermined"
    measured = verdict.get("calibrated")
    known = "probability" if named else "confidence"
    if verdict["code"] != "fine":
        note += " · " + label(lang, known, share=verdict["confidence"])
    out.append("  " + present.faint(note))
    for fact in sorted(verdict["evidence"], key=lambda f: -abs(f["nats"])):
        sign = "+" if fact["nats"] > 0 else "−"
        size = f"{abs(fact['nats']):.1f}"
        weight = f"{sign}{size}" if size != "0.0" else "±0.0" if fact["nats"] else ""
        out.append(f"  {weight:>5}  {sentence(fact['says'], lang)}")
    if verdict["causes"]:
        causes = tuple(
            label(lang, f"cause.{cause}")
            + (f" {present.percent(share)}" if measured else "")
            for cause, share in verdict["causes"]
        )
        out.append("  " + label(lang, "causes", causes=causes))
    out += [
        "  " + label(lang, "alternative", text=sentence(other, lang))
        for other in verdict["alternatives"]
    ]
    tests = verdict.get("tests") or [verdict["next_test"]]
    out += [
        "  " + label(lang, "next", test=sentence(test, lang)) for test in tests if test
    ]
    if verdict.get("model"):
        at = present.clock(verdict["time"])
        told = label(lang, "version", model=verdict["model"], at=at)
        out.append("  " + present.faint(told))
    return out
