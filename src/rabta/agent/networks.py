"""Which networks are of which country, as last learnt; kept beside the store."""

import logging
from dataclasses import dataclass
from pathlib import Path

from rabta.sources.bgp.networks import Networks, join, learn, load
from rabta.sources.imported import Tally
from rabta.sources.stream import Stream
from rabta.whole import write_whole


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a file said."""

    networks: int
    blocks: int
    countries: int


def take(stream: Stream, tally: Tally, store: Path | None) -> Learnt:
    """Keep what a file says instead of what the same registry said before.

    Raises:
        DataError: nothing in it can be used.
        PlatformError: the disk refuses.
    """
    found = learn(stream, tally)
    if store is not None:
        folder = _folder(store)
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / f"{found.registry}.npz", found.dump())
    return Learnt(int(found.asns[:, 1].sum()), len(found.blocks), len(found.countries))


def known(store: Path | None) -> Networks:
    """Return all that was learnt; what is damaged is said and left out."""
    parts = []
    for file in sorted(_folder(store).glob("*.npz")) if store is not None else ():
        try:
            parts.append(load(file.stem, file.read_bytes()))
        except (OSError, ValueError) as error:
            log.warning("%s cannot be used: %s", file, error)
    return join(parts)


def _folder(store: Path) -> Path:
    return store / "networks"
