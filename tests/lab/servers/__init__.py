"""All servers of the lab in one process: a socket stays in the namespace it was made
in, so one asyncio loop can serve every network of the world."""
