"""Hotspots: where harm concentrates, how sure we are, and what to take to the briefing."""
