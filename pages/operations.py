"""All operations: one timeline, where each stands, where they work, and how they compare."""

from hotspots.ui.operations_page import draw_operations
from hotspots.ui.shell import open_page

open_page(draw_operations)
