"""Figures and sentences of a report in one language."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, tzinfo

from rabta.clock import SECOND
from rabta.cost.service.bounds import Bounds
from rabta.locale import figure, render, say
from rabta.model import Message
from rabta.model.message import Arg


_ISOLATE, _POP = "\u2068", "\u2069"
_SPACE = "\u00a0"


class Voice:
    """Says things in *language*, times in *zone* and with their date.

    The same words each day: ``rabta verify`` says them again and compares.
    """

    def __init__(self, language: str, zone: tzinfo) -> None:
        self.language = language
        self._zone = zone

    def t(self, key: str, **args: Arg) -> str:
        """Return the report's own text *key*."""
        return self.say(Message.of(f"report.{key}", **args))

    def say(self, message: Message) -> str:
        """Return a sentence that the logic chose."""
        return render(message, self.language, self._zone, dated=True)

    def word(self, name: str) -> str:
        """Return a word sentences use, such as the name of a cause."""
        return say(self.language, f"word.{name}")

    def value(self, text: str) -> str:
        """Keep *text* in its own order among letters that run from right to left."""
        return f"{_ISOLATE}{text}{_POP}" if self.language == "ur" else text

    def listed(self, items: Iterable[str]) -> str:
        """Return *items* in a row, by the language's comma."""
        return ("، " if self.language == "ur" else ", ").join(items)

    def share(self, bounds: Bounds) -> str:
        """Return a share in percent."""
        return self._range(bounds, _percent)

    def duration(self, bounds: Bounds) -> str:
        """Return seconds in their two largest units."""
        return self._range(
            bounds, lambda value: figure(value, "duration", self.language)
        )

    def span(self, seconds: float) -> str:
        """Return seconds that are known."""
        return self.duration(Bounds(seconds, seconds))

    def delay(self, bounds: Bounds) -> str:
        """Return seconds in milliseconds."""
        return self._range(bounds, _milliseconds)

    def rate(self, bounds: Bounds) -> str:
        """Return bits per second."""
        return self._range(bounds, lambda value: figure(value, "bits"))

    def money(self, bounds: Bounds, currency: str) -> str:
        """Return an amount."""
        if bounds.low is None or bounds.high is None or bounds.low == bounds.high:
            return self._range(bounds, lambda value: f"{currency} {value:,.0f}")
        return self.value(f"{currency} {bounds.low:,.0f} … {bounds.high:,.0f}")

    def percent(self, share: float) -> str:
        """Return a share that is known, whole percents."""
        return self.value(f"{100 * share:.0f}{_SPACE}%")

    def moment(self, instant: int) -> str:
        """Return date and local time."""
        return self.value(f"{self._local(instant):%Y-%m-%d %H:%M:%S}")

    def when(self, onset: int, end: int | None) -> str:
        """Return from when to when."""
        if end is None:
            return self.t("since", at=self.moment(onset))
        begin, stop = self._local(onset), self._local(end)
        form = "%H:%M:%S" if stop.date() == begin.date() else "%Y-%m-%d %H:%M:%S"
        return self.value(f"{begin:%Y-%m-%d %H:%M:%S} – {stop:{form}}")

    def days(self, start: int, stop: int) -> str:
        """Return the first and the last day of [start, stop)."""
        first, last = self._local(start).date(), self._local(stop - 1).date()
        return self.value(f"{first}" if first == last else f"{first} – {last}")

    def _local(self, instant: int) -> datetime:
        return datetime.fromtimestamp(instant / SECOND, UTC).astimezone(self._zone)

    def _range(self, bounds: Bounds, form: Callable[[float], str]) -> str:
        if not bounds.known:
            return self.t("not_measured")
        low = None if bounds.low is None else form(bounds.low)
        high = None if bounds.high is None else form(bounds.high)
        if low == high and low is not None:
            return self.value(low)
        if high is None:
            return self.t("at_least", value=self.value(str(low)))
        if low is None:
            return self.t("at_most", value=self.value(high))
        return self.t("between", low=self.value(low), high=self.value(high))


def _percent(value: float) -> str:
    text = f"{100 * value:.3f}".rstrip("0").rstrip(".")
    return f"{text}{_SPACE}%"


def _milliseconds(value: float) -> str:
    digits = 1 if value < 0.1 else 0
    return f"{1000 * value:.{digits}f}{_SPACE}ms"
