"""Errors that nobody foresaw: one of them must not end what measures, nor be silent."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from rabta.model import Message


log = logging.getLogger(__name__)

_NEWS = 3600.0  # seconds for which a mishap is worth mentioning
_SOON, _LATE = 5.0, 3600.0


class Mishaps:
    """Logged with their origin, counted, and told of for an hour after the last one.

    *key* names the sentence; it is given ``what`` failed last, the ``reason`` and the
    ``count`` since the start.
    """

    def __init__(self, key: str, monotonic: Callable[[], float]) -> None:
        self._key = key
        self._monotonic = monotonic
        self._known: set[tuple[str, type[BaseException]]] = set()
        self._count = 0
        self._newest: Message | None = None
        self._at = 0.0

    def note(self, what: str, error: BaseException) -> None:
        """Take one; the same again is counted, without its traceback."""
        self._count += 1
        reason = f"{type(error).__name__}: {error}"
        same = (what, type(error))
        origin = None if same in self._known else error
        self._known.add(same)
        log.warning("%s failed: %s", what, reason, exc_info=origin)
        self._newest = Message.of(
            self._key, what=what, reason=reason, count=self._count
        )
        self._at = self._monotonic()

    def problems(self) -> tuple[Message, ...]:
        """Say what people should know."""
        if self._newest is None or self._monotonic() - self._at > _NEWS:
            return ()
        return (self._newest,)


async def lasting(
    what: str,
    work: Callable[[], Coroutine[Any, Any, None]],
    mishaps: Mishaps,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Run *work* until it returns; begin it anew when it fails, ever more seldom."""
    loop = asyncio.get_running_loop()
    pause = _SOON
    while True:
        began = loop.time()
        try:
            return await work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the rest goes on
            mishaps.note(what, error)
        if loop.time() - began > _LATE:
            pause = _SOON  # it had gone well for a while
        await sleep(pause)
        pause = min(2 * pause, _LATE)
