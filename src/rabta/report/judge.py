"""Profiles and contracts held against lines."""

from collections.abc import Mapping, Sequence

import numpy as np

from rabta.cost.levels import credit
from rabta.cost.service.availability import excluded
from rabta.cost.service.bounds import NOTHING, Bounds
from rabta.cost.service.contract import Contract
from rabta.cost.service.months import monthly
from rabta.cost.service.profiles import Stated, shipped
from rabta.cost.service.spans import joined
from rabta.cost.service.terms import Profile, Seen, judged
from rabta.report.facts import Judgement


def judgements(
    lines: Mapping[str, Seen],
    profiles: Sequence[str],
    contracts: Sequence[Contract],
    *,
    media: Mapping[str, str],
    private: bool,
) -> tuple[Judgement, ...]:
    """Judge each line by each shipped profile named, and by contracts if *private*.

    What a contract states is needed for both. *media* is what each uplink was last
    seen to be, such as ``cellular``; a cable or Wi-Fi to a router says nothing of what
    lies behind it.
    """
    found = []
    for uplink, seen in lines.items():
        own = [one for one in contracts if one.uplink == uplink]
        stated = own[0].stated if own else Stated()
        access = next((one.access for one in own if one.access), "")
        if not access and media.get(uplink) == "cellular":
            access = "mobile"
        held: list[Profile] = []
        if private:
            held += [one.profile for one in own]
        held += [shipped(name, stated) for name in profiles]
        found += [judgement(uplink, one, seen, fits=one.fits(access)) for one in held]
    return tuple(one for one in found if one.results or one.fits is False)


def judgement(
    uplink: str, profile: Profile, seen: Seen, *, fits: bool | None
) -> Judgement:
    """Hold *profile* against one line; *fits*: whether it is written for such."""
    return Judgement(
        uplink,
        profile,
        () if fits is False else judged(profile, seen),
        seen.availability(profile.counting),
        _credit(profile, seen),
        fits,
        joined(excluded(seen.troubles, profile.counting)),
    )


def _credit(profile: Profile, seen: Seen) -> Bounds:
    """Return what is given back for the months that lie in the period as a whole.

    The least at the best availability.
    """
    if not profile.credits or not profile.fee:
        return NOTHING
    found = monthly(
        seen.troubles, seen.unknown, seen.period, profile.counting, seen.zone
    )
    shares = [
        (share.high, share.low)
        for one in found
        if one.whole and (share := one.availability.share).known
    ]
    if not shares:
        return NOTHING
    best, worst = credit(np.array(shares), profile.credits).sum(axis=0).tolist()
    return Bounds(best * profile.fee, worst * profile.fee)
