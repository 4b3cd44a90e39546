"""Templates to pages."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from rabta import __version__
from rabta.agent.as_usual import facts_of
from rabta.agent.findings import recurs
from rabta.locale import DIRECTION, LANGUAGES
from rabta.ui.drawings import telling, waterfall_of
from rabta.ui.words import Words


@dataclass(frozen=True, slots=True)
class Look:
    """How a reader wants pages to look."""

    language: str
    theme: str
    """``light``, ``dark`` or empty for what the system prefers."""
    path: str
    """The page itself, for links back to it."""
    simulated: bool
    zone: str
    """IANA name of the zone times are told in; empty for the reader's own."""


def render(template: str, look: Look, words: Words, **context: Any) -> str:
    """Render *template* for one reader."""
    other = next(one for one in LANGUAGES if one != look.language)
    return (
        _environment()
        .get_template(template)
        .render(
            look=look,
            words=words,
            t=words.text,
            direction=DIRECTION[look.language],
            other=Words(other, None),
            version=__version__,
            **context,
        )
    )


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("rabta.ui"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["waterfall"] = waterfall_of
    environment.globals["telling"] = telling
    environment.globals["recurs"] = recurs
    environment.globals["as_usual"] = facts_of
    return environment
