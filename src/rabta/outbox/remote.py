"""Where a git remote is, from what git takes for its address (git-push, GIT URLS)."""

import re
from urllib.parse import urlsplit


_HERE = "localhost"
_SCP_LIKE = re.compile(r"(?:[^@/:]+@)?(\[[^\]]+\]|[^/:]{2,}):(?!//)")


def host_in(address: str) -> str:
    """Return the host; of a folder this machine, empty of a URL that is none."""
    if "://" in address:
        try:
            parts = urlsplit(address)
        except ValueError:
            return ""
        return parts.hostname or (_HERE if parts.scheme == "file" else "")
    found = _SCP_LIKE.match(address)
    return found[1].strip("[]").lower() if found else _HERE
