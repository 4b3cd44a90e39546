"""Countries: their names and shapes, drawn when the package was built."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec


_FILE = Path(__file__).parent / "dist" / "world.json"


@dataclass(frozen=True, slots=True)
class World:
    """The map. Shapes: Natural Earth's de facto boundaries, by world-atlas."""

    width: int
    height: int
    shapes: tuple[tuple[str, str], ...]
    """Code (ISO 3166-1 alpha-2, empty where there is none) and SVG path."""
    countries: dict[str, dict[str, str]]
    """Names by code and language."""

    def name(self, code: str, language: str) -> str:
        """Return the name of a country; its code where it is not known."""
        return self.countries.get(code, {}).get(language, code)


@lru_cache
def world() -> World:
    """Read the map; an empty one where the pages were not bundled."""
    try:
        return msgspec.json.decode(_FILE.read_bytes(), type=World)
    except OSError:
        return World(960, 470, (), {})
