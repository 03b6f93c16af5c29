"""Help: the two journeys, the words, the keys, and the tour."""

from hotspots.ui.help_page import draw_help
from hotspots.ui.shell import open_page

open_page(draw_help)
