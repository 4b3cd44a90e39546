"""What this process costs the machine."""

import os
import time
from pathlib import Path


_STATM = Path("/proc/self/statm")


def processor_seconds() -> float:
    """Processor time used since the start, user and system."""
    return time.process_time()


def memory_bytes() -> int | None:
    """Resident memory; None where there is no /proc."""
    try:
        pages = int(_STATM.read_text("ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
