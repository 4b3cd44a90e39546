"""Whether it is known whose network each uplink leaves by, for ``rabta doctor``."""

from collections.abc import Iterator, Sequence

from rabta.agent import providers
from rabta.config import Config
from rabta.model import Message, Uplink


def examine(
    config: Config, uplinks: Sequence[Uplink]
) -> Iterator[tuple[bool, Message]]:
    """Say of each uplink what is known, and from whom; whether that is enough.

    Nothing is asked here: the daemon learns it.
    """
    known = providers.load(config.store.path)
    for uplink in known.put_on(uplinks):
        name = uplink.name
        egress = known.egress((name, 4)) or known.egress((name, 6))
        settings = config.uplink(uplink.interface)
        if settings is not None and settings.asn:
            yield True, Message.of("doctor.provider.told", uplink=name, asn=uplink.asn)
        elif uplink.asn and egress is not None:
            yield (
                True,
                Message.of(
                    "doctor.provider.learnt",
                    uplink=name,
                    asn=uplink.asn,
                    provider=uplink.provider or "–",
                    source=egress.told_by,
                ),
            )
        elif not config.learn_providers:
            yield False, Message.of("doctor.provider.off", uplink=name)
        else:
            yield False, Message.of("doctor.provider.unknown", uplink=name)
