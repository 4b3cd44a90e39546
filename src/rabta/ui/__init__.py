"""What the pages look like: words, templates, drawings. HTTP is the API's business."""

from pathlib import Path

from rabta.ui.render import Look, render
from rabta.ui.words import Words


ASSETS = Path(__file__).parent / "dist"
"""Scripts, styles and fonts, bundled when the package is built."""

__all__ = ["ASSETS", "Look", "Words", "render"]
