"""``rabta status``: the verdict, the lanes, the services."""

import json
import time
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


@click.command()
@click.option("--watch", is_flag=True, help="Stay, and follow every change.")
@json_option
@language_option
@store_option
@config_option
def command(
    *, watch: bool, as_json: bool, language: str | None, store: Path | None
) -> None:
    """What is happening now."""
    path = store_path(store)
    lang = present.language(language)
    while True:
        written, status = newest_status(path)
        if not as_json and is_stale(written):
            click.echo("\n".join(before(status, written, lang)))
        require_fresh(path, written)
        if as_json:
            click.echo(json.dumps(status, ensure_ascii=False))
        else:
            text = "\n".join(lines(status, written, lang))
            if watch and present.coloured():
                click.clear()
            click.echo(text)
        if not watch:
            return
        while newest_status(path)[0] == written:
            time.sleep(0.5)
            require_fresh(path, written)


def before(status: Document, written: int, lang: str) -> list[str]:
    """Say what was last known, and how long ago."""
    host = status["host"]
    out = [aged(written, lang), present.strong(sentence(host["sentence"], lang))]
    simulated = [present.strong(label(lang, "simulated"))] * status["simulated"]
    lanes = (lane["verdict"] for lane in status["uplinks"])
    parts = [v for v in lanes if v["state"] != "up" and v != host]
    return out + simulated + [sentence(one["sentence"], lang) for one in parts]


def lines(status: Document, written: int, lang: str) -> list[str]:
    """Lay the status out for people, most important first."""
    host = status["host"]
    out = [present.strong(sentence(host["sentence"], lang), host["state"])]
    note = label(lang, "since", at=present.clock(host["since"]))
    if host["code"] != "fine":
        note += " · " + label(lang, "confidence", share=host["confidence"])
    out.append(present.faint(note))
    if status["simulated"]:
        out.append(present.strong(label(lang, "simulated")))
    if host["next_test"]:
        out.append(label(lang, "next", test=sentence(host["next_test"], lang)))
    for uplink in status["uplinks"]:
        out += ["", *_lane(uplink, lang)]
    if status["services"]:
        out += ["", present.strong(label(lang, "services"))]
        out += [_service(service, lang) for service in status["services"]]
    out += ["! " + sentence(problem, lang) for problem in status["health"]["problems"]]
    out += [present.faint(sentence(n, lang)) for n in status["health"].get("notes", ())]
    out += ["", present.faint(label(lang, "measured", at=present.clock(written)))]
    return out


def _lane(lane: Document, lang: str) -> list[str]:
    uplink, verdict = lane["uplink"], lane["verdict"]
    name = uplink["isp"] or uplink["name"]
    head = f"{present.mark(verdict['state'])} {present.strong(name)}"
    if name != uplink["interface"]:
        head += f" ({uplink['interface']})"
    out = [f"{head}  {sentence(verdict['sentence'], lang)}"]
    if uplink["asn"]:
        network = f"AS{uplink['asn']} {uplink.get('provider', '')}".rstrip()
        out.append(present.faint(f"  {label(lang, 'provider')}: {network}"))
    for line in lane["lines"]:
        lights = "  ".join(
            f"{present.mark(rung['state'])} "
            + (rung["group"] or label(lang, f"rung.{rung['rung']}"))
            for rung in line["rungs"]
        )
        rtt, loss = present.ms(line["rtt_seconds"]), present.percent(line["loss_ratio"])
        rate = present.bits(line["throughput_bits_per_second"], lang)
        figures = label(lang, "figures", rtt=rtt, loss=loss, rate=rate)
        out.append(f"  IPv{line['family']}  {figures}")
        out.append(f"        {lights}")
    return out


def _service(service: Document, lang: str) -> str:
    verdict = service["verdict"]
    best = min(
        (cell["seconds"] for cell in service["cells"] if cell["seconds"] is not None),
        default=None,
    )
    text = (
        "" if verdict["state"] == "up" else "  " + sentence(verdict["sentence"], lang)
    )
    seconds = present.ms(best)
    return f"{present.mark(verdict['state'])} {service['name']:<16} {seconds:>8}{text}"
