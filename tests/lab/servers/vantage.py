"""How the services look from abroad: the part of Rabta's API another Rabta asks for."""

import asyncio
import json
import socket
import ssl
import time
from collections.abc import Callable

from tests.lab import plan


_PATIENCE = 3.0
_SLOW = 2.0


class Vantage:
    """Measures every service anew each time it is asked."""

    def __init__(
        self, outward: Callable[[int], socket.socket], context: ssl.SSLContext
    ) -> None:
        self.country = "DE"
        """Where it says that it stands."""
        self.asns: list[int] = []
        self._outward = outward
        self._context = context

    async def document(self) -> bytes:
        """Return the status document: the services and their states."""
        sites = [(one.name, one, 443) for one in plan.SERVICES]
        sites.append(("news", plan.SERVICE["docs"], 80))
        states = await asyncio.gather(*(self._state(s, port) for _, s, port in sites))
        services = [
            {"name": name, "verdict": {"state": state}}
            for (name, *_), state in zip(sites, states, strict=True)
        ]
        uplinks = [
            {"uplink": {"asn": asn}, "verdict": {"code": "fine"}} for asn in self.asns
        ]
        told = {"country": self.country, "services": services, "uplinks": uplinks}
        return json.dumps(told).encode()

    async def _state(self, service: plan.Service, port: int) -> str:
        started = time.monotonic()
        try:
            async with asyncio.timeout(_PATIENCE):
                status = await self._get(service, port)
        except (OSError, EOFError):
            return "down"
        if status >= 500:
            return "down"
        return "degraded" if time.monotonic() - started > _SLOW else "up"

    async def _get(self, service: plan.Service, port: int) -> int:
        made = self._outward(socket.AF_INET)
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_connect(made, (service.addresses4[0], port))
        except OSError:
            made.close()
            raise
        secure = port == 443
        reader, writer = await asyncio.open_connection(
            sock=made,
            ssl=self._context if secure else None,
            server_hostname=service.host if secure else None,
        )
        try:
            head = (
                f"GET / HTTP/1.1\r\nHost: {service.host}\r\nConnection: close\r\n\r\n"
            )
            writer.write(head.encode())
            return int((await reader.readuntil(b"\r\n")).split()[1])
        finally:
            writer.close()
