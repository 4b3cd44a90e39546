"""How far an upload is, as it is kept to go on after a crash."""

from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class State:
    """How far an upload is."""

    how: str = ""
    """``tus``, ``put`` or a store's scheme; empty when nobody was asked yet."""
    place: str = ""
    """What the far side calls this upload: tus' URL, S3's upload ID."""
    size: int = -1
    modified: int = -1
    """Of the file that is sent, nanoseconds."""
    sha256: str = ""


def text_of(state: State) -> str:
    """Return *state* as a job keeps it."""
    return msgspec.json.encode(state).decode()


def state_of(token: str) -> State:
    """Return what a job kept; of what is no such text, the beginning."""
    if not token:
        return State()
    try:
        return msgspec.json.decode(token, type=State)
    except msgspec.DecodeError:
        return State()
