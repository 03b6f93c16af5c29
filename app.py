"""The dashboard: what every page shares, then the page; and the web server around it.

Streamlit runs this file as a script for every visit. The web server imports it once, for the application that it
serves: ``hotspots serve`` and ``streamlit run app.py`` both find it here.
"""

import streamlit as st

if __name__ == "__main__":
    try:
        from hotspots.ui.shell import run

        run()
    except Exception as error:  # noqa: BLE001 - the last door: whoever looks at the screen gets a sentence, and the log gets the cause
        from hotspots.ui.log_lines import report_fault

        reference = report_fault(error, page="", what="The dashboard could not be shown.")
        st.html(
            '<div role="alert" style="border-left: 5px solid #d4351c; background: #f3f4f5; padding: 12px 16px">'
            "<b>The dashboard cannot be shown.</b> The fault is in the program or its installation, not in what you "
            "chose. Start the dashboard again, and if that does not help, send the log to whoever installed it, with "
            f"the reference <b>{reference}</b> under which it says what is wrong.</div>"
        )
else:
    from hotspots.ui import web, web_outlines

    app = st.App(
        __file__,
        routes=[*web.list_routes(), *web_outlines.list_routes()],
        middleware=web.list_middleware(),
        lifespan=web.run_server,
        on_script_error=web.tell_of_fault,
    )
