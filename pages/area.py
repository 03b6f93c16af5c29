"""One area: its rank, clusters, months and mix of types, and who it compares with."""

from hotspots.ui.area_page import draw_area
from hotspots.ui.shell import open_page

open_page(draw_area)
