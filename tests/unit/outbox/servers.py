"""Servers on loopback: tus 1.0, plain PUT, ranges, requests with keys."""

import base64
import hashlib
import re
import socketserver
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class World:
    """What the server holds and how it behaves."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.files: dict[str, bytearray] = {}
        self.lengths: dict[str, int] = {}
        self.received = 0
        self.requests: Counter[str] = Counter()
        self.effects: list[str] = []
        self.keys: set[str] = set()
        self.headers: list[dict[str, str]] = []
        self.cut_after = 0
        """Bytes of a body after which the connection is reset; once."""
        self.tus = True
        self.digests = True
        self.corrupt = False
        self.fail = 0
        """Requests that get 503 before one succeeds."""
        self.retry_after = ""
        self.etag = '"one"'
        self.spans: list[tuple[str, int, int]] = []
        """(client, first byte, the one after the last) of what was sent."""
        self.ranges = True
        self.base = ""
        self.freeze = False
        """The next upload is read no further after its first piece."""
        self.over = threading.Event()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world: World

    def log_message(self, *_):
        pass

    def _answer(self, status, headers=(), body=b""):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _read(self, take):
        left = int(self.headers.get("Content-Length", 0))
        while left:
            piece = self.rfile.read(min(left, 8192))
            if not piece:
                self.close_connection = True
                return False
            take(piece)
            left -= len(piece)
            with self.world.lock:
                self.world.received += len(piece)
                if self.world.cut_after and self.world.received >= self.world.cut_after:
                    self.world.cut_after = 0
                    self._reset()
                    return False
        return True

    def _reset(self):
        import socket
        import struct

        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()
        self.close_connection = True

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (OSError, ValueError):
            self.close_connection = True

    def parse_request(self):
        if not super().parse_request():
            return False
        with self.world.lock:
            self.world.requests[self.command] += 1
            self.world.headers.append(dict(self.headers))
            failing = self.world.fail > 0
            self.world.fail -= failing
        if failing:
            more = [("Retry-After", self.world.retry_after)]
            self._read(lambda _: None)
            self._answer(503, more if self.world.retry_after else ())
            return False
        return True

    def do_OPTIONS(self):
        tus = [("Tus-Resumable", "1.0.0"), ("Tus-Version", "1.0.0")]
        self._answer(204, tus if self.world.tus else ())

    def do_POST(self):
        if "Upload-Length" in self.headers:
            name = f"/files/{len(self.world.files)}"
            self.world.files[name] = bytearray()
            self.world.lengths[name] = int(self.headers["Upload-Length"])
            self._answer(201, [("Location", name), ("Tus-Resumable", "1.0.0")])
            return
        body = bytearray()
        if not self._read(body.extend):
            return
        key = self.headers.get("Idempotency-Key", "")
        with self.world.lock:
            if not key or key not in self.world.keys:
                self.world.effects.append(body.decode())
            self.world.keys.add(key)
        self._answer(200)

    def do_HEAD(self):
        held = self.world.files.get(self.path)
        if held is None:
            self._answer(404)
            return
        self._answer(200, [("Upload-Offset", str(len(held))), *self._digest(held)])

    def _digest(self, held):
        if not self.world.digests:
            return []
        if self.world.corrupt:
            held = b"not what was sent"
        digest = base64.b64encode(hashlib.sha256(held).digest()).decode()
        return [("Repr-Digest", f"sha-256=:{digest}:")]

    def do_PATCH(self):
        held = self.world.files[self.path]
        if self.world.freeze:
            self.world.freeze = False
            held.extend(self.rfile.read(8192))
            self.world.over.wait(30)
            self.close_connection = True
            return
        if int(self.headers["Upload-Offset"]) != len(held):
            self._answer(409)
            return
        if self._read(held.extend):
            more = self._digest(held)
            self._answer(204, [("Upload-Offset", str(len(held))), *more])

    def do_PUT(self):
        body = bytearray()
        if self._read(body.extend):
            self.world.files[self.path] = body
            self._answer(201, self._digest(body))

    def do_GET(self):
        if self.path == "/moved":
            self._answer(302, [("Location", "/file")])
            return
        held = bytes(self.world.files.get(self.path, b""))
        if self.path not in self.world.files:
            self._answer(404)
            return
        start, end = 0, len(held)
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        headers = [("ETag", self.world.etag), *self._digest(held)]
        same = self.headers.get("If-Range", self.world.etag) == self.world.etag
        if asked and same and self.world.ranges:
            start, end = int(asked[1]), int(asked[2] or end - 1) + 1
            span = f"bytes {start}-{end - 1}/{len(held)}"
            headers.append(("Content-Range", span))
        with self.world.lock:
            self.world.spans.append((self.client_address[0], start, end))
        self.send_response(206 if "Content-Range" in dict(headers) else 200)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(end - start))
        self.end_headers()
        with self.world.lock:
            cut = self.world.cut_after
            self.world.cut_after = 0
        if cut and cut < len(held):
            self.wfile.write(held[start:cut])
            self.wfile.flush()
            self.connection.shutdown(2)
            self.close_connection = True
            return
        self.wfile.write(held[start:end])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass


@contextmanager
def served(server: socketserver.BaseServer) -> Iterator[int]:
    """Have *server* serve, by a thread of its own; its port."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def listening(handler: type, **shared: object) -> Iterator[str]:
    """Serve on loopback by *handler*, which has what is *shared*; where that is."""
    server = _Server(("127.0.0.1", 0), type("Bound", (handler,), shared))
    with served(server) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def serving() -> Iterator[World]:
    """Serve a world of its own on loopback."""
    world = World()
    with listening(Handler, world=world) as world.base:
        try:
            yield world
        finally:
            world.over.set()
