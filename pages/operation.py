"""One operation: its phases, scorecards, curves, log, forms and files."""

from hotspots.ui.operation_page import draw_operation
from hotspots.ui.shell import open_page

open_page(draw_operation)
