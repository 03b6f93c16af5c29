"""The previews of a briefing's sections: each composed and drawn once for everybody who asks for the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from hotspots.errors import AccessError, InputError
from hotspots.pipeline.packs import compose_pack
from hotspots.ui.ledger import ledger_key, reading
from hotspots.views.png import draw_picture

if TYPE_CHECKING:
    from datetime import date

    from hotspots.query import Query
    from hotspots.store.brief_templates import Template
    from hotspots.store.ledger import Ledger
    from hotspots.ui.shell import View

PREVIEWS_KEPT = 128
"""Previews that stay in memory: some ten megabytes."""
PREVIEW_DPI = {"slide": 96, "a4": 90, "a4-portrait": 90, "square": 96}


@dataclass(frozen=True)
class Preview:
    """One section as it will look.

    Attributes
    ----------
    png
        A small picture; empty when the section has to be left out.
    title, alt
        The picture's finding, and the picture in words.
    reason
        Why the section is left out; empty when it is not.
    """

    png: bytes = b""
    title: str = ""
    alt: str = ""
    reason: str = ""


def find_preview(
    view: View, template: Template, key: str, *, marking: str, made_on: date, dark: bool, public: bool
) -> Preview:
    """Return how one section of a pack will look; why not, where it cannot be made.

    Raises
    ------
    StoreError
        If the ledger cannot be opened.
    """
    only = replace(template, sections=tuple(section for section in template.sections if section.key == key))
    # What the briefing page itself keeps in the address changes nothing in a picture.
    query = replace(view.query, template="", sections=(), view="", kind="", compare=())
    with reading(view.settings) as ledger:
        return _find_preview(
            f"{view.world.version}|{ledger_key(ledger, view.settings)}|{view.person}|{only}|{marking}|{made_on}"
            f"|{dark}|{public}|{view.settings.small_count}",
            query,
            view,
            only,
            ledger,
            marking,
            made_on,
            dark,
            public,
        )


@st.cache_resource(show_spinner=False, max_entries=PREVIEWS_KEPT)
def _find_preview(
    key: str,  # noqa: ARG001 - with the query, all that the answer depends on
    query: Query,
    _view: View,
    _template: Template,
    _ledger: Ledger,
    _marking: str,
    _made_on: date,
    _dark: bool,
    _public: bool,
) -> Preview:
    try:
        document = compose_pack(
            _view.world,
            query,
            _template,
            ledger=_ledger,
            marking=_marking,
            made_on=_made_on,
            dark=_dark,
            public=_public,
            small_count=_view.settings.small_count,
        )
    except (InputError, AccessError) as error:
        return Preview(reason=str(error))
    if not document.pages:
        return Preview(reason=document.left_out[0][1])
    picture = document.pages[0].picture
    png = draw_picture(picture, size=document.size, dark=document.dark, dpi=PREVIEW_DPI[document.size])
    return Preview(png, picture.title, picture.alt)
