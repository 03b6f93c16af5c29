"""Trends: which areas rise or fall against the year before, and what emerges inside them."""

from hotspots.ui.shell import open_page
from hotspots.ui.trends_page import draw_trends

open_page(draw_trends)
