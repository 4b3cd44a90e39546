"""What the probes mean: beliefs of every rung, and the decision table over them.

Pure: no input or output, no clock, no chance. A ``Ladder`` per line turns
observations into a ``LineState``; ``judge`` turns those into verdicts.
"""

from rabta.attribute.context import Context, Peer, Sight
from rabta.attribute.elsewhere import compare
from rabta.attribute.judge import Judgement, judge
from rabta.attribute.ladder import Ladder
from rabta.attribute.line import GroupState, LineState, ServiceState, Want
from rabta.attribute.table import MODEL
from rabta.attribute.throttling import Pair, Throttling, throttling


__all__ = [
    "MODEL",
    "Context",
    "GroupState",
    "Judgement",
    "Ladder",
    "LineState",
    "Pair",
    "Peer",
    "ServiceState",
    "Sight",
    "Throttling",
    "Want",
    "compare",
    "judge",
    "throttling",
]
