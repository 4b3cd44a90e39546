"""Which country a network or an address was given to.

From the registries' ``delegated-*-extended-latest`` (NRO, "RIR Statistics Exchange
Format") or from a table of AS and country. That is where the holder is registered,
which need not be where its routers stand.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from rabta.errors import DataError
from rabta.sources.imported import Item, Licence, Tally
from rabta.sources.stream import Stream


LICENCE = Licence(
    "CC BY 4.0",
    "the regional Internet registries (NRO)",
    "https://www.nro.net/about/rirs/statistics",
    commercial=True,
)
BASE = "https://ftp.ripe.net/pub/stats"
REGISTRIES = ("afrinic", "apnic", "arin", "lacnic", "ripencc")
TABLE = "table"
"""The registry of what a user's own table says; it has the last word."""
_GIVEN = (b"allocated", b"assigned")
_HIGHEST = 1 << 32
_TIMES = 630_000_000, 4_200_000_000
"""Seconds since 1970 from 1990 on; networks have no such numbers: registries have
given out none beyond 402,332, and private ones begin at the second (RFC 6996)."""
_MOST = 250  # countries: their numbers are octets


@dataclass(frozen=True, slots=True)
class Networks:
    """Ranges and the two letters of the country each was given to."""

    registry: str
    asns: NDArray[np.int64]
    """(n, 2) first AS, how many."""
    asn_countries: NDArray[np.str_]
    """(n,)"""
    blocks: NDArray[np.int64]
    """(m, 2) version, and how many /24 or /48 were given, rounded up."""
    block_countries: NDArray[np.str_]
    """(m,)"""

    @property
    def countries(self) -> tuple[str, ...]:
        """Return all countries, in the order of their numbers from 1 on."""
        return tuple(np.unique(self.asn_countries).tolist())[:_MOST]

    def number(self, country: str) -> int:
        """Return the number of a country; 0 where none of its networks is known."""
        known = self.countries
        return known.index(country) + 1 if country in known else 0

    def places(self, size: int) -> NDArray[np.uint8]:
        """Return (size,) the number of each AS's country; 0 where not known."""
        places = np.zeros(size, np.uint8)
        _, numbers = np.unique(self.asn_countries, return_inverse=True)
        for (first, count), number in zip(
            self.asns.tolist(), numbers.tolist(), strict=True
        ):
            if first < size and number < _MOST:
                places[first : first + count] = number + 1
        return places

    def given(self, country: str, version: int) -> int:
        """Return how many /24 (IPv4) or /48 (IPv6) were given to a country."""
        mine = (self.block_countries == country) & (self.blocks[:, 0] == version)
        return int(self.blocks[mine, 1].sum())

    def dump(self) -> bytes:
        """Return all of it as bytes, for ``load``."""
        out = io.BytesIO()
        np.savez_compressed(
            out,
            asns=self.asns,
            asn_countries=self.asn_countries,
            blocks=self.blocks,
            block_countries=self.block_countries,
        )
        return out.getvalue()


def load(registry: str, data: bytes) -> Networks:
    """Return what ``dump`` gave.

    Raises:
        ValueError: it is damaged.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as kept:
            return Networks(
                registry,
                kept["asns"],
                kept["asn_countries"],
                kept["blocks"],
                kept["block_countries"],
            )
    except (OSError, KeyError, EOFError, BadZipFile) as error:
        raise ValueError(str(error)) from None


def join(parts: Iterable[Networks]) -> Networks:
    """Return all of them as one; what a user's own table says comes last and counts."""
    ordered = sorted(parts, key=lambda one: (one.registry == TABLE, one.registry))
    return Networks(
        "+".join(one.registry for one in ordered),
        np.concatenate([np.zeros((0, 2), np.int64), *(one.asns for one in ordered)]),
        np.concatenate([np.zeros(0, "U2"), *(one.asn_countries for one in ordered)]),
        np.concatenate([np.zeros((0, 2), np.int64), *(one.blocks for one in ordered)]),
        np.concatenate([np.zeros(0, "U2"), *(one.block_countries for one in ordered)]),
    )


def learn(stream: Stream, tally: Tally) -> Networks:
    """Read a delegated file or a table of AS and country.

    Raises:
        DataError: nothing in it can be used.
    """
    asns: list[tuple[int, int]] = []
    blocks: list[tuple[int, int]] = []
    asn_countries: list[str] = []
    block_countries: list[str] = []
    registry = ""
    for offset, line in _lines(stream):
        if b"|" not in line:
            row = _row(line)
            if row is None:
                if offset:
                    tally.put_aside("no line of AS and country", offset, line)
                else:
                    tally.skip()
            else:
                registry = registry or TABLE
                asns.append((row[0], 1))
                asn_countries.append(row[1])
                tally.keep()
            continue
        part = line.split(b"|")
        if len(part) < 7 or part[1] == b"*" or part[0].isdigit():
            tally.skip()  # the header and sums
            continue
        registry = registry or part[0].decode("ascii", "replace")
        if part[6].strip() not in _GIVEN:
            tally.skip()
            continue
        try:
            kind, first, count = _range(part)
        except (ValueError, AddressValueError):
            tally.put_aside("no sound record of a registry", offset, line)
            continue
        country = part[1].decode("ascii", "replace").upper()
        if len(country) != 2 or not country.isalpha():
            tally.put_aside("no country", offset, line)
            continue
        tally.keep()
        if kind == 0:
            asns.append((first, count))
            asn_countries.append(country)
        else:
            blocks.append((kind, count))
            block_countries.append(country)
    if not asns and not blocks:
        raise DataError("no network in it has a country", file=str(stream.path))
    name = registry if registry in REGISTRIES else TABLE
    return Networks(
        name,
        np.array(asns, np.int64).reshape(-1, 2),
        np.array(asn_countries, "U2"),
        np.array(blocks, np.int64).reshape(-1, 2),
        np.array(block_countries, "U2"),
    )


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Account for what ``learn`` would take; there is no series in it."""
    del about
    learn(stream, tally)
    yield from ()


def _lines(stream: Stream) -> Iterator[tuple[int, bytes]]:
    for start, block in stream.lines():
        offset = start
        for line in block.split(b"\n"):
            if line.strip() and not line.startswith(b"#"):
                yield offset, line.strip()
            offset += len(line) + 1


def _range(part: Sequence[bytes]) -> tuple[int, int, int]:
    """Return the version, or 0 of networks; where it begins and how much it is."""
    start, count = part[3].decode("ascii"), int(part[4])
    if part[2] == b"asn":
        first = int(start)
        if not (0 <= first < _HIGHEST and 0 < count <= _HIGHEST):
            raise ValueError(start)
        return 0, first, count
    if part[2] == b"ipv4":
        if not 0 < count <= _HIGHEST:
            raise ValueError(start)
        return 4, int(IPv4Address(start)), -(-count // 256)
    if part[2] == b"ipv6":
        if not 0 < count <= 128:
            raise ValueError(start)
        return 6, int(IPv6Address(start)) >> 80, 1 << max(0, 48 - count)
    raise ValueError(part[2])


def _row(line: bytes) -> tuple[int, str] | None:
    """Return AS and country of a line such as ``17557,PK``."""
    cells = [
        one.strip().strip('"') for one in line.decode("utf-8", "replace").split(",")
    ]
    number = cells[0].upper().removeprefix("AS")
    country = cells[-1].upper() if len(cells) == 2 else ""
    if not (number.isascii() and number.isdecimal() and len(number) <= 10):
        return None
    sound = len(country) == 2 and country.isascii() and country.isalpha()
    return (int(number), country) if sound and int(number) < _HIGHEST else None


def is_delegated(text: bytes) -> bool:
    """Whether a file begins as those of registries do."""
    line = next((one for one in text.splitlines() if not one.startswith(b"#")), b"")
    part = line.split(b"|")
    return len(part) >= 6 and part[1].decode("ascii", "replace") in REGISTRIES


def is_table(text: bytes) -> bool:
    """Whether lines are an AS and a country, and nothing else.

    Without a header, numbers that no AS has but seconds since 1970 are no table of it:
    ``1709287500,up`` says when a line was up.
    """
    lines = [one for one in text.splitlines() if one.strip()][:20]
    first = _row(lines[0]) if lines else None
    if first is not None and _TIMES[0] <= first[0] < _TIMES[1]:
        return False
    if lines and first is None:
        head = lines.pop(0).lower().replace(b'"', b"").replace(b" ", b"").split(b",")
        if len(head) != 2 or head[0] not in (b"asn", b"as"):
            return False
    return bool(lines) and all(_row(one) is not None for one in lines[:10])


def pages(base: str, entity: str, start: int, stop: int) -> list[str]:
    """Return the addresses of all registries' files: a network may move.

    Raises:
        KeyError: it is neither a country nor ``registry/NAME``.
    """
    del start, stop
    kind, _, code = entity.partition("/")
    if kind != "country" and entity not in [f"registry/{one}" for one in REGISTRIES]:
        raise KeyError(entity)
    names = REGISTRIES if kind == "country" else (code,)
    return [f"{base}/{one}/delegated-{one}-extended-latest" for one in names]
