"""Briefings: a pack of pictures for a meeting, from a template, with notes, as one file."""

from hotspots.ui.briefing_page import draw_briefing
from hotspots.ui.shell import open_page

open_page(draw_briefing)
