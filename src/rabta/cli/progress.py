"""A word on stderr whenever something takes longer than a moment."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rabta.locale import say


_ON_TERMINAL = (0.5, 0.5)
"""Seconds until the first word, before silence is a question; and to the next."""
_ELSEWHERE = (1.0, 10.0)
"""A log is no place for a moving line, nor does anybody wait in front of it."""


class Progress:
    """One line per stage, once the stage has lasted a moment; nothing for the quick.

    The line comes from a thread of its own: what runs need not know of it.
    """

    def __init__(self, language: str = "en", stream: TextIO | None = None) -> None:
        self._language = language
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._share: float | None = None
        self._asked: Callable[[], float] | None = None

    def follow(self, share: Callable[[], float]) -> None:
        """Ask *share* how much of the running stage is done, when it is to be told."""
        self._asked = share

    def report(self, share: float) -> None:
        """Take note that *share* of the running stage is done, 0 to 1."""
        self._share = share

    def count(self, done: int, of: int) -> None:
        """Take note that *done* parts *of* so many are done."""
        self._share = done / of if of else 1.0

    @contextmanager
    def stage(self, key: str, **args: str | float) -> Iterator[None]:
        """Do one stage; the text ``detect.KEY`` says which."""
        self._share = self._asked = None
        done = threading.Event()
        teller = threading.Thread(
            target=self._tell,
            args=(say(self._language, f"detect.{key}", None, **args), done),
            daemon=True,
        )
        teller.start()
        try:
            yield
        finally:
            done.set()
            teller.join()

    def _tell(self, says: str, done: threading.Event) -> None:
        wait, pause = _ON_TERMINAL if self._terminal else _ELSEWHERE
        told = False
        while not done.wait(wait):
            share = self._asked() if self._asked else self._share
            known = f" {share:.0%}" if share is not None and share > 0 else " …"
            if self._terminal:
                self._stream.write(f"\r\x1b[K{says}{known}")
            else:
                self._stream.write(f"{says}{known}\n")
            self._stream.flush()
            told, wait = True, pause
        if told and self._terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
