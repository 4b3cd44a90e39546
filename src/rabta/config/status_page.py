"""The ``[status_page]`` table: what the public may see, and under which names."""

from collections.abc import Collection

from rabta.config.read import Section
from rabta.config.settings import ShownItem, StatusPageSettings


def status_page(root: Section, services: Collection[str]) -> StatusPageSettings | None:
    """Read the table; None where there is none. *services* are those configured."""
    if "status_page" not in root:
        return None
    table = root.table("status_page", "title", "url", "show")
    if "title" not in table:
        table.fail("title", "missing; the name of the page, such as your firm's")
    url = table.text("url", pattern=r"https?://[^\s/]+\S*", form="an http(s) URL")
    tables = table.tables("show", "title", "uplink", "service")
    show = tuple(_item(one, services) for one in tables)
    if not show:
        table.fail(
            "show",
            "nothing is shown",
            'add [[status_page.show]] with title = "Internet", and uplink or service',
        )
    return StatusPageSettings(table.text("title"), url, show)


def _item(table: Section, services: Collection[str]) -> ShownItem:
    if "title" not in table:
        table.fail("title", "missing; what the public shall read")
    uplink, service = table.text("uplink"), table.text("service")
    if uplink and service:
        table.fail("service", "is either an uplink or a service, not both")
    if service and service not in services:
        known = ", ".join(services) or "none"
        hint = f"known: {known}; correct the name, or add it to services"
        table.fail("service", f"there is no service {service!r}", hint)
    return ShownItem(table.text("title"), uplink, service)
