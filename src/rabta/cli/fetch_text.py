"""What ``rabta fetch`` says of an answer, for people and for programs."""

from collections.abc import Iterator
from typing import Any

from rabta.agent.fetching import Page
from rabta.cli import intake_text
from rabta.clock import SECOND
from rabta.locale import say
from rabta.sources import SOURCES


def document(page: Page, source: str) -> dict[str, Any]:
    """Return what became of an answer of *source*, all counts."""
    intake, terms = page.intake, SOURCES[source].licence
    return {
        "url": page.url.partition("#")[0],
        "fresh": page.fresh,
        "left": page.left,
        "skew_seconds": page.skew / SECOND,
        "problem": page.problem,
        "missing": page.missing,
        "empty": page.empty,
        "waiting": page.waiting,
        "stopped": page.stopped,
        "partial": page.partial,
        **intake_text.counted(intake),
        "aside": {},
        "licence": terms.name,
        "licence_link": terms.link,
        "holder": terms.holder,
        **(intake_text.account(intake) if intake else {}),
    }


def lines(page: Page, lang: str) -> Iterator[tuple[str, bool]]:
    """Yield (what became of the answer, whether it is a complaint)."""

    def text(key: str, **args: str | float | tuple[str, ...]) -> str:
        return say(lang, f"fetch.{key}", None, **args)

    url, intake = page.url.partition("#")[0], page.intake
    if page.skew:
        yield text("skew", span=abs(page.skew) / SECOND), True
    if page.missing:
        yield text("missing", url=url), True
    elif page.problem:
        yield text("problem", why=page.problem, url=url), True
    elif page.empty:
        yield text("empty", url=url), False
    elif intake is not None:
        key = "waiting" if page.waiting else "fetched" if page.fresh else "kept"
        counts = intake_text.counted(intake)
        yield text(key, records=intake.tally.kept, left=page.left, **counts), False
        for line in intake_text.accounted(intake, lang):
            yield line, False
        if page.partial:
            yield text("partial", why=page.partial, url=url), True
    if page.stopped:
        yield text("stopped", why=page.stopped, url=url), True


def licence(source: str, lang: str) -> str:
    """Return whose data these are."""
    terms = SOURCES[source].licence
    return say(lang, "import.licence", None, name=terms.name, holder=terms.holder)
