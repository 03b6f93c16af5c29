"""The help page: the way through the dashboard, the words, and the keys."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from hotspots.ui import panels
from hotspots.ui.glossary import GLOSSARY

if TYPE_CHECKING:
    from hotspots.ui.shell import View

_JOURNEYS = (
    (
        "For a commander: where, what was done, did it work",
        (
            "Overview: the whole force. Choose a ward on the map or in the ranking, then “Open this area”.",
            "Area: its clusters, months and mix of crime. The operations that work there stand below its title.",
            "Operation: what was done in Clear, Hold and Build, against its targets. “Did it work?” leads on.",
            "Impact: the effect with its interval, and whether crime moved next door. “Briefing” makes the slides.",
        ),
    ),
    (
        "For a neighbourhood team: my area, this month, log, print",
        (
            "Find your area in the search box. Bookmark the page: its address holds the area and every filter.",
            "“Latest month” below the title shows the newest month alone; “Whole period” goes back.",
            "“Log what was done” opens the form of the operation in your area. A slip can be undone at once.",
            "“Print this page” leaves out the menu and the filters, and keeps the marking.",
        ),
    ),
)
_KEYS = (
    ("/ or Ctrl K", "search for an area or operation"),
    ("Tab, Shift Tab", "to the next or last button, box, map or table"),
    ("Arrow keys, + and −", "move and zoom a map; Enter chooses what is at its centre"),
    ("Arrow keys, Enter", "move in a table or a list and choose"),
    ("Esc", "close a list, a menu or the tour"),
)


def draw_help(view: View) -> None:
    """Draw the help page."""
    panels.draw_title("Help", period="the way through, the words and the keys", world=view.world)
    st.html('<button type="button" class="hs-print tour">Take the tour</button>')
    for column, (title, steps) in zip(st.columns(2, gap="medium"), _JOURNEYS, strict=True):
        with column:
            panels.draw_section(title)
            st.html(f'<ol class="hs-steps">{"".join(f"<li>{escape(step)}</li>" for step in steps)}</ol>')
    panels.draw_section("Keys", "everything can be done without a mouse")
    rows = "".join(f"<div><dt>{escape(keys)}</dt><dd>{escape(text)}</dd></div>" for keys, text in _KEYS)
    st.html(f'<dl class="hs-words keys">{rows}</dl>')
    panels.draw_section("Words", "what they mean on these pages")
    rows = "".join(
        f'<div id="{escape(term.code)}"><dt>{escape(term.name)}</dt><dd>{escape(term.meaning)}</dd></div>'
        for term in sorted(GLOSSARY, key=lambda term: term.name.casefold())
    )
    st.html(f'<dl class="hs-words">{rows}</dl>')
    panels.draw_section("Colours", "the same on screen, slide and print")
    st.html(
        '<p class="hs-caption">Light or dark, and following the computer’s own setting, is chosen in the menu at the '
        "top right. The colours of maps and charts mean the same in both.</p>"
    )
