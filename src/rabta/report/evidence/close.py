"""``python -m rabta.report.evidence.close PATH``: close the hours that have ended.

With ``--timestamp-server URL``, have the newest checkpoint stamped, once a day.

A process of its own beside the daemon, for a second an hour, so that neither the
library that signs nor an hour of rows is ever in the daemon's memory.
"""

import argparse
import os
import sys
from pathlib import Path

from rabta.clock import SystemClock
from rabta.errors import StoreError
from rabta.report.evidence.authority import ask
from rabta.report.evidence.log import Log


def main(arguments: list[str] | None = None) -> int:
    """Close hours of the store in a folder; 0 when done, 1 on failure."""
    parser = argparse.ArgumentParser(prog="python -m rabta.report.evidence.close")
    parser.add_argument("path", type=Path)
    parser.add_argument("--timestamp-server", metavar="URL", default="")
    given = parser.parse_args(arguments)
    if hasattr(os, "nice"):
        os.nice(10)  # probes must not feel it
    try:
        with Log.open(given.path, clock=SystemClock()) as log:
            log.close_hours()
        if given.timestamp_server:  # the log is free again: this may take its time
            ask(given.path, given.timestamp_server)
    except StoreError as error:
        print(error, file=sys.stderr)  # noqa: T201  # a command of its own
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
