"""Serve until the lab closes the control socket, whose descriptor is an argument."""

import asyncio
import json
import os
import socket
import sys
from pathlib import Path

from .world import World


async def main() -> None:
    """Build the world in the folder given, then obey orders."""
    control = socket.socket(fileno=int(sys.argv[1]))
    folder, isps = Path(sys.argv[2]), int(sys.argv[3])
    reader, writer = await asyncio.open_connection(sock=control)
    await reader.readline()  # the namespaces are there
    world = World(folder, isps)
    await world.start()
    writer.write(b"ok\n")
    while line := await reader.readline():
        order = json.loads(line)
        getattr(world, f"do_{order.pop('do')}")(**order)
        writer.write(b"ok\n")
    os._exit(0)  # the lab is gone: no farewell to those who are still connected


asyncio.run(main())
