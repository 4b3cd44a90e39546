"""Model objects to JSON, with their sentences spoken in every language."""

from datetime import tzinfo
from typing import Any

import msgspec
from starlette.responses import Response

from rabta.locale import spoken


class Speaker:
    """Encodes documents; times in sentences are told in *zone*."""

    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone

    def encode(self, document: Any) -> bytes:
        """Encode any model object, or containers of them."""
        return msgspec.json.encode(
            spoken(msgspec.to_builtins(document, str_keys=True), self._zone)
        )

    def reply(self, document: Any) -> Response:
        """Answer with *document*; it is never a cached one."""
        return Response(
            self.encode(document),
            media_type="application/json",
            headers={"cache-control": "no-store"},
        )
