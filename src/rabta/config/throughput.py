"""The throughput test as two targets: one server, both directions."""

from dataclasses import replace
from urllib.parse import urlsplit

from rabta.config.hosts import families_of
from rabta.config.settings import Throughput
from rabta.model.target import DOWNLOAD, UPLOAD, Probe, Rung, Target


_PATH = "/ndt/v7"
"""Where ndt7 lives on a server (M-Lab, ndt-server ``spec/ndt7-protocol.md``)."""
_DIRECTIONS = ("download", "upload")


def throughput_targets(settings: Throughput) -> tuple[Target, ...]:
    """Return both tests against the server that was configured; none without one.

    The server's URL may end in the path of ndt7, in that of one direction, or in none;
    a query (such as an access token) goes along.
    """
    if not settings.server:
        return ()
    parts = urlsplit(settings.server)
    path = parts.path.rstrip("/") or _PATH
    head, _, last = path.rpartition("/")
    base = head if last in _DIRECTIONS else path
    host = parts.hostname or ""
    secure = parts.scheme == "wss"
    download = Target(
        name=DOWNLOAD,
        rung=Rung.CONTROL,
        host=host,
        probes=(Probe.THROUGHPUT,),
        interval=settings.interval,
        families=families_of(host),
        port=parts.port or (443 if secure else 80),
        url=parts._replace(path=f"{base}/download", fragment="").geturl(),
    )
    upload = parts._replace(path=f"{base}/upload", fragment="").geturl()
    return download, replace(download, name=UPLOAD, url=upload)
