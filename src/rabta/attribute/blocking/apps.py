"""Tests of apps: what OONI's own test concluded of each part, as a finding.

A part that is blocked is enough, as a part that the app needs; mechanisms are the
layers of OONI's taxonomy, for more is not told. What is listed is what is used:
WhatsApp's web client, for one, is not, as OONI found that conclusion wrong for years.
"""

from typing import Final

from rabta.model import State
from rabta.model.trial import Concluded, Finding, Outcome, Score


_SHARE: Final = 0.8
PARTS: Final = {
    "telegram": {"tcp": "tcp", "http": "http", "web": "http"},
    "whatsapp": {"endpoints": "tcp", "registration": "http"},
    "facebook_messenger": {"tcp": "tcp", "dns": "dns"},
    "signal": {"backend": "tls"},
    "tor": {"targets": "tcp"},
    "torsf": {"bootstrap": "tcp"},
    "psiphon": {"bootstrap": "tcp"},
}
"""Parts of each test and the layer at which each is blocked."""


def conclude(told: Concluded) -> Finding:
    """Judge an app by its parts."""
    used = PARTS.get(told.test, {})
    scores = tuple(
        _score(f"{told.test}.{part}", used[part], state)
        for part, state in told.parts
        if part in used
    )
    blocked = [s for s in scores if s.blocked]
    if blocked:
        mechanisms = tuple(dict.fromkeys(s.mechanism for s in blocked))
        return Finding(Outcome.BLOCKED, mechanisms, _SHARE, scores, blocked[0].rule)
    if scores:
        return Finding(Outcome.OK, (), _SHARE, scores, scores[0].rule)
    return Finding(Outcome.UNDETERMINED, (), 0.0, ())


def _score(rule: str, layer: str, state: State) -> Score:
    if state is State.DOWN:
        return Score(rule, _SHARE, 1 - _SHARE, 0.0, layer)
    return Score(rule, 0.0, 0.0, _SHARE)


WEB: Final = {
    "dns": "dns",
    "tcp_ip": "tcp",
    "tls": "tls",
    "http-failure": "http",
    "http-diff": "http.blockpage",
}
"""What Web Connectivity names, for records that hold nothing but its conclusion."""


def web(blocking: object, accessible: object) -> Finding:
    """Take over the conclusion of a web measurement of which nothing else is told."""
    if isinstance(blocking, str) and blocking:
        layer = WEB.get(blocking, blocking)
        score = Score("web.concluded", _SHARE, 1 - _SHARE, 0.0, layer)
        return Finding(Outcome.BLOCKED, (layer,), _SHARE, (score,), score.rule)
    if blocking is False and accessible is not None:
        outcome = Outcome.OK if accessible else Outcome.DOWN
        return Finding(outcome, (), _SHARE, (), "web.concluded")
    return Finding(Outcome.UNDETERMINED, (), 0.0, ())
