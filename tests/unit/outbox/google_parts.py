"""Google's storage on loopback as far as its XML API takes objects in parts.

After its manual: an object of parts has a CRC32C and no MD5, a part whose Content-MD5
is not its own is refused, and an upload that was ended is 404.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree as ET

from google_crc32c import Checksum

from tests.unit.outbox.servers import listening


_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


class Bucket:
    """What the store holds, and what was asked of it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.objects: dict[str, bytes] = {}
        self.parts: list[int] = []
        """Numbers of the parts that arrived, in order."""
        self.begun = 0
        self.damage = False
        """Whether it keeps something else than it was sent."""
        self.base = ""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bucket: Bucket

    def log_message(self, *_):
        pass

    def setup(self):
        super().setup()
        self.place = self.upload = ""

    def _answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _asked(self):
        """Return the query, and the parts of the upload it names; None: unknown."""
        parts = urlsplit(self.path)
        self.place = unquote(parts.path)
        query = {k: v[0] for k, v in parse_qs(parts.query, True).items()}
        self.upload = query.get("uploadId", "")
        return query, self.bucket.uploads.get(self.upload)

    def _body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def do_POST(self):
        query, held = self._asked()
        body = self._body()
        with self.bucket.lock:
            if "uploads" in query:
                self.bucket.begun += 1
                name = f"upload/{self.bucket.begun}+"
                self.bucket.uploads[name] = {}
                self._answer(200, _xml("InitiateMultipartUploadResult", UploadId=name))
            elif held is None:
                self._answer(404)
            elif [(n, _tag(held[n])) for n in sorted(held)] != _listed(body):
                self._answer(400, _xml("Error", Code="InvalidPart"))
            else:
                whole = b"".join(held[number] for number in sorted(held))
                if self.bucket.damage:
                    whole = whole[:-1] + b"?"
                self.bucket.objects[self.place] = whole
                del self.bucket.uploads[self.upload]
                self._answer(200, _xml("CompleteMultipartUploadResult"))

    def do_PUT(self):
        query, held = self._asked()
        body = self._body()
        told = base64.b64decode(self.headers["Content-MD5"])
        with self.bucket.lock:
            if held is None:
                self._answer(404)
            elif told != hashlib.md5(body).digest():
                self._answer(400, _xml("Error", Code="BadDigest"))
            else:
                held[int(query["partNumber"])] = body
                self.bucket.parts.append(int(query["partNumber"]))
                self._answer(200, ETag=_tag(body))

    def do_GET(self):
        query, held = self._asked()
        if found := re.fullmatch(r"/storage/v1/b/([^/]+)/o/(.+)", self.place):
            self._object(self.bucket.objects.get(f"/{found[1]}/{found[2]}"), query)
        elif held is None:
            self._answer(404)
        else:
            root = ET.Element("ListPartsResult", xmlns=_NAMESPACE)
            ET.SubElement(root, "IsTruncated").text = "false"
            for number, content in sorted(held.items()):
                part = ET.SubElement(root, "Part")
                ET.SubElement(part, "PartNumber").text = str(number)
                ET.SubElement(part, "ETag").text = _tag(content)
                ET.SubElement(part, "Size").text = str(len(content))
            self._answer(200, ET.tostring(root))

    def _object(self, content, query):
        if content is None:
            self._answer(404)
        elif query.get("alt") == "media":
            self._answer(200, content)
        else:
            crc = Checksum(content).digest()
            told = {"crc32c": base64.b64encode(crc).decode()}
            self._answer(200, json.dumps(told).encode())

    def do_DELETE(self):
        _, held = self._asked()
        if held is not None:
            del self.bucket.uploads[self.upload]
        self._answer(404 if held is None else 204)


def _tag(content):
    return f'"{hashlib.md5(content).hexdigest()}"'


def _listed(body):
    parts = ET.fromstring(body).findall("Part")
    return [(int(one.findtext("PartNumber")), one.findtext("ETag")) for one in parts]


def _xml(name, **values):
    root = ET.Element(name, xmlns=_NAMESPACE)
    for key, value in values.items():
        ET.SubElement(root, key).text = value
    return ET.tostring(root)


@contextmanager
def serving() -> Iterator[Bucket]:
    """Serve a bucket of its own on loopback."""
    bucket = Bucket()
    with listening(Handler, bucket=bucket) as bucket.base:
        yield bucket
