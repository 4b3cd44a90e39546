"""The newest status, to whoever watches and to the disk, no oftener than useful."""

import contextlib
from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from rabta.agent.live import LiveHub
from rabta.agent.pipeline import Allowance, Pipeline
from rabta.clock import SECOND
from rabta.errors import StoreError
from rabta.locale import spoken
from rabta.model import Message, Observation, Status


_QUIET = 5 * SECOND  # between writes while nothing changes
_WATCHED = SECOND  # between pushes to watchers


class Store(Protocol):
    """The part of the store the publisher writes to."""

    def put_status(self, document: bytes) -> None:
        """Replace the status document."""


class Publisher:
    """Decides when a status is assembled at all: that is the daemon's dearest step."""

    def __init__(self, pipeline: Pipeline, store: Store, hub: LiveHub) -> None:
        self._pipeline = pipeline
        self._store = store
        self._hub = hub
        self._written = 0
        self._pushed = 0
        self._samples: list[Observation] = []

    def sample(self, observation: Observation) -> None:
        """Count an observation, and keep it if anybody looks at the moving charts."""
        self._hub.count(observation)
        if self._hub.watched:
            self._samples.append(observation)

    def publish(
        self,
        now: int,
        allowances: Mapping[str, Allowance],
        problems: Iterable[Message],
        notes: Iterable[Message] = (),
        *,
        changed: bool,
    ) -> None:
        """Push and write what is due; a change is always due."""
        to_disk = changed or abs(now - self._written) >= _QUIET
        to_watchers = self._hub.watched and (
            changed or abs(now - self._pushed) >= _WATCHED
        )
        if not (to_disk or to_watchers):
            return
        status = self._pipeline.status(now, allowances, problems, notes)
        self._hub.publish(status)
        self._pushed = now
        if self._samples:
            self._hub.samples(tuple(self._samples))
            self._samples = []
        if to_disk:
            self._write(status, now)

    def _write(self, status: Status, now: int) -> None:
        document = msgspec.json.encode(spoken(msgspec.to_builtins(status)))
        self._written = now
        # a refusal is the recorder's to tell, in the status that was just pushed
        with contextlib.suppress(StoreError):
            self._store.put_status(document)
