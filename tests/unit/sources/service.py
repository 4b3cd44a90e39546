"""A public service on loopback that answers as it is told to."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from tests.unit.outbox.servers import listening


@dataclass
class Answer:
    """One answer; *cut* sends only that many bytes of the body and hangs up."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


Answerer = Callable[[str, dict[str, str]], Answer]


@dataclass
class Service:
    """What was asked, and what will be answered."""

    base: str
    answer: Answerer
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    """Notes what is asked, and answers as it is told."""

    protocol_version = "HTTP/1.1"
    told: Service

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.told.asked.append((self.path, headers))
        answer = self.told.answer(self.path, headers)
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if "Content-Length" not in answer.headers:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if answer.status == 304:
            return
        self.wfile.write(answer.body[: answer.cut])
        if answer.cut is not None:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def service() -> Iterator[Service]:
    """Serve on a free port of loopback until the block ends."""
    told = Service("", lambda *_: Answer())
    with listening(Handler, told=told) as told.base:
        yield told


def in_turn(*answers: Answer) -> Answerer:
    """Answer one after the other, the last one for ever."""
    left = list(answers)
    return lambda *_: left.pop(0) if len(left) > 1 else left[0]
