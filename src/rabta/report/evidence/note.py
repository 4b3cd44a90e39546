"""Checkpoints: C2SP ``tlog-checkpoint`` in a ``signed-note``, signed with Ed25519.

::

    rabta/0123456789abcdef          origin: this log
    8761                            leaves
    JvFnX7…=                        root of RFC 6962
    time 1764288300000000           when it was signed, microseconds UTC

    — rabta/0123456789abcdef NJk2…=

The time is an extension line: the specification lets others pass over it. The name of
the key is the origin; the first four bytes of the signature are its id.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256

from rabta.report.evidence.keys import Key, signed_by


_ED25519 = b"\x01"
_MARK = "— "
_LARGEST = 1 << 40
_LATEST = 253_402_214_400_000_000  # the year 10000


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a signed note says of a log."""

    log: str
    size: int
    root: bytes
    time: int
    """By the clock of the machine that signed it, microseconds UTC."""

    @property
    def text(self) -> str:
        """What is signed."""
        root = b64encode(self.root).decode()
        return f"{self.log}\n{self.size}\n{root}\ntime {self.time}\n"


def key_id(name: str, public: bytes) -> bytes:
    """Return the four bytes by which a note names the key of its signature."""
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def verifier_of(name: str, public: bytes) -> str:
    """Return a key as other tools for signed notes take it."""
    encoded = b64encode(_ED25519 + public).decode()
    return f"{name}+{key_id(name, public).hex()}+{encoded}"


def sign(checkpoint: Checkpoint, key: Key) -> str:
    """Return the signed note of *checkpoint*."""
    text = checkpoint.text
    signature = key_id(checkpoint.log, key.public) + key.sign(text.encode())
    return f"{text}\n{_MARK}{checkpoint.log} {b64encode(signature).decode()}\n"


def read(note: str) -> Checkpoint:
    """Return what *note* says, without a look at who signed it.

    Raises ``ValueError`` for anything but the one form in which it is written.
    """
    log, size, root, time = note.split("\n", 4)[:4]
    checkpoint = Checkpoint(
        log, int(size), b64decode(root, validate=True), int(time.removeprefix("time "))
    )
    bounded = 0 <= checkpoint.size < _LARGEST and 0 <= checkpoint.time < _LATEST
    form = len(checkpoint.root) == 32 and bounded
    if not form or not note.startswith(f"{checkpoint.text}\n{_MARK}"):
        raise ValueError("not a checkpoint of rabta")
    return checkpoint


def is_signed(note: str, public: bytes) -> bool:
    """Whether *note* is a checkpoint that *public* signed, and nothing else."""
    checkpoint = read(note)
    start = f"{checkpoint.text}\n{_MARK}{checkpoint.log} "
    encoded = note.removeprefix(start).removesuffix("\n")
    try:
        signature = b64decode(encoded, validate=True)
    except ValueError:
        return False
    if note != f"{start}{b64encode(signature).decode()}\n":
        return False
    named = signature[:4] == key_id(checkpoint.log, public)
    return named and signed_by(public, signature[4:], checkpoint.text.encode())
