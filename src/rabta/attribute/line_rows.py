"""Conditions of rows 0 to 12, 21 and 22: one line, from the host outwards.

Each function reads like its row in ``docs/explanation/ladder.md`` and returns a
``Match`` or None. None of them looks at a rung while a lower one is not up.
"""

from dataclasses import replace
from typing import Final

from rabta.attribute.line import GroupState, LineState
from rabta.attribute.scene import (
    Args,
    Match,
    Scene,
    apart,
    bad_corridors,
    dark,
    good_corridors,
    passes,
    proven,
)
from rabta.clock import MINUTE, SECOND
from rabta.model import Rung, State


_WORSE: Final = (State.DEGRADED, State.MIXED, State.DOWN)
_ASKED: Final = 4 * SECOND
"""For so long other name servers may still turn out to be silent as well."""
_HEARING: Final = 5 * SECOND
"""What is encrypted is given so long to pass, where it has not failed."""
_PROVING: Final = MINUTE
"""For so long a loss on another uplink may still turn out to be the same."""
_UNLEARNED: Final = 0.8
"""The first hop is not known, so access and core cannot be told apart."""
_ALONE: Final = 0.78
"""There is no other uplink to compare with."""


def tunnel(s: Scene) -> Match | None:
    """4, of a tunnel: nothing comes through it, whatever lies beneath."""
    if not s.unplugged and not s.dark:
        return None
    blamed = (s.fact,) if s.unplugged else s.dark_groups
    if s.passing:
        return Match(blamed)
    return Match(blamed, 0.5, "beneath" if s.others else "alone")


def captive(s: Scene) -> Match | None:
    """0: another's answer where a genuine one was due; nothing else gets through."""
    since = s.line.captive_since
    if not since or s.unplugged or _encrypted_passes(s):
        return None
    args = (("target", s.line.captive_target),)
    failed = s.line.https_failed
    entered = failed if failed >= since else since + _HEARING
    return Match(args=args, since=since, entered=entered)


def _encrypted_passes(s: Scene) -> bool:
    """Whether anything that nobody else can answer came through since."""
    line = s.line
    encrypted = (x for x in line.services if x.state is State.UP and not x.plain)
    served = (x.last_ok for x in encrypted)
    return max((line.https_ok, *served)) > line.captive_since


def intercepted_pages(s: Scene) -> Match | None:
    """0: another's answer to plain HTTP, while what is encrypted passes."""
    since = s.line.captive_since
    if not since or s.unplugged or not _encrypted_passes(s):
        return None
    if not s.line.captive_outlasts:
        return None  # somebody may just have signed in
    return Match(args=(("target", s.line.captive_target),), since=since, entered=since)


def local_power(s: Scene) -> Match | None:
    """1: the link went when the mains did."""
    match = link(s)
    return match if match and s.context.power_lost(s.fact.since) else None


def link(s: Scene) -> Match | None:
    """1: no carrier, no address, no route, or somebody else has our address."""
    if not s.unplugged:
        return None
    if s.dialled:
        return _near_end(s)
    lost = s.line.carrier.state is State.DOWN
    variant = "carrier" if lost else s.line.lacks
    return Match((s.fact,), variant=variant)


def _near_end(s: Scene) -> Match | None:
    """A dialled line that went with what it is dialled through, on this side."""
    uplink = s.line.uplink
    if uplink.beneath_carrier is False:
        return Match((s.fact,), variant="beneath")
    if uplink.medium == "cellular" and not uplink.index:
        return Match((s.fact,), variant="modem")
    return None


def disputed(s: Scene) -> Match | None:
    """1, asked after all others: another host claims our address; answers still come.

    It explains nothing that another row explains: a claim may do no harm for months.
    """
    if s.unplugged or s.line.lacks != "conflict":
        return None
    return Match((s.line.address,), variant="disputed") if passes(s.line) else None


def gateway(s: Scene) -> Match | None:
    """2: the gateway does not answer, nor does anything beyond it."""
    line = s.line
    if s.unplugged or line.gateway.state is not State.DOWN or passes(line):
        return None
    peers = s.lan_codes(line.gateway.since)
    if s.passing or any(code.startswith("lan-") for code in peers):
        return Match((line.gateway,))
    return Match((line.gateway,), factor=0.5 if "fine" in peers else 0.74)


def wifi(s: Scene) -> Match | None:
    """3: the gateway answers worse than usual, and all beyond it just as much."""
    line = s.line
    near = line.gateway
    if s.unplugged or near.state is not State.DEGRADED:
        return None
    if any(g.state is State.DOWN for g in (line.first_hop, *line.groups)):
        return None  # more than poor reception
    if not line.suffers_since:
        return None
    factor = 1.0 if line.uplink.medium == "wifi" else 0.85
    if "fine" in s.lan_codes(near.since):
        factor = 1.0
    entered = line.suffers_since
    return Match((near,), factor, args=_figures(near), soft=True, entered=entered)


def access(s: Scene) -> Match | None:
    """4: the gateway answers; the first hop and all beyond it do not."""
    if s.unplugged:
        return _undialled(s) if s.dialled else None
    if not s.dark or not s.gateway_holds(s.dark_entered):
        return None
    first = s.line.first_hop
    if first.state is State.DOWN:
        return Match((first, *s.dark_groups))
    if not first.total:
        return Match(s.dark_groups, _UNLEARNED, "unlearned")
    return None


def _undialled(s: Scene) -> Match:
    uplink = s.line.uplink
    if uplink.medium == "ppp" and uplink.beneath_carrier is None:
        return Match((s.fact,), factor=0.6, variant="dialled-unseen")
    return Match((s.fact,), factor=0.9, variant="dialled")


def _core_dark(s: Scene) -> bool:
    return not s.unplugged and s.dark and s.first_hop_holds(s.dark_entered)


def core(s: Scene) -> Match | None:
    """5: the first hop answers, nothing beyond it; other uplinks work."""
    if not _core_dark(s) or _dark_elsewhere(s):
        return None
    if s.settling(s.dark_since, s.dark_entered):
        return None
    return Match(s.dark_groups, 1.0 if s.passing else _ALONE)


def regional(s: Scene) -> Match | None:
    """6: as 5, and every other uplink is as dark; two networks or more."""
    return Match(s.dark_groups) if _core_dark(s) and _dark_elsewhere(s) else None


def _dark_elsewhere(s: Scene) -> bool:
    alike = [other for other in s.others if dark(other) and _beyond_lan(other)]
    if not alike or s.passing:
        return False
    return s.alike(alike) >= 2


def _beyond_lan(line: LineState) -> bool:
    return line.address.state is not State.DOWN and line.gateway.holds


def _cut_off(s: Scene) -> Match | None:
    """The country is reached; nothing abroad is, not even a remote anycast node."""
    line = s.line
    away = line.international
    if s.unplugged or away.state is not State.DOWN or away.total < 2:
        return None
    if line.remote_anycast is State.UP or s.near is None:
        return None
    if not proven(s.near, away.entered):
        return None
    if s.settling(away.since, away.entered, abroad=True):
        return None
    return Match((away,), 1.0 if s.domestic else 0.85)


def national_gateway(s: Scene) -> Match | None:
    """7: cut off from abroad on two networks or more, own or of peers."""
    match = _cut_off(s)
    if match is None or not s.domestic:
        return None  # what is near may answer from a neighbouring country
    alike = [o for o in s.others if o.international.state is State.DOWN]
    cut_off = ("national-gateway-outage", "isp-international")
    own = {o.uplink.asn for o in (s.line, *alike)}
    peers = s.peer_networks(cut_off, s.line.international.since) - own
    seen = s.alike(alike) + len(peers)
    fine = [o for o in s.others if o.international.holds]
    return match if seen >= 2 and not fine else None


def international(s: Scene) -> Match | None:
    """7: cut off from abroad, as far as we see on one network only."""
    match = _cut_off(s)
    if match is None:
        return None
    compared = any(o.international.holds for o in s.others)
    factor = match.factor * (1.0 if compared else _ALONE)
    variant = "" if compared else "alone"
    if not s.domestic:
        variant = "nearby"
    return Match(match.blamed, factor, variant)


def _corridors(s: Scene) -> tuple[GroupState, ...]:
    """Some ways abroad are worse than usual while others are as ever."""
    good = good_corridors(s.line)
    if s.unplugged or s.near is None or not good:
        return ()
    usual = max(g.loss or 0.0 for g in (s.near, *good))
    return tuple(c for c in bad_corridors(s.line) if _stands_out(c, usual))


def _stands_out(corridor: GroupState, usual: float) -> bool:
    """Whether it is worse than the rest by more than chance: loss comes unevenly."""
    if corridor.state is not State.DEGRADED or corridor.extra_rtt or corridor.slow:
        return True
    return (corridor.loss or 0.0) > max(3 * usual, usual + 0.03)


def _corridor_match(bad: tuple[GroupState, ...], factor: float) -> Match:
    worst = min(bad, key=lambda c: (_WORSE[::-1].index(c.state), c.group))
    soft = all(c.state is State.DEGRADED for c in bad)
    variant = "slow" if soft else ""
    args: Args = (("corridor", worst.group), *_figures(worst))
    return Match(bad, factor, variant, args, soft)


def corridor_national(s: Scene) -> Match | None:
    """8: the same corridor on two networks or more."""
    bad = _corridors(s)
    names = {c.group for c in bad}
    alike = [o for o in s.others if names & {c.group for c in bad_corridors(o)}]
    shared = names.intersection(*({c.group for c in bad_corridors(o)} for o in alike))
    if not shared or not alike or s.alike(alike) < 2:
        return None
    return _corridor_match(tuple(c for c in bad if c.group in shared), 1.0)


def corridor_isp(s: Scene) -> Match | None:
    """8: the corridor is fine on another network."""
    bad = _corridors(s)
    names = {c.group for c in bad}
    for other in s.others:
        fine = {c.group for c in good_corridors(other)}
        if names & fine and apart(s.line, other):
            return _corridor_match(bad, 1.0)
    return None


def corridor(s: Scene) -> Match | None:
    """8: there is no other network to compare with."""
    bad = _corridors(s)
    return _corridor_match(bad, _ALONE) if bad else None


def _all_slow(s: Scene) -> bool:
    line = s.line
    away = line.international
    if s.unplugged or s.near is None or good_corridors(line):
        return False
    if away.state is State.DEGRADED and not _stands_out(away, s.near.loss or 0.0):
        return False
    return away.state in (State.DEGRADED, State.MIXED) and away.total >= 2


def gateway_slow(s: Scene) -> Match | None:
    """9: every corridor is worse, on two networks or more; the country is fine."""
    alike = [o for o in s.others if o.international.state in _WORSE]
    if not _all_slow(s) or not alike or s.alike(alike) < 2:
        return None
    return _slow_match(s, 1.0)


def international_slow(s: Scene) -> Match | None:
    """9: the same, as far as we see on one network only."""
    if not _all_slow(s) or _spreading(s):
        return None
    return _slow_match(s, 1.3 if any(o.international.holds for o in s.others) else 0.9)


def _spreading(s: Scene) -> bool:
    """Whether another uplink seems to suffer as well, which takes time to be proven."""
    away = s.line.international
    if s.now - away.entered > _PROVING:
        return False
    lost = max((away.loss or 0.0) / 3, 0.03)
    later = max(away.extra_rtt / 3, 0.01)
    return any(
        (away.extra_loss and (far.loss or 0.0) >= lost)
        or (away.extra_rtt and far.later >= later)
        for far in (o.international for o in s.others)
        if far.holds
    )


def _slow_match(s: Scene, factor: float) -> Match:
    away = s.line.international
    soft = away.state is State.DEGRADED
    variant = "slow" if soft else "mixed"
    if not s.domestic:
        variant += "-nearby"
    state = State.DEGRADED if soft else State.MIXED
    return Match((away,), factor, variant, _figures(away), soft, state=state)


def operator(s: Scene) -> Match | None:
    """10: one anycast operator is silent; the country and the world are there."""
    line = s.line
    if s.unplugged or not line.silent_anycast:
        return None
    far = [g for g in (line.domestic, line.international) if g.total]
    if any(g.state is not State.UP for g in far):
        return None
    args = (("target", line.silent_anycast),)
    since = line.silent_anycast_since
    return Match((line.anycast,), args=args, since=since, entered=since)


def _names_dead(s: Scene) -> bool:
    line = s.line
    if s.unplugged or line.resolver.state is not State.DOWN:
        return False
    return any(
        proven(g, line.resolver.entered) and g.last_silence < g.last_ok + SECOND
        for g in line.groups
    )


def resolver(s: Scene) -> Match | None:
    """11: the provider's resolvers fail; plain queries to others pass."""
    line = s.line
    if not _names_dead(s) or line.udp53 is State.DOWN:
        return None
    if line.udp53 is State.UP:
        return Match((line.resolver,))
    return Match((line.resolver,), 0.7, entered=line.resolver.entered + _ASKED)


def intercepted(s: Scene) -> Match | None:
    """12: no plain query passes anywhere, though the same hosts can be reached."""
    line = s.line
    dead = _names_dead(s) or (not line.resolver.total and line.anycast.holds)
    if not dead or line.udp53 is not State.DOWN or line.tcp443 is not State.UP:
        return None
    ways = {line.trusted_dns, line.tcp53} - {State.UNKNOWN}
    factor = 1.0 if State.UP in ways else 0.6 if ways else 0.85
    blamed = (line.resolver,) if line.resolver.total else ()
    since = max(line.udp53_since, line.resolver.since)
    return Match(blamed, factor, since=since, entered=line.resolver.entered)


def own_traffic(s: Scene) -> Match | None:
    """21: the access line is full, and this machine's own traffic grew to fill it."""
    match = bufferbloat(s)
    load = s.load(min(g.since for g in match.blamed)) if match else None
    if match is None or load is None or not load.busy:
        return None
    variant = "own-loss" if match.variant else "own"
    args = (*match.args, ("rate", load.now))
    return replace(match, variant=variant, args=args)


def bufferbloat(s: Scene) -> Match | None:
    """21: all is reached but the access line is full: worse from the first hop on."""
    line = s.line
    if s.unplugged or line.gateway.state is State.DEGRADED:
        return None
    first, home = line.first_hop, line.domestic
    if home.total and home.state is not State.DEGRADED:
        return None
    far = [g for g in (line.anycast, line.international) if g.total]
    if not any(g.state is State.DEGRADED for g in far):
        return None
    if any(g.state in (State.MIXED, State.DOWN) for g in (*far, first)):
        return None
    blamed = tuple(g for g in (first, home, *far) if g.state is State.DEGRADED)
    worst = max(blamed, key=lambda g: (g.extra_rtt, g.extra_loss, g.rung))
    lossy = not worst.extra_rtt
    if first.total and first.state is not State.DEGRADED:
        share = (first.loss or 0.0) / (worst.loss or 1.0)
        if not lossy or share < 1 / 3:
            return None
    factor = 1.0 if first.total else 0.8
    return Match(blamed, factor, "loss" if lossy else "", _figures(worst), soft=True)


def undetermined(s: Scene) -> Match | None:
    """22: something is wrong and no row above says what."""
    line = s.line
    if s.dark and s.line.gateway.state is not State.DOWN:
        return Match(s.dark_groups, variant="dark", state=State.DOWN)
    # a tunnel need not lead to the resolvers of the network it rides on
    asked = line.groups if s.tunnelled else (*line.groups, line.resolver)
    far = [g for g in asked if g.total]
    bad = tuple(g for g in far if g.state in _WORSE and not _harmless(g, line))
    if not bad:
        return None
    soft = all(g.state is State.DEGRADED for g in bad)
    state = State.DEGRADED if soft else State.MIXED
    worst = min(bad, key=lambda g: (_WORSE[::-1].index(g.state), g.rung))
    return Match(
        bad,
        args=(("rung", worst.rung.value),),
        soft=soft,
        interval=max(g.interval for g in far),
        state=state,
    )


def _harmless(group: GroupState, line: LineState) -> bool:
    """Half of the resolvers, or one anycast operator of a few, is no fault."""
    if group.rung is Rung.RESOLVER:
        return group.state is not State.DOWN
    lone = group.state is State.MIXED and group.down == 1
    return lone and group is not line.first_hop


def _figures(group: GroupState) -> Args:
    return (
        ("extra", round(group.extra_rtt, 4)),
        ("loss", round(group.loss or 0.0, 3)),
    )
