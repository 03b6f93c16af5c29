"""Impact: did it work, and did crime move next door? The verdict first, then what it rests on."""

from hotspots.ui.impact_page import draw_impact
from hotspots.ui.shell import open_page

open_page(draw_impact)
