"""Services as targets, and the controls each is judged by."""

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from rabta.config.hosts import address_family, families_of
from rabta.config.settings import Service
from rabta.model.target import Probe, Rung, Target


SERVICE_INTERVAL = 60.0
CONTROL_INTERVAL = 900.0
"""Seconds; the ladder asks for a control at once when its service fails."""


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
