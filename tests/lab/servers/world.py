"""Which server listens where, and the orders that change how it behaves."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.lab import plan
from tests.lab.namespaces import inside
from tests.unit.probes.ndt7_server import Ndt7

from . import names, quic, web
from .certificates import Authority
from .ports import MIDDLEBOX, NDT, PORTAL_DNS, PORTAL_HTTP, PORTAL_TLS
from .proxy import Middlebox
from .vantage import Vantage


_Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class World:
    """All listeners; orders arrive as ``do_…`` calls."""

    def __init__(self, folder: Path, isps: int) -> None:
        self._folder = folder
        self._isps = plan.ISPS[:isps]
        self._authority = Authority(folder)
        self._stranger = Authority(folder, "Unknown Middlebox CA")
        self._keep: list[Any] = []
        self.resolvers: dict[str, names.Resolver] = {}
        self.services: dict[str, web.Conduct] = {}
        self.middleboxes: dict[int, Middlebox] = {}
        self.portals: dict[int, web.Site] = {}
        self.vantage: Vantage | None = None

    async def start(self) -> None:
        """Open every socket, then write the root certificate: the sign of readiness."""
        for site in plan.SITES.values():
            await self._site(site)
        for service in plan.SERVICES:
            await self._service(service)
        for operator in plan.ANYCAST:
            await self._anycast(operator)
        helper = self._authority.context(plan.HELPER, plan.INNOCUOUS)
        for address in (plan.HELPER4, plan.HELPER6):
            await self._web("west", address, web.Site("Helper"), helper)
        for isp in self._isps:
            await self._isp(isp)
        ix = self._authority.context(f"ix.{plan.ZONE}", plan.IX_SERVER4)
        for wild in ("0.0.0.0", "::"):
            await self._web("ix", wild, web.Site("Exchange"), ix)
        (self._folder / "ca.pem").write_bytes(self._authority.pem)

    def do_service(self, name: str, **conduct: Any) -> None:
        """Replace the conduct of a service."""
        site_conduct = self.services[name]
        fresh = web.Conduct(**conduct)
        for slot in web.Conduct.__slots__:
            setattr(site_conduct, slot, getattr(fresh, slot))

    def do_vantage(self, country: str, asns: list[int]) -> None:
        """Have the vantage say that it stands in *country*, on the networks *asns*."""
        assert self.vantage is not None
        self.vantage.country, self.vantage.asns = country, asns

    def do_resolver(self, label: str, **conduct: Any) -> None:
        """Replace the conduct of a resolver: an ISP's name or an anycast operator."""
        self.resolvers[label].conduct = names.Conduct(**conduct)

    def do_portal(self, isp: int, how: str) -> None:
        """Have the portal of *isp* lead to its page in another way."""
        self.portals[isp].how = how

    def do_middlebox(
        self, isp: int, hosts: list[str], *, trusted: bool = False
    ) -> None:
        """End TLS for *hosts* in the core of *isp*; none switches it off."""
        box = self.middleboxes[isp]
        box.names = set(hosts)
        if hosts:
            signer = self._authority if trusted else self._stranger
            box.context = signer.context(*hosts)

    async def _site(self, site: plan.Site) -> None:
        subjects = [f"{site.namespace}{n}.{plan.ZONE}" for n in (10, 11, 12)]
        if site is plan.NODE:
            subjects = [plan.CAPTIVE, plan.CAPTIVE4, plan.CAPTIVE6]
        elif site is plan.VANTAGE:
            subjects = [plan.VANTAGE_NAME, plan.VANTAGE4, plan.VANTAGE6]
        else:
            subjects += [a for n in (10, 11, 12) for a in plan.member(site, n)]
            subjects += [f"www.{plan.ZONE}"]
        context = self._authority.context(*subjects)
        page = web.Site(f"Site {site.namespace}")
        if site is plan.VANTAGE:
            trusting = ssl.create_default_context(cadata=self._authority.pem.decode())
            self.vantage = page.vantage = Vantage(
                partial(_outward, site.namespace), trusting
            )
        for wild in ("0.0.0.0", "::"):
            await self._web(site.namespace, wild, page, context, quic_too=False)
            await self._tcp(site.namespace, wild, 7, _echo)
            await self._tcp(site.namespace, wild, NDT, _ndt7, context)

    async def _service(self, service: plan.Service) -> None:
        context = self._authority.context(service.host, service.sibling)
        conduct = self.services[service.name] = web.Conduct()
        page = web.Site(f"{service.name.title()} at work", conduct)
        for address in (*service.addresses4, *service.addresses6):
            await self._web(service.site, address, page, context)

    async def _anycast(self, operator: plan.Anycast) -> None:
        addresses = operator.address4, operator.address6
        context = self._authority.context(
            f"dns.{operator.operator}.example", *addresses
        )
        resolver = self.resolvers[operator.operator] = names.Resolver(
            f"{operator.operator}-{operator.namespace}"
        )
        page = web.Site(operator.operator, resolver=resolver)
        for address in addresses:
            await self._web(operator.namespace, address, page, context)
            await self._dns(operator.namespace, address, resolver, context)

    async def _isp(self, isp: plan.Isp) -> None:
        core, cpe = f"core{isp.number}", f"cpe{isp.number}"
        resolver = self.resolvers[isp.name] = names.Resolver(f"{isp.name}-resolver")
        addresses = isp.resolver4, isp.resolver6
        context = self._authority.context(f"dns.{isp.name}.example", *addresses)
        for address in addresses:
            await self._dns(core, address, resolver, context)
        block = web.Site("Surf Safely! This website is not accessible")
        odd = self._stranger.context("blockpage")
        for address in (isp.blockpage4, isp.blockpage6):
            await self._web(core, address, block, odd, quic_too=False)
        login = web.Site("", location=f"http://{isp.gateway4}/login")
        self.portals[isp.number] = login
        lying = names.Resolver(f"{isp.name}-portal")
        lying.conduct.forge = {names.EVERY: [isp.gateway4]}
        portal = self._stranger.context("portal.local")
        for wild in ("0.0.0.0", "::"):
            await self._tcp(cpe, wild, 80, partial(web.serve, web.Site("Log in")))
            await self._tcp(cpe, wild, PORTAL_HTTP, partial(web.serve, login))
            await self._tcp(cpe, wild, PORTAL_TLS, partial(web.serve, login), portal)
            await self._tcp(cpe, wild, PORTAL_DNS, partial(names.stream, lying))
            await self._udp(cpe, wild, PORTAL_DNS, partial(names.Datagrams, lying))
        box = Middlebox(block, partial(_outward, core))
        self.middleboxes[isp.number] = box
        for wild in ("0.0.0.0", "::"):
            listener = _socket(core, wild, MIDDLEBOX, socket.SOCK_STREAM)
            listener.listen(64)
            self._keep.append(asyncio.ensure_future(box.accept(listener)))

    async def _web(
        self,
        namespace: str,
        address: str,
        site: web.Site,
        context: ssl.SSLContext,
        *,
        quic_too: bool = True,
    ) -> None:
        handler = partial(web.serve, site)
        await self._tcp(namespace, address, 80, handler)
        await self._tcp(namespace, address, 443, handler, context)
        if quic_too:
            await self._udp(namespace, address, 443, quic.Responder)

    async def _dns(
        self,
        namespace: str,
        address: str,
        resolver: names.Resolver,
        context: ssl.SSLContext,
    ) -> None:
        handler = partial(names.stream, resolver)
        await self._tcp(namespace, address, 53, handler)
        await self._tcp(namespace, address, 853, handler, context)
        await self._udp(namespace, address, 53, partial(names.Datagrams, resolver))

    async def _tcp(
        self,
        namespace: str,
        address: str,
        port: int,
        handler: _Handler,
        context: ssl.SSLContext | None = None,
    ) -> None:
        listener = _socket(namespace, address, port, socket.SOCK_STREAM)
        server = await asyncio.start_server(
            partial(_calmly, handler), sock=listener, ssl=context, backlog=256
        )
        self._keep.append(server)

    async def _udp(
        self,
        namespace: str,
        address: str,
        port: int,
        protocol: Callable[[], asyncio.DatagramProtocol],
    ) -> None:
        bound = _socket(namespace, address, port, socket.SOCK_DGRAM)
        loop = asyncio.get_running_loop()
        self._keep.append(await loop.create_datagram_endpoint(protocol, sock=bound))


def _socket(namespace: str, address: str, port: int, kind: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with inside(namespace):
        made = socket.socket(family, kind)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # * and an address
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    made.setblocking(False)
    made.bind((address, port))
    return made


def _outward(namespace: str, family: int) -> socket.socket:
    with inside(namespace):
        made = socket.socket(family, socket.SOCK_STREAM)
    made.setblocking(False)
    return made


async def _calmly(
    handler: _Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Run *handler*; a client that hangs up, or talks nonsense, is no news."""
    with contextlib.suppress(OSError, EOFError, ValueError, asyncio.LimitOverrunError):
        await handler(reader, writer)
    writer.close()


async def _ndt7(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await Ndt7(total=2 << 20)(reader, writer)


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(4096):
        writer.write(data)
        await writer.drain()
