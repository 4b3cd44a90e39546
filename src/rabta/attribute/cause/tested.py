"""What tests of services, of the mains and of other vantages showed."""

from rabta.attribute.cause.event import Event, Seen, Surroundings


def target_specific(event: Event, around: Surroundings) -> Seen | None:
    """Only some targets fail while their controls on the same path work."""
    del event
    return _told("target-specific", around.target_specific)


def fingerprint(event: Event, around: Surroundings) -> Seen | None:
    """A forged answer, a reset or a notice page, as OONI's rules know them."""
    del event
    return _told("fingerprint", around.fingerprint)


def paired_slow(event: Event, around: Surroundings) -> Seen | None:
    """The paired test: one server is slow under one name and fast under another."""
    del event
    return _told("paired-slow", around.paired_slow)


def control_fails(event: Event, around: Surroundings) -> Seen | None:
    """The service fails from another country too."""
    del event
    return _told("control-fails", around.control_fails)


def mains(event: Event, around: Surroundings) -> Seen | None:
    """The mains failed where this host stands."""
    del event
    lost = None if around.on_mains is None else not around.on_mains
    return _told("mains-lost", lost)


def _told(name: str, told: bool | None) -> Seen | None:  # noqa: FBT001
    if told is None:
        return None
    return Seen(name, ("yes" if told else "no",), name if told else f"{name}-not")
