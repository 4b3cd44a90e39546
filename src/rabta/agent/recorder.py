"""Observations on their way to the disk, a second at a time."""

import logging

from rabta.errors import StoreError
from rabta.model import Message, Observation
from rabta.store import Store


log = logging.getLogger(__name__)

_HELD = 200_000  # observations kept while the disk refuses: about three hours
_BATCH = 5_000  # written at once: a long queue must not hold the probes up


class Recorder:
    """Collects observations and writes each batch in one transaction.

    A disk that refuses (full, gone read-only) loses nothing at first: the batch is
    held and tried again. What had to be dropped in the end is counted and said.
    One thread may add while another flushes.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: list[Observation] = []
        self._dropped = 0
        self._refused = ""

    def add(self, observation: Observation) -> None:
        """Take one observation."""
        self._held.append(observation)

    @property
    def lost(self) -> int:
        """How many observations would be missing if everything ended now."""
        return len(self._held) + self._dropped

    def flush(self) -> None:
        """Write a batch of what is held; a refusal is remembered, not raised."""
        batch = self._held[:_BATCH]
        if not batch:
            return
        try:
            self._store.record(batch)
        except StoreError as error:
            if not self._refused:
                log.warning("the store refuses: %s", error)
            self._refused = str(error)
            surplus = len(self._held) - _HELD
            if surplus > 0:
                del self._held[:surplus]
                self._dropped += surplus
            return
        if self._refused:
            log.info("the store accepts again")
        self._refused = ""
        del self._held[: len(batch)]

    def drain(self) -> None:
        """Write all that is held, unless the disk refuses."""
        self.flush()
        while self._held and not self._refused:
            self.flush()

    def problems(self) -> tuple[Message, ...]:
        """Say what people should know of the disk."""
        if not self._refused:
            return ()
        return (
            Message.of(
                "agent.store_refuses",
                reason=self._refused,
                held=len(self._held),
                dropped=self._dropped,
            ),
        )
