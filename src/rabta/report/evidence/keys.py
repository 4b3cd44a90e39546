"""The Ed25519 key that signs the evidence: a file of its owner's alone.

``cryptography`` is imported where it is used: it costs 10 MB, and only the process
that closes an hour or checks a report pays them.
"""

import os
import re
import stat
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from rabta.errors import StoreError
from rabta.whole import replacement


if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


FILE = "evidence.key"
NEXT = "evidence.key.next"
"""The key that is to follow, until the log has it."""


class Key:
    """A private key, as far as others need to know of it."""

    def __init__(self, private: "Ed25519PrivateKey") -> None:
        self._private = private
        self.public = private.public_key().public_bytes_raw()
        """32 bytes, RFC 8032."""

    def sign(self, data: bytes) -> bytes:
        """Return the signature of *data*, 64 bytes."""
        return self._private.sign(data)


def fingerprint(public: bytes) -> str:
    """Return what people compare: SHA-256 of the 32 bytes, in hexadecimal."""
    return sha256(public).hexdigest()


def fingerprint_in(text: str) -> str:
    """Return the fingerprint that *text* is, or that of the key in it.

    A fingerprint, 64 hexadecimal digits, blanks and colons aside; a public key in PEM;
    or one as tools for signed notes take it. Raises ``ValueError`` for anything else.
    """
    plain = re.sub(r"[\s:]", "", text).lower()
    if re.fullmatch("[0-9a-f]{64}", plain):
        return plain
    if "-----BEGIN" in text:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        public = load_pem_public_key(text.encode())
        if not isinstance(public, Ed25519PublicKey):
            raise ValueError("a key that is not Ed25519")
        return fingerprint(public.public_bytes_raw())
    encoded = b64decode(text.strip().split("+", 2)[-1], validate=True)
    if len(encoded) != 33 or encoded[0] != 1:
        raise ValueError("no key and no fingerprint")
    return fingerprint(encoded[1:])


def signed_by(public: bytes, signature: bytes, data: bytes) -> bool:
    """Whether *signature* is that of *public* over *data*."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def read(folder: Path, name: str = FILE) -> Key | None:
    """Read the key in *folder*; None where there is none.

    Raises:
        StoreError: it is damaged, or others can read it.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    file = folder / name
    try:
        with file.open("rb") as stream:
            shared = stat.S_IMODE(os.fstat(stream.fileno()).st_mode) & 0o077
            text = stream.read(65536)
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(f"{file} cannot be read: {reason}") from error
    if shared and os.name == "posix":
        raise StoreError(
            f"others on this machine can read {file}",
            hint=f"run: chmod 600 '{file}'; if they may have read it, make a new key",
        )
    try:
        private = load_pem_private_key(text, None)
    except (ValueError, TypeError):
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        raise StoreError(
            f"{file} is not an Ed25519 key",
            hint="put the right one back from a backup, or move it aside: then a new "
            "one is made, and reports say that the old one was lost",
        )
    return Key(private)


def make(folder: Path, name: str = FILE) -> Key:
    """Make a key and write it down, whole or not at all.

    Raises:
        StoreError: it cannot be written.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    private = Ed25519PrivateKey.generate()
    text = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / name
    try:
        with replacement(file, mode=0o600) as aside:
            aside.write_bytes(text)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(
            f"{file} cannot be written: {reason}", hint="check the free space"
        ) from error
    return Key(private)


def signing_key(path: Path) -> Key:
    """Return the key of the store in the folder *path*.

    Raises:
        StoreError: there is none yet, or it cannot be read.
    """
    key = read(path)
    if key is None:
        raise StoreError(
            f"there is no {path / FILE}",
            hint="it is made when the first hour is closed: rabta up",
        )
    return key
