"""What tests need to act as another account of this machine."""

import os
import stat
import sys
from pathlib import Path

import pytest


NOBODY = 65534


def _others_reach(path: Path) -> bool:
    folders = path.resolve().parents
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)


needs_another_account = pytest.mark.skipif(
    not hasattr(os, "geteuid")
    or os.geteuid() != 0
    or not all(_others_reach(Path(one)) for one in (__file__, sys.executable)),
    reason="needs root, and a folder that other accounts can read",
)
