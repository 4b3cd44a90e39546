"""Classic BPF: let the kernel drop what is not for us before it wakes us.

A raw ICMP socket sees every ICMP packet of the host. The filters here keep echo
replies with our identifier and errors that quote an echo request of ours.
"""

import ctypes
import socket
import struct
from collections.abc import Sequence
from typing import Final


Instruction = tuple[int, int, int, int]
"""(code, jump if true, jump if false, constant), as in ``linux/filter.h``."""

_SO_ATTACH_FILTER: Final = 26  # asm-generic/socket.h

# linux/bpf_common.h: class | size | mode
_LOAD_BYTE: Final = 0x30  # A = P[k]
_LOAD_HALF: Final = 0x28
_LOAD_BYTE_AT_X: Final = 0x50  # A = P[X + k]
_LOAD_HALF_AT_X: Final = 0x48
_LOAD_HEADER_LENGTH: Final = 0xB1  # X = 4 * (P[k] & 15)
_AND: Final = 0x54
_SHIFT_LEFT: Final = 0x64
_ADD_X: Final = 0x0C
_TO_X: Final = 0x07
_JUMP_EQUAL: Final = 0x15
_RETURN: Final = 0x06
_WHOLE: Final = 0x40000

_ACCEPT: Final[Instruction] = (_RETURN, 0, 0, _WHOLE)
_DROP: Final[Instruction] = (_RETURN, 0, 0, 0)


def echo_filter(family: int, ident: int) -> list[Instruction]:
    """Keep what answers echo requests with *ident*; a raw socket's view of it.

    IPv4 packets start at the IP header, ICMPv6 packets after it. A load beyond the
    end of the packet drops it, so that truncated ones need no check.
    """
    return _filter_4(ident) if family == 4 else _filter_6(ident)


def _filter_4(ident: int) -> list[Instruction]:
    return [
        (_LOAD_HEADER_LENGTH, 0, 0, 0),
        (_LOAD_BYTE_AT_X, 0, 0, 0),
        (_JUMP_EQUAL, 0, 2, 0),  # echo reply
        (_LOAD_HALF_AT_X, 0, 0, 4),
        (_JUMP_EQUAL, 12, 13, ident),
        (_JUMP_EQUAL, 2, 0, 3),  # destination unreachable
        (_JUMP_EQUAL, 1, 0, 11),  # time exceeded
        _DROP,
        (_LOAD_BYTE_AT_X, 0, 0, 8),  # the quoted packet's own header length
        (_AND, 0, 0, 15),
        (_SHIFT_LEFT, 0, 0, 2),
        (_ADD_X, 0, 0, 0),
        (_TO_X, 0, 0, 0),
        (_LOAD_BYTE_AT_X, 0, 0, 8),
        (_JUMP_EQUAL, 0, 3, 8),  # echo request
        (_LOAD_HALF_AT_X, 0, 0, 12),
        (_JUMP_EQUAL, 0, 1, ident),
        _ACCEPT,
        _DROP,
    ]


def _filter_6(ident: int) -> list[Instruction]:
    return [
        (_LOAD_BYTE, 0, 0, 0),
        (_JUMP_EQUAL, 0, 2, 129),  # echo reply
        (_LOAD_HALF, 0, 0, 4),
        (_JUMP_EQUAL, 9, 10, ident),
        (_JUMP_EQUAL, 2, 0, 1),  # destination unreachable
        (_JUMP_EQUAL, 1, 0, 3),  # time exceeded
        _DROP,
        (_LOAD_BYTE, 0, 0, 14),  # next header of the quoted packet
        (_JUMP_EQUAL, 0, 5, 58),
        (_LOAD_BYTE, 0, 0, 48),
        (_JUMP_EQUAL, 0, 3, 128),  # echo request
        (_LOAD_HALF, 0, 0, 52),
        (_JUMP_EQUAL, 0, 1, ident),
        _ACCEPT,
        _DROP,
    ]


def attach(opened: socket.socket, program: Sequence[Instruction]) -> None:
    """Attach *program* to a socket; Linux only.

    Raises:
        OSError: the kernel refuses it.
    """
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("@HP", len(program), ctypes.addressof(buffer))
    opened.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, head)
