"""URLs of HTTP and WebSocket servers."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit


@dataclass(frozen=True, slots=True)
class Url:
    """An HTTP or WebSocket URL, taken apart."""

    text: str
    host: str
    port: int
    path: str
    """Path and query, percent-encoded."""
    encrypted: bool

    @classmethod
    def parse(cls, text: str) -> "Url":
        """Take *text* apart; ``ValueError`` when it is no such URL."""
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https", "ws", "wss"} or not parts.hostname:
            raise ValueError(f"no HTTP URL: {text!r}")
        encrypted = parts.scheme in {"https", "wss"}
        host = parts.hostname
        if not host.isascii():
            host = host.encode("idna").decode()
        path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
        if parts.query:
            path += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
        return cls(
            text, host, parts.port or (443 if encrypted else 80), path, encrypted
        )

    @property
    def authority(self) -> str:
        """What the Host header says."""
        return self.authority_of(self.host)

    def authority_of(self, name: str) -> str:
        """Return what the Host header says where *name* is asked for at this port."""
        host = f"[{name}]" if ":" in name else name
        usual = self.port == (443 if self.encrypted else 80)
        return host if usual else f"{host}:{self.port}"
