"""Data: what is loaded, what looks wrong, where it came from, and bringing more in."""

from hotspots.ui.data_page import draw_data
from hotspots.ui.shell import open_page

open_page(draw_data)
