"""Signals, baselines and disruptions as a drawing: SVG, or a page that holds one."""

from rabta.ui.plots.page import Said, page
from rabta.ui.plots.shapes import Figure, Mark, Panel
from rabta.ui.plots.svg import svg


__all__ = ["Figure", "Mark", "Panel", "Said", "page", "svg"]
