"""Method check: which method foresees best here, against simply counting the last months."""

from hotspots.ui.method_check_page import draw_method_check
from hotspots.ui.shell import open_page

open_page(draw_method_check)
