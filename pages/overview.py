"""The force in one screen: where harm is concentrated, and how sure we are."""

from hotspots.ui.overview_page import draw_overview
from hotspots.ui.shell import open_page

open_page(draw_overview)
