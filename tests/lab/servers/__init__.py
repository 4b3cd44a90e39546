"""All servers of the lab, in one process.

A socket stays in the namespace it was made in, so that one asyncio loop can serve
every network of the world.
"""
