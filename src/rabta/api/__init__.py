"""HTTP: the JSON interface, the live stream and the pages.

Importing this package is heavy (FastAPI); only the daemon does.
"""

from rabta.api.app import create_app, sign_in_path
from rabta.api.settings import ApiSettings


__all__ = ["ApiSettings", "create_app", "sign_in_path"]
