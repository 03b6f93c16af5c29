"""The dashboard: what every page shares, then the page."""

import logging

import streamlit as st

try:
    from hotspots.ui.shell import run

    run()
except Exception:  # the last door: whoever looks at the screen gets a sentence, and the log gets the cause
    logging.getLogger("hotspots").exception("The dashboard could not be shown.")
    st.html(
        '<div role="alert" style="border-left: 5px solid #d4351c; background: #f3f4f5; padding: 12px 16px">'
        "<b>The dashboard cannot be shown.</b> The fault is in the program or its installation, not in what you chose; "
        "the log of the server says what it is. Start the dashboard again, and if that does not help, send the log to "
        "whoever installed it.</div>"
    )
