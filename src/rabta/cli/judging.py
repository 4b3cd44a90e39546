"""Look through what was brought in for disruptions, and say what was found."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rabta.cli.progress import Progress
from rabta.locale import say


if TYPE_CHECKING:
    from rabta.store import Store


def judged(
    store: "Store | None", entities: Iterable[str], lang: str, progress: Progress
) -> str:
    """Judge the public *entities*; a sentence on what became of them, or nothing."""
    if store is None:
        return ""
    from rabta.agent.public import judge_entities
    from rabta.agent.public_signals import is_public

    wanted = [one for one in entities if is_public(one)]
    if not wanted:
        return ""
    with progress.stage("judging", entities=len(wanted)):
        looked = judge_entities(store, wanted, progress=progress.count)
    return say(
        lang,
        "import.judged",
        None,
        entities=looked.judged + looked.unchanged,
        opened=looked.opened,
        revised=looked.revised,
        withdrawn=looked.withdrawn,
    )
