"""What a headline says: the cause it plainly names, and whether it is of plans.

Headlines deny, ask and quote. One that does, or that names several causes, names none
here; what accuses somebody is believed too little to stand for an order.
"""

import re
from typing import Final

from rabta.model import Cause
from rabta.sources.causes import causes_of


ACCUSED: Final = 0.4
"""How far a headline is believed at most that tells of an order or of interference."""
ACCUSING: Final = frozenset({Cause.SHUTDOWN, Cause.BLOCKING, Cause.THROTTLING})
_NOT: Final = re.compile(
    r"\b(den(y|ies|ied|ying)|reject\w*|refut\w*|dismiss\w*|rul(es?|ed) out|rumou?rs?"
    r"|alleg\w+|fake|no|not|never|nor|without|un(true|founded))\b|n['’]t\b|\?",
    re.IGNORECASE,
)
_SERVED: Final = (
    r"\b(internet|mobile|cell\w*|data|broadband|[345]g|networks?|services?)\b"
)
_ORDERED: Final = re.compile(
    rf"shut.?down|kill.?switch|suspen\w+\b.*{_SERVED}|{_SERVED}.*\bsuspen",
    re.IGNORECASE,
)
"""Governments and courts are in many headlines, and licences are suspended too."""
_VAGUE: Final = frozenset({Cause.SERVICE, Cause.ISP, Cause.LAN})
"""What words such as "service" and "operator" stand for: any headline has them."""
_WORK: Final = frozenset({Cause.CABLE, Cause.POWER, *_VAGUE})
"""What is maintained."""
_DAY: Final = re.compile(
    r"\bexam|\bmatric|elect(ion|oral)|\bpoll(s|ing)?\b|protest"
    r"|\bmarch\b|\bstrike|sit-in|rally|holiday|\beid\b|ashura|muharram|curfew|\bday\b",
    re.IGNORECASE,
)


def cause_in(words: str) -> Cause:
    """Return the one cause that *words* name; ``unknown`` where that is not plain."""
    named = causes_of(words)
    if not _ORDERED.search(words):
        named -= {Cause.SHUTDOWN}
    if _NOT.search(words):
        return Cause.UNKNOWN
    if Cause.MAINTENANCE in named:
        rest = named - {Cause.MAINTENANCE} - _WORK
        return Cause.UNKNOWN if rest else Cause.MAINTENANCE
    plain = named - _VAGUE or named & {Cause.ISP}
    return next(iter(plain)) if len(plain) == 1 else Cause.UNKNOWN


def is_day(words: str) -> bool:
    """Whether *words* name a day that matters: an examination, an election."""
    return Cause.MAINTENANCE not in causes_of(words) and bool(_DAY.search(words))
