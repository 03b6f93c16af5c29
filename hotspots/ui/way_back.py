"""The page that somebody asked for before signing in: the provider sends everybody to the first page.

Nothing of a visit lasts through the sign-in but the browser's cookies. Streamlit gives every browser one of its own
against forged requests, and under that the page is remembered here for as long as a sign-in takes. Whoever comes back
finds it once; whoever does not is forgotten.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict

import streamlit as st

_COOKIE = "_streamlit_xsrf"
_SECONDS = 900.0
_KEPT = 2_000
_TAKEN = "way-back-taken"
_WAYS: OrderedDict[str, tuple[float, str, dict[str, str]]] = OrderedDict()
_LOCK = threading.Lock()


def remember_way(page: str, parameters: dict[str, str]) -> None:
    """Remember what this browser asked for, until it has signed in.

    Parameters
    ----------
    page
        Address of the page below the dashboard's; empty for the first.
    parameters
        The part after the question mark; checked when the page reads it, like any other.
    """
    browser = _name_browser()
    if not browser or not (page or parameters):
        return
    with _LOCK:
        _WAYS[browser] = (time.monotonic(), page, parameters)
        _WAYS.move_to_end(browser)
        while len(_WAYS) > _KEPT:
            _WAYS.popitem(last=False)


def take_way() -> tuple[str, dict[str, str]] | None:
    """Return what this browser asked for before it signed in, once; None when it asked for nothing."""
    if st.session_state.get(_TAKEN):
        return None
    st.session_state[_TAKEN] = True
    browser = _name_browser()
    with _LOCK:
        when, page, parameters = _WAYS.pop(browser, (float("-inf"), "", {}))
    return (page, parameters) if time.monotonic() - when < _SECONDS else None


def _name_browser() -> str:
    """Name the browser by its cookie: a token that stays, under a mask that is another in each answer."""
    parts = str(st.context.cookies.get(_COOKIE, "")).split("|")
    try:
        _version, mask, masked = parts[0], bytes.fromhex(parts[1]), bytes.fromhex(parts[2])
    except (IndexError, ValueError):
        return ""
    token = bytes(byte ^ mask[place % len(mask)] for place, byte in enumerate(masked)) if mask else b""
    return hashlib.sha256(token).hexdigest() if token else ""
