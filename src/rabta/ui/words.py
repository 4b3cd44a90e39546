"""Texts and values as people read them, in one language."""

from datetime import UTC, datetime, tzinfo

from rabta.clock import SECOND
from rabta.locale import figure, render, say, texts
from rabta.model import Message


class Words:
    """The voice of a page."""

    def __init__(self, language: str, zone: tzinfo | None) -> None:
        self.language = language
        self._zone = zone

    def text(self, key: str, **args: str | float) -> str:
        """Return the page's own text *key*."""
        return say(self.language, f"ui.{key}", self._zone, **args)

    def speak(self, message: Message, **known: str) -> str:
        """Say a sentence that the logic chose; *known*: what it names, in words."""
        args = tuple((name, known.get(name, value)) for name, value in message.args)
        return render(Message(message.key, args), self.language, self._zone)

    def corridor(self, name: str) -> str:
        """Name a way out of the country; data may bring names without a text."""
        text = texts(self.language).get(f"ui.corridor.{name}")
        return text if isinstance(text, str) else name

    def failure(self, name: str) -> str:
        """Say in words what an attempt failed with."""
        return say(self.language, f"failure.{name}")

    def ms(self, seconds: float | None) -> str:
        """Milliseconds, with a digit more below ten."""
        if seconds is not None and seconds < 0.00995:
            return f"{1000 * seconds:.1f}\u00a0ms"
        return self._value("ms", seconds)

    def percent(self, ratio: float | None) -> str:
        """Return a share in percent."""
        return self._value("percent", ratio)

    def bits(self, rate: float | None) -> str:
        """Bits per second, scaled."""
        return self._value("bits", rate)

    def bytes(self, size: float | None) -> str:
        """Bytes, scaled."""
        return self._value("bytes", size)

    def duration(self, seconds: float | None) -> str:
        """Return a duration in one unit."""
        return self._value("duration", seconds)

    def _value(self, unit: str, value: float | None) -> str:
        if value is None:
            return self.text("none")
        return self.text(f"figure.value_{unit}", value=value)

    def sure(self, confidence: float) -> str:
        """Name a confidence that is not calibrated."""
        return figure(confidence, "sure", self.language)

    def local(self, microseconds: int) -> datetime:
        """Return a time in the reader's zone."""
        moment = datetime.fromtimestamp(microseconds / SECOND, UTC)
        return moment.astimezone(self._zone)

    def clock(self, microseconds: int) -> str:
        """Time of day."""
        return self.local(microseconds).strftime("%H:%M:%S")

    def moment(self, microseconds: int, now: int) -> str:
        """Time of day, with the date when it is not that of *now*."""
        then, today = self.local(microseconds), self.local(now)
        clock = then.strftime("%H:%M:%S")
        if then.date() == today.date():
            return clock
        day = f"{then.day} {self.text(f'month.{then.month}')}"
        return f"{day} {clock}" if then.year == today.year else f"{day} {then.year}"

    def brief(self, microseconds: int, now: int) -> str:
        """Hour and minute, and the date when that is not of *now*'s day."""
        then, today = self.local(microseconds), self.local(now)
        day = f"{then.day} {self.text(f'month.{then.month}')}"
        if then.year != today.year:
            return f"{day} {then.year}"
        clock = then.strftime("%H:%M")
        return clock if then.date() == today.date() else f"{day} {clock}"

    @staticmethod
    def iso(microseconds: int) -> str:
        """ISO 8601 in UTC, to the second, for machines and tooltips."""
        moment = datetime.fromtimestamp(microseconds / SECOND, UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
