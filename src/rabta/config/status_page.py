"""The ``[status_page]`` table: what the public may see, and under which names."""

from rabta.config.read import Section
from rabta.config.settings import ShownItem, StatusPageSettings


def status_page(root: Section) -> StatusPageSettings | None:
    """Read the table; None where there is none."""
    if "status_page" not in root:
        return None
    table = root.table("status_page", "title", "url", "show")
    if "title" not in table:
        table.fail("title", "missing; the name of the page, such as your firm's")
    url = table.text("url", pattern=r"https?://[^\s/]+\S*", form="an http(s) URL")
    show = tuple(map(_item, table.tables("show", "title", "uplink", "service")))
    if not show:
        table.fail(
            "show",
            "nothing is shown",
            'add [[status_page.show]] with title = "Internet", and uplink or service',
        )
    return StatusPageSettings(table.text("title"), url, show)


def _item(table: Section) -> ShownItem:
    if "title" not in table:
        table.fail("title", "missing; what the public shall read")
    uplink, service = table.text("uplink"), table.text("service")
    if uplink and service:
        table.fail("service", "is either an uplink or a service, not both")
    return ShownItem(table.text("title"), uplink, service)
