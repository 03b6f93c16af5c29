"""Stop searches in an operation's area on its page: derived from police.uk, apart from what was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from hotspots.errors import StoreError
from hotspots.pipeline.derived_searches import DerivedSearches, derive_searches
from hotspots.store.records import RecordStore
from hotspots.ui import panels
from hotspots.ui.caches import ANSWERS_KEPT
from hotspots.ui.operation_panels import draw_caption

if TYPE_CHECKING:
    from hotspots.pipeline.operation_view import OperationView
    from hotspots.settings import Settings
    from hotspots.ui.shell import View


def draw_area_searches(view: View, answer: OperationView, *, advise: bool = True) -> None:
    """Draw what police.uk's searches say of the area; where they say nothing, how to load them if `advise`."""
    try:
        derived = _find(view, answer)
    except StoreError as error:
        panels.draw_message("Stop searches of police.uk cannot be read", str(error), wrong=True)
        return
    for strip in derived.describe():
        panels.draw_strip(strip.text, strip.detail)
    if advise and derived.advice:
        draw_caption(derived.advice)


def _find(view: View, answer: OperationView) -> DerivedSearches:
    manifest = RecordStore(view.settings.searches_home).open_read()
    loaded = "|".join(f"{item.force}:{item.month}:{item.content}" for item in manifest.months)
    value, windows = answer.operation.value, [one.value for one in answer.windows]
    asked = f"{value.area!r}|{value.started!r}|{windows!r}"
    return _derive(view.world.version, loaded, asked, view.settings, answer)


@st.cache_resource(show_spinner=False, max_entries=ANSWERS_KEPT)
def _derive(
    version: str,  # noqa: ARG001 - part of the key
    loaded: str,  # noqa: ARG001 - part of the key
    asked: str,  # noqa: ARG001 - part of the key
    _settings: Settings,
    _answer: OperationView,
) -> DerivedSearches:
    return derive_searches(_settings, _answer.operation.value, [one.value for one in _answer.windows])
