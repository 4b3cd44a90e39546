"""A server whose every effect is counted: tus 1.0, ranges, requests with a key.

It listens on a port of loopback and keeps what happened in memory; ``GET /effects``
tells it. A process of its own, so that no kill of the benchmark hits it.
"""

import base64
import hashlib
import json
import random
import re
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar


BODY = bytes(range(256)) * 400
"""What every download gets."""


class Sink(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    lock = threading.RLock()
    effects: ClassVar[Counter[str]] = Counter()
    seen: ClassVar[set[str]] = set()
    requests = 0
    uploads: ClassVar[dict[str, bytearray]] = {}
    lengths: ClassVar[dict[str, int]] = {}
    turns: ClassVar[Counter[str]] = Counter()
    names: ClassVar[dict[str, str]] = {}
    finished: ClassVar[Counter[str]] = Counter()

    def log_message(self, *_):
        pass

    def answer(self, status, headers=(), body=b""):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (OSError, ValueError):
            self.close_connection = True

    def do_OPTIONS(self):
        self.answer(204, [("Tus-Resumable", "1.0.0")])

    def do_POST(self):
        if "Upload-Length" in self.headers:
            with self.lock:
                place = f"/tus/{len(self.uploads)}"
                self.uploads[place] = bytearray()
                self.lengths[place] = int(self.headers["Upload-Length"])
                said = self.headers["Upload-Metadata"].split(",")[0].split()[1]
                self.names[place] = base64.b64decode(said).decode()
            self.answer(201, [("Location", place)])
            return
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        key = self.headers.get("Idempotency-Key", "")
        time.sleep(random.uniform(0.0, 0.1))  # as a server that is not next door
        with self.lock:
            Sink.requests += 1
            if not key or key not in self.seen:
                self.effects[body] += 1
            self.seen.add(key)
        time.sleep(random.uniform(0.0, 0.1))
        self.answer(200)

    def do_HEAD(self):
        if self.path not in self.uploads:  # a download is looked at
            self.answer(200, [("ETag", '"one"'), ("Accept-Ranges", "bytes")])
            return
        held = self.uploads[self.path]
        digest = base64.b64encode(hashlib.sha256(held).digest()).decode()
        more = [("Repr-Digest", f"sha-256=:{digest}:")]
        self.answer(200, [("Upload-Offset", str(len(held))), *more])

    def do_PATCH(self):
        held = self.uploads[self.path]
        with self.lock:
            if int(self.headers["Upload-Offset"]) != len(held):
                self.answer(409)
                return
            turn = self.turns[self.path] = self.turns[self.path] + 1
        left = int(self.headers["Content-Length"])
        while left:
            piece = self.rfile.read1(min(left, 16384))
            if not piece:
                self.close_connection = True
                return
            with self.lock:
                if self.turns[self.path] != turn:  # another connection goes on with it
                    self.close_connection = True
                    return
                held += piece
            left -= len(piece)
        with self.lock:
            if len(held) == self.lengths[self.path]:
                self.finished[self.names[self.path]] += 1
        digest = base64.b64encode(hashlib.sha256(held).digest()).decode()
        more = [("Repr-Digest", f"sha-256=:{digest}:")]
        self.answer(204, [("Upload-Offset", str(len(held))), *more])

    def do_GET(self):
        if self.path == "/effects":
            with self.lock:
                good = {
                    self.names[place]: hashlib.sha256(held).hexdigest()
                    for place, held in self.uploads.items()
                    if len(held) == self.lengths[place]
                }
                found = {
                    "effects": self.effects,
                    "requests": Sink.requests,
                    "finished": self.finished,
                    "digests": good,
                }
            self.answer(200, (), json.dumps(found).encode())
            return
        self.send_body()

    def send_body(self):
        """Send what was asked for, piece by piece: no second goes into a copy of it."""
        big = self.path.startswith("/big/")
        size = int(self.path.rpartition("/")[2]) if big else len(BODY)
        start, end = 0, size
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked and self.headers.get("If-Range", '"one"') == '"one"':
            start = int(asked[1])
            end = int(asked[2]) + 1 if asked[2] else size
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        else:
            self.send_response(200)
        self.send_header("ETag", '"one"')
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(end - start))
        self.end_headers()
        while start < end:
            place = start % len(BODY)
            piece = BODY[place : place + min(end - start, len(BODY))]
            self.wfile.write(piece)
            start += len(piece)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_):
        pass


def main() -> None:
    host, port = sys.argv[1:] or ("127.0.0.1", "0")
    server = Server((host, int(port)), Sink)
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()  # until whoever started it is gone


if __name__ == "__main__":
    main()
