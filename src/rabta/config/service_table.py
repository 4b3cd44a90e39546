"""``services`` and ``[[service]]``: what people need, and what they know of it."""

from dataclasses import replace
from urllib.parse import urlsplit

from rabta.config.catalogue import catalogue, choose
from rabta.config.hosts import is_host
from rabta.config.read import Section
from rabta.config.settings import Service


SERVICE_KEYS = ("name", "sibling", "page", "controls")
_DEFAULT = ("github", "gmail")


def services(root: Section) -> tuple[Service, ...]:
    """Read the list, then the tables, each of which joins or completes it.

    Raises:
        ConfigError: an item is neither in the catalogue nor a URL, or is named twice.
    """
    known = catalogue()
    found: dict[str, Service] = {}
    for index, item in enumerate(root.strings("services", _DEFAULT)):
        try:
            service = choose(item, known)
        except ValueError as error:
            message, hint = error.args
            root.fail_item("services", index, message, hint)
        if service.name in found:
            root.fail_item("services", index, f"{service.name!r} is listed twice")
        found[service.name] = service
    told: set[str] = set()
    for table in root.tables("service", *SERVICE_KEYS) if "service" in root else ():
        service = _read(table)
        if service.name in told:
            table.fail("name", f"{service.name!r} has a table already")
        told.add(service.name)
        found[service.name] = service
    return tuple(found.values())


def _read(table: Section) -> Service:
    if "name" not in table:
        table.fail("name", "missing; a name of the catalogue or a URL")
    try:
        service = choose(table.text("name"), catalogue())
    except ValueError as error:
        message, hint = error.args
        table.fail("name", message, hint)
    sibling = table.text("sibling", service.sibling)
    if sibling and not is_host(sibling):
        table.fail("sibling", f"expected an address or a host name, got {sibling!r}")
    page = table.text("page", service.page)
    if page and not _same_server(page, service.url):
        example = service.url.partition("://")[0] + "://" + _authority(service.url)
        table.fail("page", f"expected a URL under {example}/, got {page!r}")
    controls = table.flag("controls")
    return replace(service, sibling=sibling, page=page, controls=controls is not False)


def _same_server(page: str, url: str) -> bool:
    """Whether the two are pages of one server: speed is compared on one address."""
    scheme = urlsplit(url).scheme
    return page.startswith(f"{scheme}://") and _authority(page) == _authority(url)


def _authority(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""
