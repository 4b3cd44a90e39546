"""Asking public services the way their operators ask for.

One request a second and host at most, ``ETag`` and ``If-Modified-Since`` (RFC 9110,
section 13), ``Retry-After`` (section 10.2.3), ranges to go on where a transfer broke
off (section 14), a bounded size, and every answer kept: a fetch that was interrupted
asks only for what it does not have.
"""

import hashlib
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import msgspec

from rabta import __version__
from rabta.clock import SECOND, Clock
from rabta.errors import FetchError
from rabta.sources.times import of


AGENT = f"rabta/{__version__} (network measurement; no bulk crawling)"
_PACE = 1.0  # seconds between two requests to one host
_ATTEMPTS = 5
_LONGEST_WAIT = 600.0
_SIZE = 256_000_000
_KEPT = 40 * 86400.0
MOST_KEPT = 2_000_000_000
"""Octets of answers of one source that are kept; beyond, the oldest are removed."""
_SKEW = 300 * SECOND
_TIMEOUT = httpx2.Timeout(60.0, connect=20.0)

_BEGINS = re.compile(r"bytes (\d+)-")
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})


class Kept(msgspec.Struct):
    """What is known of an answer that was kept."""

    url: str
    fetched_at: int
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer."""

    url: str
    body: Path
    fresh: bool
    """Whether it came now; else what was kept still holds."""
    skew: int = 0
    """Microseconds this machine's clock is ahead of the server's; 0 if within 5 min."""


class _AgainError(Exception):
    """Worth another attempt after *wait* seconds."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


class Fetcher:
    """Fetches into a folder; not safe to share between threads."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock,
        headers: Mapping[str, str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        pace: float = _PACE,
        size: int = _SIZE,
        most: int = MOST_KEPT,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._sleep = sleep
        self._pace = pace
        self._size = size
        self._most = most
        self._held = 0
        self.removed = 0
        """Answers that were removed to keep the folder small."""
        self._last: dict[str, float] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self._tidy()
        self._client = httpx2.Client(
            headers={"User-Agent": AGENT, **(headers or {})},
            timeout=_TIMEOUT,
            follow_redirects=True,
            max_redirects=5,
            event_hooks={"request": [self._private]},
        )
        self._secure = False

    def _tidy(self) -> None:
        """Remove answers that are too old to be taken again, or too many."""
        oldest = self._clock.now() / SECOND - _KEPT
        for one in self._folder.iterdir():
            with suppress(OSError):  # another fetch may tidy as well
                if one.stat().st_mtime < oldest:
                    one.unlink()
        self._shrink(None)

    def _shrink(self, newest: Path | None) -> None:
        """Remove the oldest answers until the rest is small enough; never *newest*."""
        files: list[tuple[float, int, Path]] = []
        for one in self._folder.iterdir():
            with suppress(OSError):
                told = one.stat()
                files.append((told.st_mtime, told.st_size, one))
        self._held = sum(size for _, size, _ in files)
        for _, size, one in sorted(files):
            if self._held <= self._most:
                return
            if one.suffix in (".json", ".lock") or one == newest:
                continue
            with suppress(OSError):
                one.unlink()
                _note(one).unlink(missing_ok=True)
                one.with_suffix(".lock").unlink(missing_ok=True)
                self.removed += 1
                self._held -= size

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, url: str, *, keep: float = 0.0) -> Fetched:
        """Return the answer; one younger than *keep* seconds is not asked for again.

        Raises:
            FetchError: it is refused, too large, or keeps failing.
        """
        body = self._folder / hashlib.sha256(url.encode()).hexdigest()[:32]
        try:
            with _alone(body):
                return self._get(url, body, keep)
        except OSError as error:
            raise FetchError(
                f"the answer cannot be kept: {error.strerror or error}",
                url=url,
                hint=f"check the free space of {self._folder}",
            ) from error

    def _get(self, url: str, body: Path, keep: float) -> Fetched:
        known = _known(body)
        age = self._clock.now() - known.fetched_at if known else 0
        if known and 0 <= age < keep * SECOND:
            return Fetched(url, body, fresh=False)
        why = ""
        for attempt in range(_ATTEMPTS):
            try:
                return self._once(url, body, known)
            except _AgainError as error:
                why = str(error)
                wait = 2.0**attempt if error.wait is None else error.wait
            if wait > _LONGEST_WAIT:
                raise FetchError(
                    f"{why}, and it asks to wait {wait:.0f} s",
                    url=url,
                    hint="run the same command again later: what was fetched is kept",
                )
            if attempt < _ATTEMPTS - 1:
                self._sleep(wait)
        raise FetchError(
            f"{why}, {_ATTEMPTS} times",
            url=url,
            hint="run the same command again: what was fetched is kept",
        )

    def forget(self, fetched: Fetched) -> None:
        """Throw an answer away that turned out to be of no use."""
        _note(fetched.body).unlink(missing_ok=True)
        fetched.body.unlink(missing_ok=True)

    def _once(self, url: str, body: Path, known: Kept | None) -> Fetched:
        part = body.with_suffix(".part")
        begun = _known(part)
        headers = {}
        if begun and begun.etag and part.stat().st_size:
            headers["Range"] = f"bytes={part.stat().st_size}-"
            headers["If-Range"] = begun.etag
            headers["Accept-Encoding"] = "identity"
        elif known and known.etag:
            headers["If-None-Match"] = known.etag
        elif known and known.modified:
            headers["If-Modified-Since"] = known.modified
        with self._asked(url, headers) as response:
            skew = self._skew(response)
            if response.status_code == 304 and known:
                known.fetched_at = self._clock.now()
                _note(body).write_bytes(msgspec.json.encode(known))
                return Fetched(url, body, fresh=False, skew=skew)
            self._check(response, url, part)
            self._receive(response, url, part)
            note = _kept(response, url, self._clock.now())
        part.replace(body)
        _note(part).unlink(missing_ok=True)
        _note(body).write_bytes(msgspec.json.encode(note))
        self._held += body.stat().st_size
        if self._held > self._most:
            self._shrink(body)
        return Fetched(url, body, fresh=True, skew=skew)

    def _private(self, request: httpx2.Request) -> None:
        """Refuse to be sent from an address with encryption to one without."""
        if self._secure and request.url.scheme != "https":
            raise FetchError(
                f"it sends one on to {request.url.host}, without encryption",
                url=str(request.url),
                hint="if the service has moved, write its new address as url under"
                " [[source]] in the configuration",
            )

    @contextmanager
    def _asked(self, url: str, headers: Mapping[str, str]) -> Iterator[httpx2.Response]:
        host = urlsplit(url).netloc
        if host in self._last:
            wait = self._last[host] + self._pace - self._clock.monotonic()
            if wait > 0:
                self._sleep(wait)
        self._last[host] = self._clock.monotonic()
        self._secure = url.startswith("https:")
        try:
            with self._client.stream("GET", url, headers=headers) as response:
                yield response
        except (httpx2.TooManyRedirects, httpx2.UnsupportedProtocol) as error:
            raise FetchError(str(error), url=url) from None
        except httpx2.InvalidURL as error:
            raise FetchError(f"no address: {error}", url=url) from None
        except httpx2.HTTPError as error:
            raise _AgainError(_words(error)) from error

    def _check(self, response: httpx2.Response, url: str, part: Path) -> None:
        code = response.status_code
        if code == 206 and not _continues(response, part):
            part.unlink(missing_ok=True)
            raise _AgainError("it answers with another part than was asked for")
        if code in (200, 206):
            return
        if code == 416:
            part.unlink(missing_ok=True)
        if code in _TRANSIENT or code == 416:
            raise _AgainError(f"it answers {code}", self._retry_after(response))
        hint = "is the token right? see [[source]] in the configuration"
        raise FetchError(
            f"it answers {code} {response.reason_phrase}",
            url=url,
            hint=hint if code in (401, 403) else "",
            missing=code in (404, 410),
        )

    def _receive(self, response: httpx2.Response, url: str, part: Path) -> None:
        whole = response.status_code == 200
        held = 0 if whole else part.stat().st_size
        encoded = "content-encoding" in response.headers
        told = response.headers.get("content-length", "")
        if told.isdecimal() and held + int(told) > self._size:
            raise self._too_large(url)
        if not encoded:
            note = _kept(response, url, self._clock.now())
            _note(part).write_bytes(msgspec.json.encode(note))
        with part.open("wb" if whole else "ab") as file:
            try:
                for chunk in response.iter_bytes():
                    held += len(chunk)
                    if held > self._size:
                        raise self._too_large(url)
                    file.write(chunk)
            except httpx2.DecodingError as error:
                raise _AgainError("the answer is damaged") from error
            file.flush()
            os.fsync(file.fileno())

    def _too_large(self, url: str) -> FetchError:
        return FetchError(
            f"the answer is larger than {self._size // 1_000_000} MB",
            url=url,
            hint="ask for a shorter period",
        )

    def _retry_after(self, response: httpx2.Response) -> float | None:
        """Read it as seconds, or as a date by the server's own clock."""
        text = response.headers.get("retry-after", "").strip()
        if text.isdecimal():
            return float(text[:9])
        at, now = _date(text), _date(response.headers.get("date", ""))
        if at is None:
            return None
        return max(0.0, (at - (now or self._clock.now())) / SECOND)

    def _skew(self, response: httpx2.Response) -> int:
        theirs = _date(response.headers.get("date", ""))
        ahead = 0 if theirs is None else self._clock.now() - theirs
        return ahead if abs(ahead) > _SKEW else 0


@contextmanager
def _alone(body: Path) -> Iterator[None]:
    """Wait until no other process asks for the same answer: it may be taken then."""
    with body.with_suffix(".lock").open("wb") as lock:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _kept(response: httpx2.Response, url: str, now: int) -> Kept:
    etag = response.headers.get("etag", "")
    return Kept(url, now, etag, response.headers.get("last-modified", ""))


def _continues(response: httpx2.Response, part: Path) -> bool:
    """Whether the answer goes on where *part* ends (RFC 9110, section 14.4)."""
    found = _BEGINS.match(response.headers.get("content-range", ""))
    held = part.stat().st_size if part.exists() else 0
    return found is not None and int(found[1]) == held


def _note(body: Path) -> Path:
    return body.with_name(body.name + ".json")


def _known(body: Path) -> Kept | None:
    """Return what is known of an answer; None without its body."""
    try:
        note = msgspec.json.decode(_note(body).read_bytes(), type=Kept)
    except (OSError, msgspec.MsgspecError):
        return None
    return note if body.exists() else None


def _date(text: str) -> int | None:
    try:
        return of(parsedate_to_datetime(text)) if text else None
    except (ValueError, TypeError, OverflowError):
        return None


def _words(error: httpx2.HTTPError) -> str:
    if isinstance(error, httpx2.ConnectError):
        return "it cannot be reached"
    if isinstance(error, httpx2.TimeoutException):
        return "it does not answer in time"
    if isinstance(error, httpx2.RemoteProtocolError | httpx2.ReadError):
        return "the answer breaks off"
    return f"the exchange failed ({type(error).__name__})"
