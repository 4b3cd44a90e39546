"""What ``rabta test`` says of a result, for people and for programs."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rabta.agent.pace_test import PaceResult
from rabta.agent.service_test import Result
from rabta.attribute.paired import Pace
from rabta.cli.present import faint, label
from rabta.model.trial import Finding, Outcome, Score


_TOP = 6
_BY_NAME = "quic.timeout.sni"
_STALLED = "http.stalled-so-far"


def document(result: Result) -> dict[str, Any]:
    """Return everything that was found, and what it was found from."""
    return {
        "service": result.service,
        "host": result.host,
        "begun": result.begun,
        "ended": result.ended,
        "control": result.afar,
        "model": result.model,
        "lines": [
            {
                "uplink": line.uplink,
                "isp": line.isp,
                "family": line.family,
                "outcome": line.finding.outcome,
                "mechanisms": line.finding.mechanisms,
                "aside": line.finding.aside,
                "confidence": line.finding.confidence,
                "rule": line.finding.rule,
                "scores": [asdict(score) for score in line.finding.scores],
                "lookups": [asdict(one) for one in line.trial.lookups],
                "steps": [_step(asdict(one)) for one in line.trial.steps],
            }
            for line in result.lines
        ],
    }


def _step(told: dict[str, Any]) -> dict[str, Any]:
    if told["page"]:
        told["page"]["headers"] = sorted(told["page"]["headers"])
    return told


def lines(result: Result, lang: str) -> Iterator[str]:
    """Yield the finding of each line in sentences, then its evidence."""
    for line in result.lines:
        where = f"{line.isp or line.uplink} (IPv{line.family})"
        yield _sentence(line.finding, result.host, where, lang)
        if line.finding.aside:
            how = line.finding.aside
            yield label(lang, "test.ech", where=where, how=how)
        for score in _telling(line.finding):
            yield "  " + faint(_evidence(score, lang))
        if _BY_NAME in line.finding.mechanisms:
            yield "  " + faint(label(lang, "test.quic_name"))
        for lookup in line.trial.lookups:
            if lookup.second:
                yield "  " + faint(label(lang, "test.second"))
            if lookup.who == "nobody" and (lookup.addresses or not lookup.failure):
                yield "  " + faint(label(lang, "test.nobody"))
    if any(x.finding.outcome is Outcome.BLOCKED for x in result.lines):
        yield label(lang, "test.alternatives")
    if any(s.rule == _STALLED for x in result.lines for s in x.finding.scores):
        yield label(lang, "test.pairs", service=result.service)
    if not result.afar:
        yield label(lang, "test.no_helper")
    yield label(lang, "test.not_covered")


def _sentence(finding: Finding, host: str, where: str, lang: str) -> str:
    return label(
        lang,
        f"test.{finding.outcome}",
        host=host,
        where=where,
        how=finding.mechanisms,
        sure=finding.confidence,
    )


def _telling(finding: Finding) -> list[Score]:
    ranked = sorted(finding.scores, key=lambda s: -max(s.blocked, s.down))
    return ranked[:_TOP]


def _evidence(score: Score, lang: str) -> str:
    return label(
        lang,
        "test.score",
        rule=score.rule,
        about=score.about or "–",
        blocked=score.blocked,
        down=score.down,
        ok=score.ok,
    )


def pace_document(result: PaceResult) -> dict[str, Any]:
    """Return what the pairs of each line say, and the pairs."""
    return asdict(result)


def pace_lines(result: PaceResult, lang: str) -> Iterator[str]:
    """Yield what the pairs of each line say."""
    for line in result.lines:
        where = f"{line.isp or line.uplink} (IPv{line.family})"
        yield _pace(line.pace, result.host, where, lang)
    yield label(lang, f"test.against_{result.against}")


def _pace(pace: Pace, host: str, where: str, lang: str) -> str:
    key = "throttled" if pace.throttled else "alike" if pace.decided else "unclear"
    return label(
        lang,
        f"test.pace_{key}",
        host=host,
        where=where,
        ratio=pace.ratio,
        rate=pace.rate,
        control=pace.control_rate,
        p=f"{pace.p:.3g}",
        area=f"{pace.area:.2f}",
        pairs=pace.pairs,
        kind=label(lang, f"test.kind_{pace.limiter or 'unknown'}"),
    )
