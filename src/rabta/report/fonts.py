"""The Urdu font that documents carry: it comes with the pages' bundle."""

from base64 import b64encode
from importlib import resources
from pathlib import Path

from rabta.errors import PlatformError


FAMILY = "Noto Nastaliq Urdu"
_FOLDER = ("dist", "fonts")
_WEIGHTS = (400, 700)


def files(ending: str) -> tuple[Path, ...]:
    """Return the font's files of one kind (``ttf``, ``woff2``) that are there."""
    place = Path(str(resources.files("rabta.ui").joinpath(*_FOLDER)))
    found = (place / _name(weight, ending) for weight in _WEIGHTS)
    return tuple(one for one in found if one.exists())


def folder() -> Path:
    """Return where the font's files lie.

    Raises:
        PlatformError: this installation was built without them.
    """
    found = Path(str(resources.files("rabta.ui").joinpath(*_FOLDER)))
    if len(files("ttf")) < len(_WEIGHTS):
        raise PlatformError(
            f"the font {FAMILY} is missing from {found}",
            hint="install Rabta again (python3 install.py), or in a checkout run"
            " 'python3 hatch_build.py'",
        )
    return found


def faces() -> str:
    """Return the font as rules of a style sheet that hold it whole."""
    rules = []
    for weight in _WEIGHTS:
        data = b64encode((folder() / _name(weight, "woff2")).read_bytes()).decode()
        rules.append(
            f'@font-face{{font-family:"{FAMILY}";font-weight:{weight};'
            f"unicode-range:U+0600-06FF,U+0750-077F,U+08A0-08FF,U+FB50-FDFF,U+FE70-FEFF;"
            f"src:url(data:font/woff2;base64,{data}) format('woff2')}}"
        )
    return "".join(rules)


def _name(weight: int, ending: str) -> str:
    return f"noto-nastaliq-urdu-arabic-{weight}-normal.{ending}"
