"""Packs for a briefing: the pictures that a template names, with notes, as one file that stands on its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING

from hotspots.access import Action
from hotspots.errors import AccessError, InputError
from hotspots.months import name_period
from hotspots.pipeline.brief import PICTURE_KINDS, compose_picture, find_kind
from hotspots.pipeline.brief_frame import source_line, write_address
from hotspots.pipeline.public_figures import open_public
from hotspots.pipeline.public_pictures import PUBLIC_KINDS, compose_public
from hotspots.pipeline.selection import choose, name_unit
from hotspots.store.brief_templates import Template, TemplateSection, pick_template, read_template, read_templates
from hotspots.store.ledger import find_operation, note_access
from hotspots.terms import slug
from hotspots.views.pack import PackDocument, PackPage, clean_note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from hotspots.pipeline.public_figures import PublicFigures
    from hotspots.pipeline.world import World
    from hotspots.query import Query
    from hotspots.schemas_operations import OperationArea
    from hotspots.settings import Settings
    from hotspots.store.ledger import Ledger
    from hotspots.views.pictures import Picture

    Progress = Callable[[str, int, int], None]

PACK_FORMATS: dict[str, str] = {
    "zip": "application/zip",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "pdf": "application/pdf",
    "html": "text/html",
}
"""What a pack can be written as, and the kind of file that a browser calls it."""


NOTHING_YET = "Nothing is on record yet; what is entered on the page of the operation appears here."
"""Why the picture of an operation is left out of a pack."""


@dataclass(frozen=True)
class Pack:
    """A pack, ready to be written.

    Attributes
    ----------
    name
        File name.
    content
        The bytes; equal input gives equal bytes.
    format, mime
        One of `PACK_FORMATS`, and the kind of file that a browser calls it.
    pages
        How many pictures it holds.
    left_out
        Sections that the data do not allow, each as heading and reason.
    """

    name: str
    content: bytes
    format: str
    mime: str
    pages: int
    left_out: tuple[tuple[str, str], ...]


def list_templates(settings: Settings) -> tuple[Template, ...]:
    """Read the templates that may be chosen: the embedded ones, and those in ``templates`` of the data home.

    Raises
    ------
    InputError
        If a file cannot be used; the message names file and key.
    """
    return read_templates(settings, _kinds())


def find_template(settings: Settings, name: str) -> Template:
    """Find a template by its code or title, or read the file of that name.

    Raises
    ------
    InputError
        If there is none, or its file cannot be used.
    """
    from pathlib import Path  # noqa: PLC0415 - only the command names files

    path = Path(name)
    if path.suffix == ".toml":
        return read_file(path)
    return pick_template(list_templates(settings), name)


def read_file(path: Path) -> Template:
    """Read a template from a file that somebody named.

    Raises
    ------
    InputError
        If it cannot be used.
    """
    return replace(read_template(path, _kinds()), own_file=True)


def _kinds() -> dict[str, bool]:
    return {kind.code: kind.code in PUBLIC_KINDS for kind in PICTURE_KINDS}


def build_pack(
    world: World,
    query: Query,
    template: Template,
    *,
    ledger: Ledger | None = None,
    order: Sequence[str] | None = None,
    notes: Mapping[str, str] | None = None,
    speaking_note: str = "",
    marking: str = "",
    made_on: date | None = None,
    format: str = "zip",  # noqa: A002 - what people call it
    dark: bool | None = None,
    public: bool = False,
    small_count: int = 5,
    progress: Progress | None = None,
) -> Pack:
    """Compose a pack and write it; see :func:`compose_pack`.

    Parameters
    ----------
    format
        ``zip`` of PNGs, ``pptx``, ``pdf`` or ``html``.
    progress
        Called with what is being made, steps done and steps in all.

    Raises
    ------
    InputError
        If the format, the selection, the order or a note cannot be used, or no section can be made.
    AccessError
        If a section tells what an operation did, and whoever holds the ledger may not take that out.
    """
    _find_writer(format)
    steps = 2 * len(template.sections if order is None else order)

    def composing(name: str, done: int, _total: int) -> None:
        if progress is not None:
            progress(name, done, steps)

    def drawing(name: str, done: int, total: int) -> None:
        if progress is not None:
            progress(name, steps - total + done, steps)

    document = compose_pack(
        world, query, template,
        ledger=ledger, order=order, notes=notes, speaking_note=speaking_note, marking=marking, made_on=made_on,
        dark=dark, public=public, small_count=small_count, progress=composing,
    )  # fmt: skip
    pack = write_pack(document, format, progress=drawing)
    if ledger is not None:
        note_access(ledger, Action.EXPORT, f"pack/{template.code}/{slug(document.subject)}")
    return pack


def write_pack(document: PackDocument, format: str, *, progress: Progress | None = None) -> Pack:  # noqa: A002 - as above
    """Write a composed pack in one of `PACK_FORMATS`."""
    write = _find_writer(format)
    return Pack(
        name=f"{document.name}.{format}",
        content=write(document, progress=progress),
        format=format,
        mime=PACK_FORMATS[format],
        pages=len(document.pages),
        left_out=document.left_out,
    )


def _find_writer(format: str) -> Callable[..., bytes]:  # noqa: A002 - as above
    """Load the writer of a format; each brings a library of its own.

    Raises
    ------
    InputError
        If there is none.
    """
    if format not in PACK_FORMATS:
        raise InputError(f"“{format}” is not a format of packs; choose {', '.join(PACK_FORMATS)}.")
    found: Callable[..., bytes] = getattr(import_module(f"hotspots.views.pack_{format}"), f"write_pack_{format}")
    return found


def compose_pack(
    world: World,
    query: Query,
    template: Template,
    *,
    ledger: Ledger | None = None,
    order: Sequence[str] | None = None,
    notes: Mapping[str, str] | None = None,
    speaking_note: str = "",
    marking: str = "",
    made_on: date | None = None,
    dark: bool | None = None,
    public: bool = False,
    small_count: int = 5,
    progress: Progress | None = None,
) -> PackDocument:
    """Put together what a pack holds, as plain data; nothing is drawn yet.

    Parameters
    ----------
    world, query
        Everything loaded, and the selection: its area or operation, else the whole force.
    template
        Which sections, see :func:`list_templates`.
    ledger
        The open operations; without it, sections of operations are left out.
    order
        Keys of the sections in the order that is wanted; what is not named is left out. None for the template's.
    notes
        A note for a section, by its key; it replaces the template's.
    speaking_note
        What the speaker says.
    marking
        Protective marking; that of the template, or OFFICIAL, when empty.
    made_on
        The day to print; None for none. The clock is never read.
    dark
        True or False for other pictures than the template's theme.
    public
        True to treat any template as a public one: sections that must not be public are left out, and a pack about an
        operation becomes one about its area, which names the operation nowhere.
    small_count
        In a public pack, counts below it are withheld.
    progress
        Called with heading, sections done and sections in all.

    Returns
    -------
    PackDocument
        Its `left_out` names the sections for which there is no data, and why.

    Raises
    ------
    InputError
        If the selection, the order or a note cannot be used, or no section can be made.
    """
    public = public or template.public
    sections = _put_in_order(template, order)
    written = _clean_notes(template, notes or {})
    query = replace(query, template="")
    if public:
        query = _leave_operation(world, query, ledger)
    subject, stem, query = _find_subject(world, query, ledger)
    marking = marking or template.marking or "OFFICIAL"
    figures: dict[Query, PublicFigures] = {}
    pages: list[PackPage] = []
    left_out: list[tuple[str, str]] = []
    for done, section in enumerate(sections, start=1):
        asked = narrow_query(world, query, section)
        try:
            if public:
                picture = _compose_public(world, asked, section, figures, small_count, marking, made_on)
            else:
                picture = compose_picture(
                    world, asked, section.kind,
                    ledger=ledger, marking=marking, day=made_on, whole_force=section.force, areas=section.areas,
                )  # fmt: skip
        except (AccessError, InputError) as error:
            left_out.append((section.heading, str(error)))
        else:
            if picture.is_empty:
                left_out.append((section.heading, NOTHING_YET))
            else:
                note = written.get(section.key, clean_note(section.note))
                pages.append(PackPage(section.key, section.kind, section.heading, note, picture))
        if progress is not None:
            progress(section.heading, done, len(sections))
    if not pages:
        reason = left_out[0][1] if left_out else "no section was chosen."
        raise InputError(f"“{template.title}” has no picture for {subject}: {reason}")
    chosen = choose(world, replace(query, operation=""))
    return PackDocument(
        name="-".join(part for part in (template.code, stem, made_on.isoformat() if made_on else "") if part),
        title=template.title,
        subject=subject,
        period=f"{chosen.label}, {name_period(chosen.months[0], chosen.months[-1])}",
        pages=tuple(pages),
        # What a template says of its own meeting is not for the public when another is made public.
        audience=template.audience if template.public or not public else "",
        summary=clean_note(template.summary) if template.public or not public else "",
        speaking_note=clean_note(speaking_note, what="speaking note"),
        left_out=tuple(left_out),
        marking=marking,
        made_on=made_on,
        address=write_address("briefing", replace(query, template="" if template.own_file else template.code)),
        source=source_line(world),
        data_version=world.data_version,
        size=template.size,  # type: ignore[arg-type]  # checked when the template was read
        dark=template.dark if dark is None else dark,
        public=public,
    )


def narrow_query(world: World, query: Query, section: TemplateSection) -> Query:
    """Change a selection as a section asks: other types, the last months only, another metric."""
    changes: dict[str, object] = {}
    if section.lens or section.types:
        changes |= {"lens": section.lens or query.lens, "types": section.types}
    if section.show:
        changes["show"] = section.show
    if section.months is not None:
        first, last = int(world.cube.months[0]), int(world.cube.months[-1])
        last = last if query.month_to is None else min(query.month_to, last)
        begin = max(last - section.months + 1, first if query.month_from is None else query.month_from)
        changes |= {"month_from": begin, "month_to": last}
    return replace(query, **changes) if changes else query  # type: ignore[arg-type]  # checked when the template was read


def _put_in_order(template: Template, order: Sequence[str] | None) -> tuple[TemplateSection, ...]:
    if order is None:
        return template.sections
    of_key = {section.key: section for section in template.sections}
    strange = [key for key in order if key not in of_key]
    if strange:
        raise InputError(f"“{template.title}” has no section “{strange[0]}”; its sections are {', '.join(of_key)}.")
    if not order:
        raise InputError(f"No section of “{template.title}” is chosen; choose one at least.")
    return tuple(of_key[key] for key in dict.fromkeys(order))


def _clean_notes(template: Template, notes: Mapping[str, str]) -> dict[str, str]:
    keys = [section.key for section in template.sections]
    for key in notes:
        if key not in keys:
            raise InputError(f"There is a note for “{key}”; the sections of “{template.title}” are {', '.join(keys)}.")
    return {key: clean_note(text, what=f"note for “{key}”") for key, text in notes.items()}


def _find_subject(world: World, query: Query, ledger: Ledger | None) -> tuple[str, str, Query]:
    """Name what the pack is about, for people and for its file.

    An operation brings its area with it where that area is one that can be chosen. Two authorities may have wards of
    one name, so the file of a ward carries its code.
    """
    if query.operation:
        if ledger is None:
            raise InputError(f"“{query.operation}” is an operation, and the operations ledger is not open.")
        operation = find_operation(ledger, query.operation).value
        query = replace(query, operation=operation.code)
        codes = {unit.code for unit in world.units}
        only = _find_only(operation.area)
        if not query.area and only in codes:
            query = replace(query, area=only)
        return operation.name, slug(operation.code), query
    chosen = choose(world, query)
    if chosen.unit is None:
        name = name_unit(world, None)
        return name, slug(name), query
    unit = world.units[chosen.unit]
    stem = slug(unit.code) if unit.kind == "area" else f"{slug(unit.name)}-{slug(unit.code)}"
    return unit.name, stem, replace(query, area=unit.code)


def _find_only(area: OperationArea) -> str:
    """Return the code of the named area or the single ward in which an operation works; empty where it is neither."""
    return area.area_code or (area.ward_codes[0] if len(area.ward_codes) == 1 else "")


def _leave_operation(world: World, query: Query, ledger: Ledger | None) -> Query:
    """Put an operation's area in its place, and leave out all else of a selection that speaks of operations.

    Raises
    ------
    InputError
        If the operation works in no area that can be chosen.
    """
    if query.operation and not query.area:
        if ledger is None:
            raise InputError(f"“{query.operation}” is an operation, and the operations ledger is not open.")
        operation = find_operation(ledger, query.operation).value
        area = _find_only(operation.area)
        if area not in {unit.code for unit in world.units}:
            raise InputError(
                f"A public pack may not name {operation.name}, and its area is no single ward or named area that is "
                "loaded; choose an area in its place."
            )
        query = replace(query, area=area)
    return replace(query, operation="", compare=(), kind="", view="", measure="", start=None)


def _compose_public(  # noqa: PLR0917 - called above only
    world: World,
    query: Query,
    section: TemplateSection,
    figures: dict[Query, PublicFigures],
    small_count: int,
    marking: str,
    made_on: date | None,
) -> Picture:
    if section.kind not in PUBLIC_KINDS:
        raise InputError(f"{find_kind(section.kind).label} may not stand in a public pack.")
    key = replace(query, area="", operation="")
    if key not in figures:
        figures[key] = open_public(world, key, least=small_count)
    return compose_public(world, query, section.kind, figures[key], marking=marking, day=made_on, areas=section.areas)
