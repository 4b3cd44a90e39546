"""What people read of ``rabta detect``."""

import math
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from rabta.agent.findings import overlapping, said
from rabta.cli import present
from rabta.cli.detect_quiet import quiet
from rabta.clock import SECOND
from rabta.locale import say
from rabta.model import Message, Notice


if TYPE_CHECKING:
    from rabta.attribute.cause import Explanation
    from rabta.cli.detect_input import Told
    from rabta.cli.detect_seen import Seen
    from rabta.detect.changepoints import ChangePoint
    from rabta.detect.found import Detection, Found
    from rabta.detect.recurring import Recurring

_MOST_LEVELS = 5
_MOST_CAUSES = 3
_MOST_FACTS = 3
_MIXED = 1.5
"""Rows for each time beyond which it is worth saying that they are put together."""


def chosen(told: "Told", lang: str, *, zoned: bool) -> list[str]:
    """Say which columns were taken for what."""
    choice, form = told.choice, told.choice.form.says.replace("-", " ")
    signals = ", ".join(
        f"{one.name} ({say(lang, f'detect.kind.{meaning.kind}')})"
        if one.name == one.column
        else f"{one.name} = {one.column} ({say(lang, f'detect.kind.{meaning.kind}')})"
        for one, meaning in zip(choice.signals, told.meanings, strict=True)
    )
    out = [
        _told(
            lang,
            "chosen",
            file=str(told.table.file),
            time=choice.time,
            form=form,
            signals=signals,
        )
    ]
    if choice.left:
        left = ", ".join(
            f"{column} ({say(lang, f'detect.left_because.{why}')})"
            for column, why in choice.left
        )
        out.append(_told(lang, "left", columns=left))
    if not choice.form.zoned and not zoned:
        out.append(_told(lang, "as_utc"))
    if told.share_times > _MIXED and not told.bin_seconds:
        out.append(_told(lang, "mixed", rows=f"{told.share_times:.0f}"))
    if told.bin_seconds:
        out.append(_told(lang, "gathered", span=told.bin_seconds))
    if told.empty:
        out.append(_told(lang, "empty", signals=", ".join(told.empty)))
    return out


def _told(lang: str, key: str, **args: str | float) -> str:
    return say(lang, f"detect.{key}", None, **args)


def moment(instant: int | None, local: tzinfo) -> str:
    """Return local time to the minute."""
    if instant is None:
        return "–"
    then = datetime.fromtimestamp(instant / SECOND, UTC).astimezone(local)
    return then.strftime("%Y-%m-%d %H:%M")


def uncertain(seconds: float) -> str:
    """Return the uncertainty of a time."""
    return f" ± {present.span(seconds)}" if seconds >= 1 else ""


def columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay *rows* out under *head*, two spaces apart."""
    widths = [
        max(_width(row[place]) for row in (head, *rows)) for place in range(len(head))
    ]
    lines = []
    for number, row in enumerate((head, *rows)):
        cells = [
            cell + " " * (width - _width(cell))
            for cell, width in zip(row, widths, strict=True)
        ]
        line = "  " + "  ".join(cells).rstrip()
        lines.append(present.faint(line) if not number else line)
    return lines


def _width(text: str) -> int:
    """Return how many places *text* takes up: marks and isolates take none."""
    return sum(unicodedata.category(sign) not in ("Mn", "Cf") for sign in text)


def lines(
    seen: "Seen",
    why: "Sequence[Explanation]",
    local: tzinfo,
    lang: str,
    announced: Sequence[Notice] = (),
) -> list[str]:
    """Lay one entity out: what it was compared with, then what departed from it."""
    detection = seen.detection
    out = [present.strong(detection.entity)]
    steps = sorted({summary.step_s for summary in detection.signals})
    if steps:
        out.append(present.faint(_told(lang, "steps", span=steps[0], place=str(local))))
    out += _signals(detection, lang)
    for name, points in detection.change_points.items():
        out += _levels(name, points, local, lang)
    out.append("")
    if not detection.disruptions:
        key = "only_levels" if detection.level_shifts else "none"
        out += [_told(lang, key), *_stayed(detection, local, lang)]
        return out + _standing(detection, lang) + _quiet(detection, lang)
    count = len(detection.disruptions)
    out.append(present.strong(_told(lang, "found", count=count)))
    out += columns(*table(detection, local, lang))
    out += [_pattern(one, lang) for one in detection.recurring]
    out += _stayed(detection, local, lang)
    out += _standing(detection, lang)
    out += _quiet(detection, lang)
    out += _held(seen, local, lang)
    out += _announced(detection, announced, local, lang)
    out += ["", *_why(detection, why, local, lang)]
    out += ["", present.faint(_told(lang, "cause"))]
    if detection.watermark is not None and any(
        one.end is None for one in detection.disruptions
    ):
        at = moment(detection.watermark, local)
        out.append(present.faint(_told(lang, "watermark", at=at)))
    return out


def _why(
    detection: "Detection", why: "Sequence[Explanation]", local: tzinfo, lang: str
) -> list[str]:
    """Say of each disruption what it is consistent with and what speaks most for it."""
    out = []
    for one, reason in zip(detection.disruptions, why, strict=True):
        out.append(f"  {moment(one.onset, local)}  {spoken_of(reason.sentence, lang)}")
        shares = ", ".join(
            f"{present.label(lang, f'cause.{cause}')} {present.percent(share)}"
            for cause, share in reason.causes[:_MOST_CAUSES]
        )
        out.append("    " + present.faint(shares))
        telling = [fact for fact in reason.evidence if fact.id != "prior"]
        out += [
            f"    {fact.nats:+.1f}  {spoken_of(fact.says, lang)}"
            for fact in telling[:_MOST_FACTS]
            if abs(fact.nats) >= 0.1
        ]
    return out


def _held(seen: "Seen", local: tzinfo, lang: str) -> list[str]:
    """Name the fewest parts that explain what a whole lost."""
    out = []
    for one, why in zip(seen.detection.disruptions, seen.explained, strict=False):
        everywhere = why.entities == (seen.detection.entity,)
        key = "everywhere" if everywhere else "parts"
        text = _told(lang, key, share=why.share, parts=", ".join(why.entities))
        out.append(f"  {moment(one.onset, local)}  {text}")
    return out


def _announced(
    detection: "Detection", announced: Sequence[Notice], local: tzinfo, lang: str
) -> list[str]:
    """Tell what others announced for the time of a disruption."""
    return [
        f"  {moment(one.onset, local)}  {spoken_of(said(report), lang)}"
        for one in detection.disruptions
        for report in overlapping(one, announced)
    ]


def spoken_of(message: Message, lang: str) -> str:
    """Return *message* in one language."""
    return say(lang, message.key, None, **dict(message.args))


def changed(detection: "Detection", local: tzinfo, lang: str) -> list[str]:
    """Lay out every change of level of the delays of one entity."""
    out = [present.strong(detection.entity)]
    for name, points in detection.change_points.items():
        out.append("  " + _told(lang, "changes", signal=name, count=len(points)))
        out += [
            f"    {moment(point.time, local)}  {point.before:.4g} → {point.after:.4g}"
            f"  ({point.magnitude:+.4g})"
            for point in points
        ]
    if not detection.change_points:
        out.append("  " + _told(lang, "no_delays"))
    return out


def _signals(detection: "Detection", lang: str) -> list[str]:
    head = [
        _told(lang, f"head.{key}")
        for key in ("signal", "kind", "baseline", "readings", "missing")
    ]
    rows = [
        [
            one.name,
            _told(lang, f"kind.{one.kind}"),
            _told(lang, f"baseline.{one.basis}"),
            f"{one.readings:,}",
            f"{one.missing:,}",
        ]
        for one in detection.signals
    ]
    return columns(head, rows)


def _levels(
    name: str, points: "Sequence[ChangePoint]", local: tzinfo, lang: str
) -> list[str]:
    """Tell the greatest steps of a delay: another route looks like that."""
    if not points:
        return []
    greatest = sorted(points, key=lambda point: -abs(point.magnitude))[:_MOST_LEVELS]
    told = "; ".join(
        f"{moment(point.time, local)}  {point.before:.4g} → {point.after:.4g}"
        for point in sorted(greatest, key=lambda point: point.time)
    )
    return [
        "  " + _told(lang, "levels", signal=name, count=len(points)),
        present.faint(f"    {told}"),
    ]


def _stayed(detection: "Detection", local: tzinfo, lang: str) -> list[str]:
    """Tell the greatest changes of level that stayed."""
    delays = {one.name for one in detection.signals if one.kind == "rtt"}
    greatest = sorted(detection.level_shifts, key=lambda one: -abs(one.magnitude))
    return [
        "  "
        + _told(
            lang,
            "level_worse" if one.magnitude < 0 else "level_better",
            since=moment(one.onset, local),
            signal=one.signal,
            depth=abs(change_of(one.magnitude, delay=one.signal in delays)),
        )
        for one in sorted(greatest[:_MOST_LEVELS], key=lambda one: one.onset)
    ]


def _standing(detection: "Detection", lang: str) -> list[str]:
    """Tell the hours of every day in which a signal stands still."""
    return [
        "  "
        + _told(
            lang,
            "standing",
            signal=one.signal,
            start=one.start.strftime("%H:%M"),
            stop=one.end.strftime("%H:%M"),
            first=one.first.isoformat(),
            last=one.last.isoformat(),
        )
        for one in detection.standing
    ]


def _quiet(detection: "Detection", lang: str) -> list[str]:
    return [f"  {line}" for line in quiet(detection, lang)]


def change_of(magnitude: float, *, delay: bool) -> float:
    """Return a change of level as a share of the former one, in the signal's unit."""
    return math.expm1(min(-magnitude, 700.0)) if delay else magnitude


def table(
    detection: "Detection", local: tzinfo, lang: str
) -> tuple[list[str], list[list[str]]]:
    """Return head and rows of the disruptions, a pattern as one row."""
    head = [
        _told(lang, f"head.{key}")
        for key in ("onset", "end", "lasted", "depth", "severity", "shown")
    ]
    rows = []
    told: set[int] = set()
    for one in detection.disruptions:
        times = ""
        if one.pattern is not None:
            if one.pattern in told:
                continue
            told.add(one.pattern)
            times = f" × {len(detection.recurring[one.pattern].occurrences)}"
        rows.append(_row(one, times, local, lang))
    return head, rows


def _row(one: "Found", times: str, local: tzinfo, lang: str) -> list[str]:
    shown = ", ".join(part.name for part in one.signals if part.fired)
    if one.end is None:
        end, lasted = present.label(lang, "ongoing"), "–"
    else:
        end = moment(one.end, local) + uncertain(one.end_uncertainty_s or 0.0)
        lasted = present.span((one.end - one.onset) / SECOND)
    return [
        moment(one.onset, local) + uncertain(one.onset_uncertainty_s),
        end,
        lasted + times,
        present.percent(one.depth),
        _told(lang, f"severity.{one.severity}") + (" ✓" if one.confirmed else ""),
        shown,
    ]


def _pattern(one: "Recurring", lang: str) -> str:
    return "  " + _told(
        lang,
        "recurs",
        count=len(one.occurrences),
        start=one.start.strftime("%H:%M"),
        stop=one.end.strftime("%H:%M"),
        first=one.first.isoformat(),
        last=one.last.isoformat(),
    )
