"""Pages that say of themselves that they stand in for another, and how pages compare.

Phrases are generic on purpose: a country's own notice, such as Pakistan's "Surf
Safely!", is here only where a published study quotes it. Sources: RFC 7725 (status
451); Citizen Lab, "O Pakistan, We Stand on Guard for Thee" (2013); Dalek et al., "A
Method for Identifying and Confirming the Use of URL Filtering Products" (IMC 2013);
the rest are common to many operators' notices.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from rabta.model.trial import Page


@dataclass(frozen=True, slots=True)
class Sign:
    """One phrase that gives a page away."""

    id: str
    phrase: str
    """Lower case."""
    body: bool = False
    """Telling in a body too: a sentence that few say of anything but themselves."""
    source: str = ""


SIGNS: Final = (
    Sign("site-is-blocked", "site is blocked", body=True),
    Sign("site-blocked", "site blocked"),
    Sign("website-is-blocked", "website is blocked", body=True),
    Sign("webpage-is-blocked", "webpage is blocked", body=True),
    Sign("access-to-site", "access to this site has been", body=True),
    Sign("access-to-website", "access to this website"),
    Sign("has-been-blocked", "has been blocked"),
    Sign("surf-safely", "surf safely", body=True, source="Citizen Lab 2013"),
    Sign("blockpage", "blockpage"),
    Sign("block-page", "block-page"),
    Sign("deny-page", "deny_page", source="Dalek 2013"),
    Sign("prohibited-content", "prohibited content", source="Citizen Lab 2013"),
    Sign("court-order", "court order"),
)
"""Looked for in title and redirect; some in a small body as well."""

PHRASES: Final = tuple(one.phrase for one in SIGNS)
_COMMON: Final = frozenset(
    (
        *("accept-ranges", "age", "cache-control", "connection", "content-encoding"),
        *("content-language", "content-length", "content-type", "date", "etag"),
        *("expires", "keep-alive", "last-modified", "location", "pragma", "server"),
        *("set-cookie", "strict-transport-security", "transfer-encoding", "vary"),
        *("via", "x-content-type-options", "x-frame-options", "x-xss-protection"),
    )
)
"""Headers that say nothing of who sent them."""
_RATIO: Final = 0.7
"""Pages whose sizes differ by less are alike (OONI Web Connectivity)."""
_LEGAL: Final = 451
_SMALL: Final = 16_384
"""Bytes: a notice is short, and a long page may well speak about blocking."""


def sign(page: Page) -> str:
    """Return the id of what gives *page* away; "" for nothing."""
    if page.status == _LEGAL:
        return "status-451"
    said = f"{page.title} {page.location}".lower()
    body = page.text.lower() if page.whole and page.size <= _SMALL else ""
    return next(
        (x.id for x in SIGNS if x.phrase in said or (x.body and x.phrase in body)), ""
    )


def alike(mine: Page, its: Page) -> bool:
    """Whether both may be the same site's: equal status, and one thing more."""
    if mine.status != its.status:
        return False
    if not mine.whole or not its.whole or min(mine.size, its.size) < 0:
        return True
    larger = max(mine.size, its.size)
    near = not larger or min(mine.size, its.size) / larger > _RATIO
    titled = bool(mine.title) and mine.title.lower() == its.title.lower()
    return near or titled or same_server(mine, its)


def same_server(mine: Page, its: Page) -> bool:
    """Whether both carry a header that few servers send."""
    return bool((mine.headers & its.headers) - _COMMON)


def elsewhere(location: str, host: str) -> bool:
    """Whether a redirect leaves the site of *host*."""
    towards = urlsplit(location).hostname or ""
    return bool(towards) and site(towards) != site(host)


def site(host: str) -> str:
    """Return the last two labels, which is a site well enough to compare."""
    return ".".join(host.rsplit(".", 2)[-2:])
