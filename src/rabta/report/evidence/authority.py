"""Ask a time-stamping authority about the newest checkpoint, once a day.

Asked after the first hour that is closed in a day, and again every hour until it has
answered: a line that is down only delays it. The daemon waits for none of it.
"""

import logging
from pathlib import Path

from rabta.clock import DAY
from rabta.report.evidence import note, stamp
from rabta.store.evidence import Leaves


log = logging.getLogger(__name__)

_LARGEST = 256 * 1024  # bytes of an answer; with all certificates it has some 6,000
_SECONDS = 30.0


def ask(path: Path, server: str) -> bool:
    """Have the newest checkpoint of the log in *path* stamped, if today's is not.

    Whether there was anything to ask, and it was answered.
    """
    with Leaves.read(path) as leaves:
        newest, last = leaves.newest(), leaves.last_stamped()
    if newest is None:
        return False
    today = note.read(newest.note).time // DAY
    if last is not None and note.read(last.note).time // DAY == today:
        return False
    question, nonce = stamp.request(newest.note)
    try:
        token = _answer(server, question)
        stamp.read(token, newest.note, nonce=nonce)
    except ValueError as error:
        log.warning("%s gave no time stamp: %s", server, error)
        return False
    with Leaves.open(path) as leaves:
        leaves.put_token(newest.size, token)
    return True


def _answer(server: str, question: bytes) -> bytes:
    import httpx2

    headers = {"Content-Type": stamp.QUERY, "Accept": stamp.REPLY}
    try:
        with httpx2.stream(
            "POST", server, content=question, headers=headers, timeout=_SECONDS
        ) as response:
            if response.status_code != 200:
                raise ValueError(f"status {response.status_code}")
            answer = b""
            for piece in response.iter_bytes():
                answer += piece
                if len(answer) > _LARGEST:
                    raise ValueError("its answer has no end")
            return answer
    except httpx2.HTTPError as error:
        raise ValueError(str(error) or type(error).__name__) from None
