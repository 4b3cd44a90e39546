"""What opens one answer over plain HTTP, where the token must never be shown."""

import secrets


_SECONDS = 60.0
_MOST = 64


class Tickets:
    """Handed out over TLS to who has the token; each is good once, and not for long."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def issue(self, now: float) -> str:
        """Return a new one; *now* in seconds of a monotonic clock."""
        self._until = {one: end for one, end in self._until.items() if end > now}
        while len(self._until) >= _MOST:
            self._until.pop(next(iter(self._until)))
        ticket = secrets.token_urlsafe(16)
        self._until[ticket] = now + _SECONDS
        return ticket

    def redeem(self, ticket: str, now: float) -> bool:
        """Take it back; whether it was good."""
        return self._until.pop(ticket, now) > now
