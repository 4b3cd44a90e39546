"""Where what is in the store came from: ``rabta import --history``."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rabta.clock import SECOND, SystemClock
from rabta.locale import say


_MOST = 1000


def lines(path: Path, lang: str, *, as_json: bool) -> Iterator[str]:
    """Yield a line for each file and answer, the newest first.

    Raises:
        StoreError: there is no store.
    """
    from rabta.store import Store

    with Store.open(path, clock=SystemClock(), read_only=True) as store:
        found = store.provenance(_MOST)
    for one in found:
        if as_json:
            yield json.dumps(asdict(one), ensure_ascii=False)
            continue
        moment = datetime.fromtimestamp(one.time / SECOND, UTC)
        yield say(
            lang,
            "import.history",
            None,
            when=f"{moment:%Y-%m-%d %H:%M UTC}",
            source=one.source,
            what=one.what,
            size=one.octets,
            kept=one.kept,
            aside=one.aside,
            licence=one.licence,
            sha256=one.sha256[:16],
        )
    if not found and not as_json:
        yield say(lang, "import.no_history", None)
