"""QUIC's first packets: sealed with keys that anybody on the way can make as well.

They come of the identifier the client chose (RFC 9001, section 5.2), so they keep
nothing secret, but an answer that opens with them was made for this very packet.
"""

import hashlib
import hmac
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB


VERSION = b"\x00\x00\x00\x01"
SIZE = 1200
"""Servers drop shorter first datagrams (RFC 9000, section 14.1)."""
_SALT = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
_RETRY_KEY = bytes.fromhex("be0c690b9f66575a1d766b54e368c84e")
_RETRY_NONCE = bytes.fromhex("461599d35d632bf2239825bb")
_TAG = 16
_LONG, _INITIAL, _RETRY = 0xC0, 0x00, 0x30
_CRYPTO = 0x06


class Keys(NamedTuple):
    """Of one side."""

    key: bytes
    iv: bytes
    hp: bytes
    """Header protection."""


class Opened(NamedTuple):
    """One Initial packet whose tag was right."""

    destination: bytes
    source: bytes
    payload: bytes


def keys(destination: bytes, side: str) -> Keys:
    """Return the keys of *side*, ``client`` or ``server``.

    *destination* is the identifier the client's first packet was sent to.
    """
    initial = hmac.digest(_SALT, destination, hashlib.sha256)
    secret = _expand(initial, f"{side} in", 32)
    return Keys(
        _expand(secret, "quic key", 16),
        _expand(secret, "quic iv", 12),
        _expand(secret, "quic hp", 16),
    )


def seal(header: bytes, number: int, width: int, payload: bytes, own: Keys) -> bytes:
    """Protect a packet whose *header* ends with its *number* in *width* bytes."""
    sealed = AESGCM(own.key).encrypt(_nonce(own, number), payload, header)
    mask = _mask(own, sealed[4 - width : 20 - width])
    first = header[0] ^ (mask[0] & 0x0F)
    hidden = bytes(a ^ b for a, b in zip(header[-width:], mask[1:], strict=False))
    return bytes([first]) + header[1:-width] + hidden + sealed


def first_datagram(hello: bytes, destination: bytes, source: bytes) -> bytes:
    """Return the datagram with which a client says *hello* to *destination*."""
    own = keys(destination, "client")
    return packet(crypto_frame(hello), destination, source, own)


def crypto_frame(message: bytes) -> bytes:
    """Return a frame that holds *message*, from its beginning (RFC 9000, 19.6)."""
    size = (0x4000 | len(message)).to_bytes(2, "big")
    return bytes([_CRYPTO, 0]) + size + message


def packet(frames: bytes, destination: bytes, source: bytes, own: Keys) -> bytes:
    """Return an Initial packet numbered 0 that is padded to 1200 bytes."""
    head = b"".join(
        (
            bytes([_LONG]),
            VERSION,
            bytes([len(destination)]),
            destination,
            bytes([len(source)]),
            source,
            b"\x00",  # no token
        )
    )
    rest = SIZE - len(head) - 2
    header = head + (0x4000 | rest).to_bytes(2, "big") + b"\x00"
    return seal(header, 0, 1, frames.ljust(rest - 1 - _TAG, b"\x00"), own)


def open_initial(
    datagram: bytes, destination: bytes | None, side: str
) -> Opened | None:
    """Open the Initial packet *datagram* begins with; None for anything else.

    *destination* is what the keys are made of; None for the packet's own, as on a
    client's first.
    """
    try:
        return _open(datagram, destination, side)
    except (IndexError, ValueError, InvalidTag):
        return None


def is_retry(datagram: bytes, destination: bytes, source: bytes) -> bool:
    """Whether this is a Retry for the packet we sent (RFC 9001, section 5.8)."""
    if len(datagram) <= _TAG or datagram[0] & 0xF0 != _LONG | _RETRY:
        return False
    mirrored = VERSION + bytes([len(source)]) + source
    if not datagram[1:].startswith(mirrored):
        return False
    told, tag = datagram[:-_TAG], datagram[-_TAG:]
    about = bytes([len(destination)]) + destination + told
    made = AESGCM(_RETRY_KEY).encrypt(_RETRY_NONCE, b"", about)
    return hmac.compare_digest(made, tag)


def _open(datagram: bytes, destination: bytes | None, side: str) -> Opened | None:
    if datagram[0] & 0xF0 != _LONG | _INITIAL or datagram[1:5] != VERSION:
        return None
    at = 6 + datagram[5]
    to = datagram[6:at]
    source = datagram[at + 1 : at + 1 + datagram[at]]
    size, at = _integer(datagram, at + 1 + datagram[at])
    length, start = _integer(datagram, at + size)
    end = start + length
    if end > len(datagram) or length < 4 + _TAG:
        return None
    theirs = keys(to if destination is None else destination, side)
    mask = _mask(theirs, datagram[start + 4 : start + 20])
    first = datagram[0] ^ (mask[0] & 0x0F)
    width = (first & 0x03) + 1
    shown = datagram[start : start + width]
    number = bytes(a ^ b for a, b in zip(shown, mask[1:], strict=False))
    header = bytes([first]) + datagram[1:start] + number
    nonce = _nonce(theirs, int.from_bytes(number, "big"))
    payload = AESGCM(theirs.key).decrypt(nonce, datagram[start + width : end], header)
    return Opened(to, source, payload)


def _integer(data: bytes, at: int) -> tuple[int, int]:
    """Return a variable-length integer and where it ends (RFC 9000, section 16)."""
    width = 1 << (data[at] >> 6)
    if at + width > len(data):
        raise IndexError
    value = int.from_bytes(data[at : at + width], "big")
    return value & ((1 << (8 * width - 2)) - 1), at + width


def _nonce(own: Keys, number: int) -> bytes:
    return (int.from_bytes(own.iv, "big") ^ number).to_bytes(12, "big")


def _mask(own: Keys, sample: bytes) -> bytes:
    # one block of the cipher itself is what RFC 9001, section 5.4.3 asks for
    made = Cipher(AES(own.hp), ECB()).encryptor()  # noqa: S305
    return made.update(sample)


def _expand(secret: bytes, label: str, size: int) -> bytes:
    """HKDF-Expand-Label (RFC 8446, section 7.1) of one block."""
    name = b"tls13 " + label.encode()
    told = size.to_bytes(2, "big") + bytes([len(name)]) + name + b"\x00\x01"
    return hmac.digest(secret, told, hashlib.sha256)[:size]
