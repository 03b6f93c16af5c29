"""Access: who may do what, and who looked at what is sensitive or took it out."""

from hotspots.ui.access_page import draw_access
from hotspots.ui.shell import open_page

open_page(draw_access)
