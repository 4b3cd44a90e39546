"""Sentences as data: a key of the locale and its arguments."""

from dataclasses import dataclass


Arg = str | int | float | tuple[str, ...]
"""What is put into a sentence; several names become a list in the reader's language."""


@dataclass(frozen=True, slots=True)
class Message:
    """A whole sentence, rendered at the edge in the reader's language.

    Never glued together from parts; ``rabta.locale.render`` knows how.
    """

    key: str
    args: tuple[tuple[str, Arg], ...] = ()

    @classmethod
    def of(cls, key: str, **args: Arg) -> "Message":
        """Build one from keyword arguments, sorted so that equal ones are equal."""
        return cls(key, tuple(sorted(args.items())))
