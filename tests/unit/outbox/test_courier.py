"""A connection is used again while the server is likely to keep it, and not later."""

import asyncio

from rabta.clock import SystemClock
from rabta.model import Call, Job, JobState, Order
from rabta.outbox.task import Task
from rabta.outbox.transfer import courier as module
from rabta.outbox.transfer.courier import Courier
from rabta.probes.url import Url
from rabta.steer.lines import Lines


async def connections_of(pause, tmp_path):
    """Ask twice with a *pause* between; how many connections that took."""
    made, over = 0, asyncio.Semaphore(0)

    async def serve(reader, writer):
        nonlocal made
        made += 1
        try:
            while await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 0.3):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        except (TimeoutError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            over.release()

    async def keep(*_):
        pass

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = Url.parse(f"http://127.0.0.1:{port}/")
    job = Job(1, Order(Call(url.text), ""), JobState.RUNNING, 0)
    clock = SystemClock()
    courier = Courier(Task(job, "127.0.0.1", Lines(tmp_path, {}, clock), clock, keep))
    async with server:
        for wait in (0.0, pause):
            await asyncio.sleep(wait)
            assert (await courier.ask("GET", url)).ok
            assert await courier.body() == b"ok"
        courier.hang_up()
        for _ in range(made):
            await over.acquire()
    return made


async def test_the_next_request_goes_over_the_same_connection(tmp_path):
    assert await connections_of(0.0, tmp_path) == 1


async def test_after_a_rest_a_new_one_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_STALE", 0.2)

    assert await connections_of(0.6, tmp_path) == 2
