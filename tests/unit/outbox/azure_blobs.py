"""Azure's storage on loopback as far as blobs are made of blocks.

After its manual: a block whose Content-MD5 is not its own is refused, names of blocks
have one length, blocks wait apart from the blob until a list names them, a blob that is
not there and has no blocks is 404, and what is asked must bear a signature or a login's
token.
"""

import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree as ET

from tests.unit.outbox.servers import listening


ACCOUNT = "someone"
KEY = base64.b64encode(b"hush hush hush").decode()
BEARER = "of.a.login"
_NONE = ("si", "sip", "spr")
_LAST = ("snapshot", "ses", "rscc", "rscd", "rsce", "rscl", "rsct")


class Container:
    """What the store holds, and what was asked of it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.blocks: dict[str, dict[str, bytes]] = {}
        self.blobs: dict[str, tuple[bytes, str]] = {}
        """Content and the MD5 that was told, by path."""
        self.put = 0
        """How many blocks arrived."""
        self.base = ""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    held: Container

    def log_message(self, *_):
        pass

    def _answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _asked(self):
        """Return path and query of a request that is signed; else refuse it."""
        parts = urlsplit(self.path)
        path = unquote(parts.path).removeprefix(f"/{ACCOUNT}")
        query = {k: v[0] for k, v in parse_qs(parts.query, True).items()}
        says = self.headers.get("Authorization", "")
        if says == f"Bearer {BEARER}" and "x-ms-date" in self.headers:
            return path, query
        told = [query.get(name, "") for name in ("sp", "st", "se")]
        told += [f"/blob/{ACCOUNT}{path}", *(query.get(n, "") for n in _NONE)]
        told += [query.get(name, "") for name in ("sv", "sr", *_LAST)]
        key = base64.b64decode(KEY)
        right = hmac.new(key, "\n".join(told).encode(), hashlib.sha256).digest()
        if query.get("sig") != base64.b64encode(right).decode():
            self._answer(403)
            return None, {}
        return path, query

    def do_PUT(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, query = self._asked()
        if path is None:
            return
        with self.held.lock:
            if query.get("comp") == "block":
                self._block(path, query["blockid"], body)
            else:
                self._list(path, body)

    def _block(self, path, name, body):
        blocks = self.held.blocks.setdefault(path, {})
        told = base64.b64decode(self.headers["Content-MD5"])
        lengths = {len(one) for one in (name, *blocks)}
        if not body or told != hashlib.md5(body).digest() or len(lengths) > 1:
            self._answer(400)
            return
        blocks[name] = body
        self.held.put += 1
        self._answer(201)

    def _list(self, path, body):
        blocks = self.held.blocks.get(path, {})
        names = [one.text for one in ET.fromstring(body)]
        if not set(names) <= set(blocks):
            self._answer(400)
            return
        content = b"".join(blocks[name] for name in names)
        self.held.blobs[path] = content, self.headers["x-ms-blob-content-md5"]
        del self.held.blocks[path]
        self._answer(201)

    def do_GET(self):
        path, query = self._asked()
        if path is None:
            return
        with self.held.lock:
            blob, blocks = self.held.blobs.get(path), self.held.blocks.get(path)
        if query.get("comp") == "blocklist":
            self._blocks(blocks, is_there=blob is not None)
        elif blob is None:
            self._answer(404)
        else:
            self._answer(200, blob[0], Content_MD5=blob[1], ETag='"one"')

    def do_HEAD(self):
        self.do_GET()

    def _blocks(self, blocks, *, is_there):
        if blocks is None and not is_there:
            self._answer(404)
            return
        root = ET.Element("BlockList")
        waiting = ET.SubElement(root, "UncommittedBlocks")
        for name, content in (blocks or {}).items():
            block = ET.SubElement(waiting, "Block")
            ET.SubElement(block, "Name").text = name
            ET.SubElement(block, "Size").text = str(len(content))
        self._answer(200, ET.tostring(root))


@contextmanager
def serving() -> Iterator[Container]:
    """Serve a container of its own on loopback."""
    held = Container()
    with listening(Handler, held=held) as place:
        held.base = f"{place}/{ACCOUNT}"
        yield held
