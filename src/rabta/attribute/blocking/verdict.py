"""From the rules' scores to one finding."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from rabta.attribute.blocking.rules import (
    CONNECTS,
    DATAGRAMS,
    HANDSHAKES,
    INITIALS,
    NAMES,
    REQUESTS,
    VEILED,
    judge,
)
from rabta.attribute.blocking.sight import own
from rabta.model.trial import Finding, Layer, Lookup, Outcome, Score, Trial


MODEL: Final = "blocking-4"
"""Version of the rules; changes whenever a finding could change."""
_LEAST: Final = 0.5
"""Below it nothing is called blocked."""


def find(trial: Trial) -> Finding:
    """Judge one trial.

    A filter on encrypted hellos stands beside the finding: it is for nobody alone.
    """
    told = [(x, s) for x in own(trial) if (s := judge(NAMES, trial, x))]
    if forged := _distrusted(trial, told):
        trial = replace(trial, distrusted=forged)
    found = _find(trial, [s for _, s in told])
    veiled = [s for x in trial.of(Layer.ECH) if (s := judge(VEILED, trial, x))]
    aside = tuple(dict.fromkeys(s.mechanism for s in _blamed(veiled)))
    return replace(found, scores=(*found.scores, *veiled), aside=aside)


def _find(trial: Trial, names: list[Score]) -> Finding:
    connects = [s for x in trial.of(Layer.TCP) if (s := judge(CONNECTS, trial, x))]
    shakes = [s for x in trial.of(Layer.TLS) if (s := judge(HANDSHAKES, trial, x))]
    asked = [s for x in trial.of(Layer.HTTP) if (s := judge(REQUESTS, trial, x))]
    quic = [s for x in trial.of(Layer.QUIC) if (s := judge(DATAGRAMS, trial, x))]
    named = [s for x in trial.of(Layer.QUIC_HELLO) if (s := judge(INITIALS, trial, x))]
    scores = (*names, *connects, *shakes, *asked, *quic, *named)
    lied = _blamed(names)
    if not lied and _arrived(trial, asked):
        if cut := _blamed([*named, *quic]):
            return _interfered(cut, scores)
        return Finding(Outcome.OK, (), 0.95, scores, "http.whole-over-tls")
    blamed = [
        *lied,
        *_blamed(connects),
        *_blamed(shakes),
        *_blamed(asked),
        *_blamed(named),
    ]
    if blamed:
        return _interfered(blamed, scores)
    down = [s for s in scores if s.down >= _LEAST and s.down > s.blocked]
    if down:
        worst = max(down, key=lambda s: s.down)
        return Finding(Outcome.DOWN, (), worst.down, scores, worst.rule)
    fine = [*asked] or [*shakes] or [*connects]
    if fine and all(s.ok > max(s.blocked, s.down) for s in fine):
        weakest = min((*fine, *names), key=lambda s: s.ok)
        if weakest.ok >= _LEAST:
            return Finding(Outcome.OK, (), weakest.ok, scores, weakest.rule)
    return Finding(Outcome.UNDETERMINED, (), 0.0, scores)


def _distrusted(trial: Trial, told: Iterable[tuple[Lookup, Score]]) -> frozenset[str]:
    found: set[str] = set()
    for lookup, score in told:
        if score.blocked > max(score.down, score.ok):
            found.update(lookup.addresses)
    return frozenset(found.difference(trial.addresses))


def _blamed(scores: Iterable[Score]) -> list[Score]:
    return [
        s
        for s in scores
        if s.mechanism and s.blocked >= _LEAST and s.blocked > max(s.down, s.ok)
    ]


def _arrived(trial: Trial, asked: list[Score]) -> bool:
    """Whether the service itself answered, at an address the user is led to."""
    if not trial.secure:
        return False
    whole = {s.about for s in asked if s.rule == "http.whole-over-tls"}
    final = [x for x in trial.of(Layer.HTTP) if x.page and x.page.status // 100 != 3]
    return any(x.address in whole and x.address not in trial.distrusted for x in final)


def _interfered(blamed: list[Score], scores: tuple[Score, ...]) -> Finding:
    mechanisms = tuple(dict.fromkeys(s.mechanism for s in blamed))
    only_slow = all(".throttle." in one for one in mechanisms)
    outcome = Outcome.THROTTLED if only_slow else Outcome.BLOCKED
    if not only_slow:
        mechanisms = tuple(m for m in mechanisms if ".throttle." not in m)
    first = next(s for s in blamed if s.mechanism == mechanisms[0])
    strongest = max(s.blocked for s in blamed if s.mechanism == mechanisms[0])
    return Finding(outcome, mechanisms, strongest, scores, first.rule)
