"""By which key what is measured is signed, for ``rabta doctor``."""

from pathlib import Path

from rabta.errors import StoreError
from rabta.model import Message
from rabta.report.evidence import keys


def examine(store: Path) -> tuple[bool, Message]:
    """Say the key's fingerprint, or why nothing can be signed; whether all is well."""
    try:
        key = keys.read(store)
    except StoreError as error:
        return False, Message.of("doctor.evidence.refused", problem=str(error))
    if key is None:
        return True, Message.of("doctor.evidence.none")
    named = keys.fingerprint(key.public)
    return True, Message.of("doctor.evidence.key", fingerprint=named)
