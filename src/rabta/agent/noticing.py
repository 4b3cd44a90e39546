"""Announcements into the store, and the disruptions they bear on judged anew."""

from collections.abc import Sequence
from dataclasses import dataclass

from rabta.agent.explaining import concerned
from rabta.agent.public import judge_entities
from rabta.agent.public_records import Looked
from rabta.attribute.notices import Settled, settle
from rabta.clock import Clock
from rabta.model import Notice
from rabta.store import Store


@dataclass(frozen=True, slots=True)
class Added:
    """What became of some announcements."""

    settled: Settled
    new: int
    looked: Looked


def add(store: Store, told: Sequence[Notice], clock: Clock) -> Added:
    """Keep what is new among *told*; give touched disruptions a new verdict.

    Raises ``StoreError``.
    """
    before = {one.id: one for one in store.notices()}
    settled = settle(before.values(), told, clock.now())
    fresh = [one for one in settled.kept if before.get(one.id) != one]
    left = {one.id for one in settled.kept}
    gone = [one for one in before.values() if one.id not in left]
    store.put_notices(fresh)
    store.remove_notices([one.id for one in gone])
    new = sum(one.id not in before for one in fresh)
    looked = judge_entities(store, concerned(store, [*fresh, *gone]))
    return Added(settled, new, looked)


def remove(store: Store, ids: Sequence[str]) -> int:
    """Forget announcements; what they bore on is judged anew. Raises ``StoreError``."""
    gone = [one for one in store.notices() if one.id in ids]
    removed = store.remove_notices(ids)
    judge_entities(store, concerned(store, gone))
    return removed
