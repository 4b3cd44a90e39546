"""What makes pages of facts: its version alone does not say between releases."""

import platform
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from importlib import metadata, resources
from pathlib import Path

from rabta.report import fonts


_ROOMS = ("cost", "locale", "report")
_KINDS = {".html", ".json", ".py", ".typ"}


@lru_cache
def edition() -> str:
    """Return 16 hexadecimal digits of a hash over all that makes pages of facts.

    Equal where the same facts become the same page, on any machine.
    """
    root = Path(str(resources.files("rabta")))
    sources = (
        file
        for room in _ROOMS
        for file in (root / room).rglob("*")
        if file.suffix in _KINDS
    )
    return _digest([*sources, *fonts.files("woff2")], root)


@lru_cache
def typesetter() -> str:
    """Return what makes PDFs here: Typst's version, the platform, a hash of the fonts.

    Where edition and typesetter are equal, the same facts become the same PDF, byte for
    byte. Another platform may round a position otherwise.
    """
    version = metadata.version("typst")
    place = f"{platform.system()}-{platform.machine()}".lower()
    root = Path(str(resources.files("rabta")))
    return f"typst {version} {place} {_digest(fonts.files('ttf'), root)}"


def _digest(files: Iterable[Path], root: Path) -> str:
    told = sha256()
    for file in sorted(files):
        told.update(f"{file.relative_to(root).as_posix()}\n".encode())
        told.update(sha256(file.read_bytes()).digest())
    return told.hexdigest()[:16]
