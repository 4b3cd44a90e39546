"""Services: the catalogue, a user's own URL, and the controls each is judged by."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from importlib import resources
from urllib.parse import urlsplit

from rabta.config.settings import Service
from rabta.config.target_table import address_family, is_host
from rabta.model.target import Probe, Rung, Target


SERVICE_INTERVAL = 60.0
CONTROL_INTERVAL = 900.0
"""Seconds; the ladder asks for a control at once when its service fails."""


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


def expand(service: Service, controls: Iterable[Target] = ()) -> tuple[Target, ...]:
    """Return the target of *service* and the controls it is compared with.

    *controls* are templates from the target data: ``{host}`` in their host, query or
    sni becomes the service's host. Without TLS there is no SNI to compare.
    """
    parts = urlsplit(service.url)
    host = parts.hostname or ""
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    by_name = not address_family(host)
    probes = [Probe.DNS] if by_name else []
    probes += [Probe.TCP, *([Probe.TLS] if secure else []), Probe.HTTP]
    if service.quic:
        probes.append(Probe.QUIC)
    main = Target(
        name=service.name,
        rung=Rung.SERVICE,
        host=host,
        probes=tuple(probes),
        interval=SERVICE_INTERVAL,
        families=_families(host),
        port=port,
        url=service.url,
        query=host if by_name else "",
        sni=host if secure and by_name else "",
    )
    fetch = replace(
        main,
        name=f"{service.name}/fetch",
        rung=Rung.CONTROL,
        probes=(Probe.FETCH,),
        interval=CONTROL_INTERVAL,
        control_for=service.name,
    )
    found = [main, fetch]
    for template in controls:
        needs_tls = Probe.TLS in template.probes
        if by_name and (secure or not needs_tls):
            found.append(_filled(template, service.name, host, port))
    if service.sibling and secure:
        found.append(_sibling(service))
    return tuple(found)


def _filled(template: Target, service: str, host: str, port: int) -> Target:
    own = template.host == "{host}"
    return replace(
        template,
        name=f"{service}/{template.name}",
        host=host if own else template.host,
        port=port if own else template.port,
        query=template.query.replace("{host}", host),
        sni=template.sni.replace("{host}", host),
        control_for=service,
    )


def _sibling(service: Service) -> Target:
    return Target(
        name=f"{service.name}/sibling",
        rung=Rung.CONTROL,
        host=service.sibling,
        probes=(Probe.TCP, Probe.TLS),
        interval=CONTROL_INTERVAL,
        control_for=service.name,
        role="sibling",
        sni=service.sibling,
    )


def _families(host: str) -> tuple[int, ...]:
    family = address_family(host)
    return (family,) if family else (4, 6)
