"""How a run of a job ended, as a value; the worker decides what follows from it."""

from dataclasses import dataclass
from typing import Literal

from rabta.model import Message


Kind = Literal["done", "line", "server", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to.

    ``done``; ``line``: the way failed, which costs no attempt; ``server``: the other
    side erred and is asked again later; ``failed``: asking again cannot help.
    """

    kind: Kind
    says: Message | None = None
    exit_code: int | None = None
    pause: float | None = None
    """Seconds the other side asked us to wait (Retry-After)."""


class LineError(Exception):
    """The way to the other side failed; *reason* is a failure name."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ServerError(Exception):
    """The other side refuses or errs, for now."""

    def __init__(self, says: Message, pause: float | None = None) -> None:
        super().__init__(says.key)
        self.says = says
        self.pause = pause


class FinalError(Exception):
    """Asking again cannot help."""

    def __init__(self, says: Message) -> None:
        super().__init__(says.key)
        self.says = says
