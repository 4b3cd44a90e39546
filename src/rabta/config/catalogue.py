"""The catalogue of services, and a user's own URL.

Apart from ``services`` because every command reads the configuration, and few need
the model.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from urllib.parse import urlsplit

from rabta.config.hosts import is_host
from rabta.config.settings import Service


@lru_cache
def catalogue() -> Mapping[str, Service]:
    """All services known by name."""
    file = resources.files("rabta.config").joinpath("targets/services.toml")
    tables = tomllib.loads(file.read_text("utf-8"))["service"]
    found = (Service(**table) for table in tables)
    return {service.name: service for service in found}


def choose(item: str, known: Mapping[str, Service]) -> Service:
    """Turn one item of ``services`` into a service.

    Raises:
        ValueError: with a message and a hint, for what is neither name nor URL.
    """
    if item in known:
        return known[item]
    if "://" in item:
        return _from_url(item)
    from difflib import get_close_matches

    near = get_close_matches(item.lower(), known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else 'or a URL such as "https://…"'
    raise ValueError(f"there is no service {item!r} in the catalogue", hint)


def _from_url(url: str) -> Service:
    form = "expected a URL such as https://shop.example.pk/health"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError(f"{form}: {error}", "") from None
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"{form}, got {url!r}", "the scheme is http or https")
    if parts.username is not None:
        raise ValueError("a URL must not hold a user name or password", "remove it")
    if not is_host(host) or re.search(r"\s", url):
        raise ValueError(f"{form}, got {url!r}", "")
    path = re.sub(r"[^a-z0-9.]+", "-", parts.path.lower()).strip("-")
    name = "-".join(part for part in (host, str(port or ""), path) if part)
    return Service(name=name.replace(":", "-"), title=host, url=url)
