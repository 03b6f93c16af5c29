"""The briefing page: what it is about, from which template, in which order, with which notes; a preview; one file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from hotspots.errors import HotspotsError
from hotspots.pipeline.packs import build_pack, list_templates
from hotspots.record_dates import name_day
from hotspots.store.brief_templates import pick_template
from hotspots.ui import address, panels
from hotspots.ui.briefing_caches import find_preview
from hotspots.ui.finder import Found, list_findable
from hotspots.ui.ledger import find_entries, reading
from hotspots.ui.section_list import draw_section_list
from hotspots.views.pack import LONGEST_NOTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotspots.pipeline.packs import Pack
    from hotspots.store.brief_templates import Template, TemplateSection
    from hotspots.ui.shell import View

FORCE = Found("force", "", "Whole force")
FORMATS = {"pptx": "PowerPoint", "pdf": "PDF", "html": "Web page", "zip": "PNG pictures"}
LONGEST_MARKING = 60
_MADE = "briefing-made"
_ASKED = "briefing-asked"
_LEFT_OUT = "-"


def draw_briefing(view: View) -> None:
    """Draw the briefing page.

    Raises
    ------
    InputError
        If a template cannot be used, or the address names one that is not there.
    StoreError
        If the ledger cannot be opened.
    """
    templates = list_templates(view.settings)
    template = _find_template(templates, view.query.template)
    about = _find_about(view)
    panels.draw_title(
        "Briefing",
        period=about.label,
        world=view.world,
        detail=f"{template.title}{f' · for {_lower(template.audience)}' if template.audience else ''}",
    )
    panels.draw_embedded_notice(view.world)
    left, right = st.columns([5, 7], gap="medium")
    with left:
        settled = _draw_choices(view, templates, template, about)
        sections = _draw_sections(view, template)
        notes, speaking_note = _draw_notes(template, sections)
        _draw_files(view, template, sections, settled, notes=notes, speaking_note=speaking_note)
    with right:
        _draw_preview(view, template, sections, settled, notes)


@dataclass(frozen=True)
class Settled:
    """What is chosen for all pictures at once: marking, day, theme, and whether they are for the public."""

    marking: str
    made_on: date
    dark: bool
    public: bool


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _find_template(templates: Sequence[Template], code: str) -> Template:
    if not code:
        return next((each for each in templates if each.code == "daily-tasking"), templates[0])
    return pick_template(tuple(templates), code)


def _find_about(view: View) -> Found:
    """Say what the briefing is about: the operation of the address, else its area, else the force."""
    for found in _list_subjects(view):
        if view.query.operation:
            if (found.kind, found.code) == ("operation", view.query.operation):
                return found
        elif found.kind != "operation" and found.code == view.query.area:
            return found
    return FORCE


def _list_subjects(view: View) -> tuple[Found, ...]:
    return (FORCE, *list_findable(view.world, find_entries(view.settings)))


def _draw_choices(view: View, templates: Sequence[Template], template: Template, about: Found) -> Settled:
    subjects = _list_subjects(view)
    st.session_state["briefing-about"] = about
    st.selectbox(
        "What it is about",
        subjects,
        format_func=lambda found: found.label,
        key="briefing-about",
        on_change=_choose_subject,
        filter_mode="contains",
    )
    of_code = {each.code: each for each in templates}
    st.session_state["briefing-template"] = template.code
    st.selectbox(
        "Template",
        list(of_code),
        format_func=lambda code: of_code[code].title + (" (your own)" if of_code[code].own else ""),
        key="briefing-template",
        on_change=_choose_template,
        help="A template says which pictures a meeting needs. Your force can edit them; docs/briefings.md tells how.",
    )
    if template.summary:
        st.caption(panels.as_label(template.summary))
    left, right = st.columns(2, gap="small")
    marking = left.text_input(
        "Marking",
        value=template.marking or view.settings.marking,
        key=f"briefing-marking-{template.code}",
        max_chars=LONGEST_MARKING,
        help="Printed at the top and bottom of every page.",
    )
    made_on = right.date_input("Date on it", value=_today(), format="DD/MM/YYYY", key="briefing-date")
    left, right = st.columns(2, gap="small", vertical_alignment="bottom")
    dark = left.toggle("Dark pictures", value=template.dark, key=f"briefing-dark-{template.code}")
    public = right.toggle(
        "For the public",
        value=template.public,
        disabled=template.public,
        key=f"briefing-public-{template.code}",
        help="Leaves out what must not be public: single places, activities, and small counts, which are withheld so "
        "that they cannot be worked out from totals.",
    )
    return Settled(marking, made_on, dark=dark, public=public or template.public)


def _today() -> date:
    return date.today()  # noqa: DTZ011 - the day where the officer sits, not in Greenwich


def _choose_subject() -> None:
    found: Found = st.session_state["briefing-about"]
    if found.kind == "operation":
        address.choose_area("")
        address.choose_operation(found.code)
    else:
        address.choose_operation("")
        address.choose_area(found.code)


def _choose_template() -> None:
    address.choose_on_page("template", st.session_state["briefing-template"])
    address.choose_sections(())


def _order(view: View, template: Template) -> tuple[tuple[TemplateSection, bool], ...]:
    """List every section of the template in the order chosen, with whether it is shown."""
    of_key = {section.key: section for section in template.sections}
    named = [(key.removeprefix(_LEFT_OUT), not key.startswith(_LEFT_OUT)) for key in view.query.sections]
    known = [(of_key[key], shown) for key, shown in named if key in of_key]
    seen = {section.key for section, _shown in known}
    return (*known, *((section, not named) for section in template.sections if section.key not in seen))


def _draw_sections(view: View, template: Template) -> tuple[TemplateSection, ...]:
    ordered = _order(view, template)
    panels.draw_section("Sections", "drag, or use the arrows")
    draw_section_list(
        [(section.key, section.heading, shown) for section, shown in ordered],
        key=f"briefing-sections-{template.code}",
        on_change=address.choose_sections,
    )
    return tuple(section for section, shown in ordered if shown)


def _draw_notes(template: Template, sections: Sequence[TemplateSection]) -> tuple[dict[str, str], str]:
    speaking_note = st.text_area(
        "Speaking note",
        key="briefing-speaking",
        max_chars=LONGEST_NOTE,
        height=110,
        placeholder="What you will say. Names of people do not belong here.",
        help="In PowerPoint it is the note of the first slide; in the other files it stands at the front.",
    )
    notes = {}
    with st.expander("Notes under the pictures"):
        for section in sections:
            notes[section.key] = st.text_area(
                panels.as_label(section.heading),
                value=section.note,
                key=f"briefing-note-{template.code}-{section.key}",
                max_chars=LONGEST_NOTE,
                height=70,
            )
    return notes, speaking_note


def _draw_files(
    view: View,
    template: Template,
    sections: Sequence[TemplateSection],
    settled: Settled,
    *,
    notes: dict[str, str],
    speaking_note: str,
) -> None:
    panels.draw_section("Take it away")
    format_ = st.segmented_control(
        "File", list(FORMATS), format_func=lambda code: FORMATS[code], default="pptx", key="briefing-format",
        required=True,
    )  # fmt: skip
    asked = repr((
        view.world.version, view.query, template, [section.key for section in sections], settled, notes,
        speaking_note, format_,
    ))  # fmt: skip
    st.button("Make the file", type="primary", disabled=not sections, key="briefing-make", on_click=_ask)
    if st.session_state.pop(_ASKED, False):
        bar = st.progress(0.0, text="Starting…")

        def show(name: str, done: int, total: int) -> None:
            bar.progress(done / max(total, 1), text=name)

        try:
            with reading(view.settings) as ledger:
                pack = build_pack(
                    view.world,
                    replace(view.query, template=template.code),
                    template,
                    ledger=ledger,
                    order=[section.key for section in sections],
                    notes=notes,
                    speaking_note=speaking_note,
                    marking=settled.marking,
                    made_on=settled.made_on,
                    format=format_,
                    dark=settled.dark,
                    public=settled.public,
                    small_count=view.settings.small_count,
                    progress=show,
                )
        except HotspotsError as error:
            panels.draw_message("The file cannot be made", str(error), wrong=True)
        else:
            st.session_state[_MADE] = (asked, pack)
        bar.empty()
    _offer(asked)


def _ask() -> None:
    st.session_state[_ASKED] = True


def _offer(asked: str) -> None:
    made: tuple[str, Pack] | None = st.session_state.get(_MADE)
    if made is None:
        return
    when, pack = made
    if when != asked:
        st.caption("Something was changed since the last file was made; make it again.")
        return
    size = f"{len(pack.content) / 1_000_000:.1f} MB"
    st.download_button(
        f"Download {panels.as_label(pack.name)} ({size})",
        data=pack.content,
        file_name=pack.name,
        mime=pack.mime,
        on_click="ignore",
        width="stretch",
        key="briefing-download",
    )


def _draw_preview(
    view: View,
    template: Template,
    sections: Sequence[TemplateSection],
    settled: Settled,
    notes: dict[str, str],
) -> None:
    panels.draw_section("Preview", f"marked {settled.marking}, dated {name_day(settled.made_on)}")
    if not sections:
        panels.draw_message("No section is chosen", "Put a section back under “Sections”.")
        return
    places = [st.container(key=f"briefing-preview-{section.key}") for section in sections]
    for number, (section, place) in enumerate(zip(sections, places, strict=True), start=1):
        with place:
            st.html(f'<p class="hs-preview-head">{number}. {escape(section.heading)}</p>')
            with st.spinner("Drawing…"):
                preview = find_preview(
                    view,
                    template,
                    section.key,
                    marking=settled.marking,
                    made_on=settled.made_on,
                    dark=settled.dark,
                    public=settled.public,
                )
            if preview.reason:
                panels.draw_message("Left out of this briefing", preview.reason)
            else:
                st.image(preview.png, width="stretch", alt=preview.alt)
                if notes.get(section.key):
                    st.caption(panels.as_label(notes[section.key]))
