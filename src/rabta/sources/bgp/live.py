"""RIS Live: what a collector hears, as it hears it (ris-live.ripe.net/manual).

Messages become the rows that archives have, so that the same table follows them.
"""

from collections.abc import Sequence
from ipaddress import IPv4Network, ip_address, ip_network
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray

from rabta.clock import SECOND
from rabta.sources.bgp import kernel
from rabta.sources.bgp.mrt import TYPES, Batch, Peer
from rabta.sources.bgp.routes import UP
from rabta.sources.imported import Tally


BASE = "wss://ris-live.ripe.net/v1/ws/?client=rabta"
_DOWN = 1
_MALFORMED = msgspec.MsgspecError, ValueError, OverflowError, RecursionError
_STATES = {"connected": UP, "down": _DOWN}


Asn = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
"""An AS number (RFC 6793)."""


class Announced(msgspec.Struct):
    """Prefixes of one next hop."""

    prefixes: list[str] = []


class Message(msgspec.Struct):
    """``data`` of a ``ris_message``."""

    timestamp: float
    peer: str
    peer_asn: Asn
    type: str = ""
    state: str = ""
    path: list[Asn | list[Asn]] = []
    announcements: list[Announced] = []
    withdrawals: list[str] = []


class Envelope(msgspec.Struct):
    """What every message comes in."""

    type: str
    data: msgspec.Raw = msgspec.Raw(b"{}")


class Decoder:
    """Messages to batches; peers keep their numbers."""

    def __init__(self, places: NDArray[np.uint8]) -> None:
        self._places = places
        self._peers: dict[Peer, int] = {}
        self._known: tuple[Peer, ...] = ()
        self._envelope = msgspec.json.Decoder(Envelope)
        self._message = msgspec.json.Decoder(Message, strict=False)

    def batch(self, texts: Sequence[str | bytes], tally: Tally) -> Batch | None:
        """Decode messages, malformed ones put aside; None where nothing is said."""
        rows: list[tuple[int, ...]] = []
        for text in texts:
            try:
                rows += self._rows(text, tally)
            except _MALFORMED as error:
                tally.put_aside(str(error)[:80], -1, text)
        if not rows:
            return None
        if len(self._known) != len(self._peers):
            self._known = tuple(self._peers)
        columns = zip(*rows, strict=True)
        made = [np.array(one, kind) for one, kind in zip(columns, TYPES, strict=True)]
        return Batch(*made, self._known)  # type: ignore[arg-type,call-arg]

    def _rows(self, text: str | bytes, tally: Tally) -> list[tuple[int, ...]]:
        envelope = self._envelope.decode(text)
        if envelope.type != "ris_message":
            if envelope.type == "ris_error":
                tally.put_aside("an error of RIS Live", -1, bytes(envelope.data))
            else:
                tally.skip()
            return []
        one = self._message.decode(envelope.data)
        time = round(one.timestamp * SECOND)
        if not tally.plausible(time):
            tally.put_aside("a time that cannot be", -1, text)
            return []
        if one.type not in ("UPDATE", "RIS_PEER_STATE"):
            tally.skip()
            return []
        address = ip_address(one.peer)
        peer = self._peers.setdefault(Peer(address, one.peer_asn), len(self._peers))
        found: list[tuple[int, ...]] = []
        if one.type == "RIS_PEER_STATE":
            state = _STATES.get(one.state)
            if state is None:
                tally.skip()
                return []
            found.append((time, kernel.STATE, peer, 4, 0, 0, 0, state, 0, 0, 0))
        found += [
            (time, kernel.WITHDRAWN, peer, *_words(prefix), 0, 0, 0, 0)
            for prefix in one.withdrawals
        ]
        origin, upstream, foreign = self._way(one.path)
        for prefix in (p for group in one.announcements for p in group.prefixes):
            said = (*_words(prefix), origin, upstream, foreign, 0)
            found.append((time, kernel.ANNOUNCED, peer, *said))
        tally.keep()
        return found

    def _way(self, path: Sequence[int | list[int]]) -> tuple[int, int, int]:
        """Return the origin, the AS before it, and the way out, as ``paths.path``."""
        flat = [one if isinstance(one, int) else one[0] for one in path if one != []]
        if not flat:
            return 0, 0, 0
        origin = flat[-1]
        upstream = next((one for one in reversed(flat) if one != origin), 0)
        home = self._place(origin)
        abroad = (
            one for one in reversed(flat) if home and self._place(one) not in (0, home)
        )
        return origin, upstream, next(abroad, 0)

    def _place(self, asn: int) -> int:
        return int(self._places[asn]) if 0 <= asn < len(self._places) else 0


def _words(prefix: str) -> tuple[int, int, int, int]:
    """Return version, address in two signed words, and length."""
    net = ip_network(prefix, strict=False)
    bits = int(net.network_address) << (96 if isinstance(net, IPv4Network) else 0)
    high, low = bits >> 64, bits & (2**64 - 1)
    signed = [one - 2**64 if one >= 2**63 else one for one in (high, low)]
    return net.version, signed[0], signed[1], net.prefixlen


def subscription(host: str) -> bytes:
    """Return what asks for all that one collector hears, without raw messages.

    A path or prefix would be asked for in vain: withdrawals have no path.
    """
    data = {"host": host, "socketOptions": {"includeRaw": False}}
    return msgspec.json.encode({"type": "ris_subscribe", "data": data})
