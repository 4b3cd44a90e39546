"""Who may, on S3: requests signed by Amazon's own library, sent over our connections.

botocore finds credentials, region and endpoint where Amazon's tools do: variables,
``~/.aws``, roles. It signs URLs without asking the network; what it may fetch itself,
such as the credentials of a role, takes the system's way.
"""

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from rabta.errors import UsageError
from rabta.probes.url import Url


About = Mapping[str, str | int]

_VALID = 3600  # seconds a signed URL may be used


class Bucket:
    """One object of one bucket; signs what is asked about it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.bucket, self.key = parts.netloc, unquote(parts.path.removeprefix("/"))

    def sign(self, operation: str, about: About) -> Url:
        """Return the URL that does *operation* on the object, both as botocore says it.

        Raises:
            UsageError: there are no credentials, or the bucket's name is none.
        """
        from botocore.exceptions import BotoCoreError

        what = {"Bucket": self.bucket, "Key": self.key, **about}
        try:
            return Url.parse(_client().generate_presigned_url(operation, what, _VALID))
        except BotoCoreError as error:
            raise UsageError(
                f"s3://{self.bucket}: {error}",
                hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in"
                " ~/.aws, for who works on the queue",
            ) from error


@lru_cache
def _client() -> Any:
    from botocore.config import Config
    from botocore.session import Session

    session = Session()
    region = os.environ.get("AWS_REGION") or session.get_config_variable("region")

    def made(**more: Any) -> Any:
        signed = Config(signature_version="s3v4", **more)
        return session.create_client("s3", region or "us-east-1", config=signed)

    client = made()
    if (urlsplit(client.meta.endpoint_url).hostname or "").endswith(".amazonaws.com"):
        # the region's own endpoint: the worldwide one sends on to it
        client = made(s3={"addressing_style": "virtual"})
    return client
