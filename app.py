"""The dashboard: what every page shares, then the page."""

from hotspots.ui.shell import run

run()
