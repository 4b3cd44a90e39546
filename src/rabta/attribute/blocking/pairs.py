"""From pairs that differ in one thing only to steps of a trial.

Where the harmless half was never answered the pair says nothing, and makes no step.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from rabta import failure
from rabta.model import Observation, Probe, State, Target, TlsDetail
from rabta.model.trial import Layer, Step


INNOCUOUS: Final = "quic-innocuous"
"""The service's address, asked over QUIC for a name nobody filters."""
OUTER: Final = "ech-outer"
"""The service's address, shown such a name outside an encrypted hello, or alone."""
ELSEWHERE: Final = "ech-elsewhere"
"""An unrelated server, shown the same."""
_Half = list[Observation]


def paired(
    service: Target, seen: Sequence[tuple[Target, Observation]]
) -> Iterable[Step]:
    """Yield a step for each pair whose harmless half was answered."""
    names: dict[str, tuple[_Half, _Half]] = defaultdict(lambda: ([], []))
    hellos: dict[tuple[str, str, str], tuple[_Half, _Half]] = defaultdict(
        lambda: ([], [])
    )
    for target, one in seen:
        if one.probe is Probe.QUIC_HELLO:
            names[one.address][target.role != INNOCUOUS].append(one)
        elif one.probe in (Probe.HELLO, Probe.ECH) and not _unconnected(one):
            key = target.role, target.sni, one.address
            hellos[key][one.probe is Probe.ECH].append(one)
    for address, (harmless, own) in names.items():
        named = _compare(harmless, own)
        if named is not None:
            host, port = service.host, service.port
            layer = Layer.QUIC_HELLO
            yield Step(layer, host, address, port, named, innocuous=State.UP)
    elsewhere: dict[str, list[str]] = defaultdict(list)
    for (role, outer, _), (bare, ech) in hellos.items():
        if role == ELSEWHERE and (named := _compare(bare, ech)) is not None:
            elsewhere[outer].append(named)
    for (role, outer, address), (bare, ech) in hellos.items():
        if role == OUTER and (named := _compare(bare, ech)) is not None:
            helper = _state(elsewhere[outer])
            yield Step(
                Layer.ECH,
                outer,
                address,
                service.port,
                named,
                innocuous=State.UP,
                helper=helper,
            )


def _unconnected(one: Observation) -> bool:
    return isinstance(one.detail, TlsDetail) and one.detail.failed_in == "connect"


def _compare(harmless: _Half, other: _Half) -> str | None:
    """Return the failure of *other*, "" if it ever passed; None if nothing is told."""
    if any(one.ok for one in other):
        return ""
    if not other or not any(one.ok for one in harmless):
        return None
    usual = Counter(one.failure or failure.UNKNOWN for one in other)
    return usual.most_common(1)[0][0]


def _state(failures: list[str]) -> State:
    if not failures:
        return State.UNKNOWN
    return State.DOWN if all(failures) else State.UP
