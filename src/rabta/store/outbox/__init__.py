"""The durable queue: a database of its own beside the measurements'.

Any number of processes add jobs and work on them, whether or not one measures; the
store of the measurements has one writer, and a queue must not wait for it.
"""

from rabta.store.outbox.aftermath import Aftermath
from rabta.store.outbox.lease import Worker
from rabta.store.outbox.queue import FILE, KEPT, Gate, Queue, Tally
from rabta.store.outbox.working import Reached


__all__ = [
    "FILE",
    "KEPT",
    "Aftermath",
    "Gate",
    "Queue",
    "Reached",
    "Tally",
    "Worker",
]
