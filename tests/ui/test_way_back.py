"""What was asked for before signing in is found once, by the same browser, for a while."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string, generate_xsrf_token_string

from hotspots.ui import way_back


@pytest.fixture
def cookies(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Stand in for the browser: its cookies, and an empty session."""
    kept: dict[str, str] = {}
    stand_in = SimpleNamespace(context=SimpleNamespace(cookies=kept), session_state={})
    monkeypatch.setattr(way_back, "st", stand_in)
    monkeypatch.setattr(way_back, "_WAYS", way_back.OrderedDict())
    return kept


def answer(cookies: dict[str, str], before: str = "") -> str:
    """Set the cookie as Streamlit does with each answer: the same token under a new mask."""
    token, when = decode_xsrf_token_string(before) if before else (None, None)
    cookies["_streamlit_xsrf"] = generate_xsrf_token_string(token, when)
    way_back.st.session_state.clear()
    return cookies["_streamlit_xsrf"]


def test_the_same_browser_finds_its_way_once(cookies: dict[str, str]) -> None:
    first = answer(cookies)
    way_back.remember_way("operation", {"operation": "coquet"})
    second = answer(cookies, first)
    assert second != first
    assert way_back.take_way() == ("operation", {"operation": "coquet"})
    assert way_back.take_way() is None
    answer(cookies, second)
    assert way_back.take_way() is None


def test_another_browser_and_a_late_one_find_nothing(cookies: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    first = answer(cookies)
    way_back.remember_way("operation", {})
    answer(cookies)
    assert way_back.take_way() is None
    answer(cookies, first)
    later = way_back.time.monotonic() + 901
    monkeypatch.setattr(way_back.time, "monotonic", lambda: later)
    assert way_back.take_way() is None


@pytest.mark.parametrize("cookie", ["", "2", "2|zz|zz|1", "2||00|1", "x" * 5_000])
def test_a_strange_cookie_is_nobodys(cookies: dict[str, str], cookie: str) -> None:
    cookies["_streamlit_xsrf"] = cookie
    way_back.remember_way("operation", {})
    assert not way_back._WAYS
    assert way_back.take_way() is None


def test_only_so_many_ways_are_kept(cookies: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(way_back, "_KEPT", 2)
    for page in ("a", "b", "c", ""):
        answer(cookies)
        way_back.remember_way(page, {})
    assert [way[1] for way in way_back._WAYS.values()] == ["b", "c"]
