"""Hotspots: density, cells that hold more than chance would put there, clusters, and what emerges."""

from hotspots.ui.hot_cells_page import draw_hot_cells
from hotspots.ui.shell import open_page

open_page(draw_hot_cells)
