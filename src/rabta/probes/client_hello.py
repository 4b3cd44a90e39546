"""A TLS ClientHello as bytes, for questions no TLS library asks.

It begins a handshake that is never finished: what matters is whether anybody answers,
so the key share is 32 random bytes, which X25519 takes as a key (RFC 7748, section 5).
TLS 1.3 is RFC 8446; encrypted client hello (ECH) is RFC 9849.
"""

import os


ECH = 0xFE0D
_CIPHERS = (0x1301, 0x1302, 0x1303)
_OLDER_CIPHERS = (0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8)
"""TLS 1.2, for servers over TCP that know no newer one."""
_GROUPS = (0x001D, 0x0017, 0x0018)
_SIGNATURES = (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601)
_ALERT, _HANDSHAKE, _SERVER_HELLO = 0x15, 0x16, 0x02
_TOLD = 6
"""Bytes after which a record says what it is; an alert in the clear has seven."""
_INNER = 160 + 16
"""Bytes a padded inner hello and its tag would have (RFC 9849, section 6.1.3)."""


def quic_hello(name: str, source: bytes) -> bytes:
    """Return the handshake message that asks for *name* over QUIC.

    *source* is our connection identifier (RFC 9001, section 8.2; RFC 9000, 18.2).
    """
    parameters = b"".join(
        bytes([kind, len(value)]) + value
        for kind, value in (
            (0x01, b"\x80\x00\x75\x30"),  # max_idle_timeout, 30 s
            (0x04, b"\x80\x10\x00\x00"),  # initial_max_data
            (0x05, b"\x80\x04\x00\x00"),  # initial_max_stream_data_bidi_local
            (0x08, b"\x40\x64"),  # initial_max_streams_bidi
            (0x09, b"\x40\x64"),  # initial_max_streams_uni
            (0x0F, source),  # initial_source_connection_id
        )
    )
    shared = _shared(name, (b"h3",), (0x0304,))
    return _message(_CIPHERS, b"", {**shared, 0x39: parameters})


def tls_hello(name: str, *, ech: bool) -> bytes:
    """Return a record that asks for *name* over TCP.

    With *ech* it carries a GREASE encrypted hello, as browsers send to every server
    whose keys they do not know (RFC 9849, section 6.2); servers skip it.
    """
    extensions = _shared(name, (b"h2", b"http/1.1"), (0x0304, 0x0303))
    extensions[0x0B] = b"\x01\x00"  # ec_point_formats
    if ech:
        extensions[ECH] = _grease()
    message = _message(_CIPHERS + _OLDER_CIPHERS, os.urandom(32), extensions)
    return b"\x16\x03\x01" + _sized(message, 2)


def answers(data: bytes) -> bool | None:
    """Whether *data* begins as a server's answer: a ServerHello or an alert.

    None: too little has come to tell.
    """
    if not data:
        return None
    if data[0] not in (_ALERT, _HANDSHAKE):
        return False
    if len(data) < _TOLD:
        return None
    if data[1] != 3 or data[2] > 4:
        return False
    return data[0] == _ALERT or data[5] == _SERVER_HELLO


def _grease() -> bytes:
    """Outer hello, HKDF-SHA256 and AES-128-GCM, a key and a payload of noise."""
    noise = _sized(os.urandom(32), 2) + _sized(os.urandom(_INNER), 2)
    return b"\x00\x00\x01\x00\x01" + os.urandom(1) + noise


def _shared(
    name: str, protocols: tuple[bytes, ...], versions: tuple[int, ...]
) -> dict[int, bytes]:
    host = b"\x00" + _sized(name.encode("idna"), 2)
    share = b"\x00\x1d" + _sized(os.urandom(32), 2)
    return {
        0x00: _sized(host, 2),
        0x0A: _sized(_words(_GROUPS), 2),
        0x0D: _sized(_words(_SIGNATURES), 2),
        0x10: _sized(b"".join(_sized(one, 1) for one in protocols), 2),
        0x2B: _sized(_words(versions), 1),
        0x2D: b"\x01\x01",  # psk_dhe_ke
        0x33: _sized(share, 2),
    }


def _message(
    ciphers: tuple[int, ...], session: bytes, extensions: dict[int, bytes]
) -> bytes:
    told = b"".join(
        kind.to_bytes(2, "big") + _sized(body, 2) for kind, body in extensions.items()
    )
    body = b"".join(
        (
            b"\x03\x03",
            os.urandom(32),
            _sized(session, 1),
            _sized(_words(ciphers), 2),
            b"\x01\x00",  # no compression
            _sized(told, 2),
        )
    )
    return b"\x01" + _sized(body, 3)


def _words(values: tuple[int, ...]) -> bytes:
    return b"".join(one.to_bytes(2, "big") for one in values)


def _sized(body: bytes, width: int) -> bytes:
    return len(body).to_bytes(width, "big") + body
