"""Quiet week-ends, as people read of them."""

from typing import TYPE_CHECKING

from rabta.locale import say


if TYPE_CHECKING:
    from rabta.detect.found import Detection
    from rabta.detect.weekend import QuietDays


def quiet(detection: "Detection", lang: str) -> list[str]:
    """Tell the week-ends whose fall was taken for usual, and what would show more."""
    return [
        say(lang, "detect.quiet", None, signal=one.signal, **_args(one))
        for one in detection.quiet
    ]


def quiet_of(detection: "Detection", signal: str, lang: str) -> list[str]:
    """Tell the same of one signal in a few words."""
    told = (
        say(lang, "detect.quiet_brief", None, **_args(one))
        for one in detection.quiet
        if one.signal == signal
    )
    return [*dict.fromkeys(told)]


def _args(one: "QuietDays") -> dict[str, str | float | tuple[str, ...]]:
    return {
        "depth": one.depth,
        "days": tuple(f"weekday-{day.weekday()}" for day in one.days),
        "first": one.days[0].isoformat(),
    }
