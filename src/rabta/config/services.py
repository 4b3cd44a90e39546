"""Services as targets, and the controls each is judged by."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from rabta.config.hosts import address_family, families_of, is_public
from rabta.config.settings import Service
from rabta.model.target import Probe, Rung, Target


SERVICE_INTERVAL = 60.0
CONTROL_INTERVAL = 900.0
"""Seconds; the ladder asks for a control at once when its service fails."""
FETCH_INTERVAL = 3600.0
"""Seconds between timed fetches in peace: 13 MB a day each, at most."""
PAIR_INTERVAL = 86400.0
"""The other half of the pair is asked for whenever the service itself was timed."""
PAGE_INTERVAL = 300.0
"""A page that comes slowly asks for the pair without waiting for the hour."""


OUTSIDE: Final = frozenset(
    {"trusted-dns", "public-dns", "non-resolver", "neutral-helper", "helper-name"}
)
"""Roles of the controls by which others hear the name of a service."""


def expand(service: Service, controls: Iterable[Target] = ()) -> tuple[Target, ...]:
    """Return the target of *service* and the controls it is compared with.

    *controls* are templates from the target data: ``{host}`` in their host, query or
    sni becomes the service's host. Without TLS there is no SNI to compare. A name
    that is not of the public tree is told to nobody.
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
        families=families_of(host),
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
        interval=FETCH_INTERVAL,
        url=service.page or service.url,
        control_for=service.name,
    )
    found = [main, fetch]
    if service.page and service.page != service.url:
        page = replace(fetch, name=f"{service.name}/page", probes=(Probe.HTTP,))
        found.append(replace(page, interval=PAGE_INTERVAL))
    for template in controls:
        needs_tls = Probe.TLS in template.probes
        told = template.role in OUTSIDE and not is_public(host)
        wanted = service.controls and not told
        if wanted and by_name and (secure or not needs_tls):
            found.append(_filled(template, service.name, host, port))
            if template.role == "neutral-helper" and not address_family(template.host):
                found.append(_by_its_own_name(found[-1]))
            if template.role == "innocuous-sni":
                found.append(_pair(fetch, template))
    if service.sibling:
        found.append(_sibling(service, secure=secure))
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


def _by_its_own_name(helper: Target) -> Target:
    """Return the control of the control: it must pass, or *helper* tells nothing."""
    name = f"{helper.name}-itself"
    return replace(helper, name=name, role="helper-name", sni=helper.host)


def _pair(fetch: Target, template: Target) -> Target:
    """Return the timed fetch of the same page under a name nobody filters."""
    return replace(
        fetch,
        name=f"{fetch.control_for}/{template.name}-fetch",
        interval=PAIR_INTERVAL,
        role=template.role,
        sni=template.sni,
    )


def _sibling(service: Service, *, secure: bool) -> Target:
    return Target(
        name=f"{service.name}/sibling",
        rung=Rung.CONTROL,
        host=service.sibling,
        probes=(Probe.TCP, Probe.TLS) if secure else (Probe.TCP,),
        interval=CONTROL_INTERVAL,
        families=families_of(service.sibling),
        port=443 if secure else 80,
        control_for=service.name,
        role="sibling",
        sni=service.sibling if secure and not address_family(service.sibling) else "",
    )
