"""Pictures for a briefing: from a query to bytes, with everything a reader must know on them.

`compose_picture` says what a picture shows, as plain data; `draw_brief` draws it. What each kind shows is put together
in the modules beside this one, which are loaded when the kind is first asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from hotspots.access import Action
from hotspots.errors import InputError, StoreError
from hotspots.pipeline.brief_areas import (
    compose_area_map,
    compose_force_map,
    compose_ranking,
    compose_trend,
    describe_threshold,
)
from hotspots.pipeline.brief_frame import Wish, list_events, source_line
from hotspots.pipeline.brief_operations import find_operation_of
from hotspots.pipeline.selection import find_unit, name_unit
from hotspots.store.ledger import find_operation, note_access
from hotspots.terms import slug
from hotspots.views.png import draw_picture
from hotspots.whole_files import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from hotspots.pipeline.world import World
    from hotspots.query import Query
    from hotspots.store.ledger import Ledger
    from hotspots.views.pictures import Picture
    from hotspots.views.sheet import Format, Size

__all__ = [
    "KINDS",
    "PICTURE_KINDS",
    "DrawnPicture",
    "PictureKind",
    "compose_area_map",
    "compose_force_map",
    "compose_picture",
    "compose_ranking",
    "compose_trend",
    "describe_threshold",
    "draw_brief",
    "find_kind",
    "list_events",
    "list_kinds_for",
    "source_line",
    "write_pictures",
]


@dataclass(frozen=True)
class PictureKind:
    """A kind of picture.

    Attributes
    ----------
    code, label
        As commands and pages write it, and as people read it.
    needs
        ``force`` for nothing but data: a chosen area narrows or marks it; ``operation`` for an operation, or an area
        that one covers.
    is_public
        Whether it may stand in a public pack: it shows no single place, no activity and nothing below a ward, and
        `public_pictures` makes it of published figures alone.
    is_plural
        Whether several areas may be named.
    """

    code: str
    label: str
    needs: str
    is_public: bool = False
    is_plural: bool = False


PICTURE_KINDS: tuple[PictureKind, ...] = (
    PictureKind("map", "Map of places and clusters", "force"),
    PictureKind("ranking", "Ranking with intervals", "force", is_public=True),
    PictureKind("trend", "Monthly trend", "force", is_public=True),
    PictureKind("wards", "Map by ward", "force", is_public=True),
    PictureKind("surface", "Hotspot surface", "force"),
    PictureKind("hotspots", "Hot cells", "force"),
    PictureKind("emerging", "Emerging hot spots", "force"),
    PictureKind("multiples", "Trends of several areas", "force", is_public=True, is_plural=True),
    PictureKind("phases", "Scorecard of phases", "operation"),
    PictureKind("activity", "Timeline of activity", "operation"),
    PictureKind("impact", "Impact: observed and expected", "operation"),
    PictureKind("forest", "Impact by outcome", "operation"),
    PictureKind("displacement", "What changed next door", "operation"),
)
"""The kinds of picture, in the order in which ``all`` draws them."""
KINDS = tuple(kind.code for kind in PICTURE_KINDS)
_MODULES = {
    "map": "areas", "ranking": "areas", "trend": "areas", "wards": "areas",
    "surface": "cells", "hotspots": "cells", "emerging": "cells",
    "multiples": "multiples",
    "phases": "operations", "activity": "operations",
    "impact": "impact", "forest": "impact", "displacement": "impact",
}  # fmt: skip


@dataclass(frozen=True)
class DrawnPicture:
    """One picture, ready to be written.

    Attributes
    ----------
    name
        File name.
    content
        The bytes; equal input gives equal bytes.
    alt
        The picture in words.
    title, format
        Its title, and ``png``, ``svg`` or ``pdf``.
    picture
        What was drawn; two are equal when their bytes are.
    """

    name: str
    content: bytes
    alt: str
    title: str
    format: str
    picture: Picture = field(compare=False, repr=False)

    @property
    def png(self) -> bytes:
        """The bytes, by the name that they have where only PNG is drawn."""
        return self.content


def find_kind(code: str) -> PictureKind:
    """Find a kind of picture by its code.

    Raises
    ------
    InputError
        If there is none; the message lists them.
    """
    for kind in PICTURE_KINDS:
        if kind.code == code:
            return kind
    raise InputError(f"“{code}” is not a kind of picture; choose {', '.join(KINDS)} or all.")


def list_kinds_for(query: Query, *, ledger: Ledger | None = None) -> tuple[PictureKind, ...]:
    """List the kinds that a query names enough for: those of operations where it names one and the ledger is open."""
    has_operation = bool(query.operation) and ledger is not None
    return tuple(kind for kind in PICTURE_KINDS if kind.needs != "operation" or has_operation)


def compose_picture(
    world: World,
    query: Query,
    kind: str,
    *,
    ledger: Ledger | None = None,
    marking: str = "OFFICIAL",
    day: date | None = None,
    whole_force: bool = False,
    areas: Sequence[str] = (),
    progress: Callable[[str, int, int], None] | None = None,
) -> Picture:
    """Put together what a picture shows, as plain data.

    Parameters
    ----------
    world, query
        Everything loaded, and the selection: its area, or its operation.
    kind
        Code of one of `PICTURE_KINDS`.
    ledger
        The open operations. Without it no phase stands on a trend, and no picture of an operation can be made.
    marking, day
        Protective marking, and the day to print; None for none. The clock is never read for it.
    whole_force
        True to show the force and only mark the area that the query names.
    areas
        Names or codes of the areas of small multiples, at most 40; those that rank first by default.
    progress
        Called with a label, steps done and steps in all, where composing takes seconds.

    Raises
    ------
    InputError
        If the kind does not exist, or the data or the query do not allow it.
    UnknownNameError
        If an area or operation is not known.
    """
    wish = Wish(
        world=world,
        query=query,
        ledger=ledger,
        marking=marking,
        day=day,
        whole_force=whole_force,
        areas=tuple(areas),
        progress=progress,
    )
    if find_kind(kind).needs == "operation" and ledger is None:
        raise InputError(f"A picture of the kind “{kind}” needs the operations ledger, which is not open.")
    compose: Callable[[Wish], Picture] = getattr(
        import_module(f"hotspots.pipeline.brief_{_MODULES[kind]}"), f"make_{kind}"
    )
    return compose(wish)


def draw_brief(
    world: World,
    query: Query,
    *,
    kind: str = "map",
    size: Size = "slide",
    dark: bool = False,
    format: Format = "png",  # noqa: A002 - what people call it
    marking: str = "OFFICIAL",
    made_on: str | None = None,
    whole_force: bool = False,
    ledger: Ledger | None = None,
    areas: Sequence[str] = (),
    progress: Callable[[str, int, int], None] | None = None,
    left_out: Callable[[str, str], None] | None = None,
) -> tuple[DrawnPicture, ...]:
    """Draw the pictures of the force, or of the area or operation that the query names.

    Parameters
    ----------
    kind
        Code of one of `PICTURE_KINDS`, or ``all``: every kind that the query names enough for.
    size
        ``slide`` (1920 x 1080), ``a4``, ``a4-portrait`` (150 dots an inch or better) or ``square``.
    dark
        True for light text on a dark ground.
    format
        ``png``, ``svg`` or ``pdf``.
    marking
        Protective marking, printed at top and bottom.
    made_on
        The day to print, YYYY-MM-DD; None for none. It is never read from the clock.
    whole_force
        True to draw the force and only mark the area that the query names.
    ledger, areas
        See `compose_picture`.
    progress
        Called with name, done and total after each picture.
    left_out
        Called with kind and reason for each picture of ``all`` that the data do not allow.

    Raises
    ------
    InputError
        If the kind, the date, the format or the query cannot be used, or ``all`` finds nothing to draw.
    AccessError
        If a picture tells what an operation did, and whoever holds the ledger may not take that out.
    """
    kinds = list_kinds_for(query, ledger=ledger) if kind == "all" else (find_kind(kind),)
    day = _parse_day(made_on) if made_on else None
    drawn: list[DrawnPicture] = []
    refused: InputError | None = None
    for done, each in enumerate(kinds, start=1):
        name = f"{_name_subject(world, query, each, ledger, whole_force=whole_force)}-{each.code}-{size}.{format}"
        try:
            picture = compose_picture(
                world, query, each.code, ledger=ledger, marking=marking, day=day, whole_force=whole_force, areas=areas
            )
        except InputError as error:
            if kind != "all":
                raise
            refused = error
            if left_out is not None:
                left_out(each.code, str(error))
        else:
            content = draw_picture(picture, size=size, dark=dark, format=format)
            drawn.append(DrawnPicture(name, content, picture.alt, picture.title, format, picture))
        if progress is not None:
            progress(name, done, len(kinds))
    if not drawn and refused is not None:
        raise refused
    if ledger is not None and any(each.needs == "operation" for each in kinds):
        operation = find_operation_of(Wish(world=world, query=query, ledger=ledger, whole_force=whole_force))
        if operation is not None:  # else there is no picture of one
            note_access(ledger, Action.EXPORT, f"operation/{operation.record}/brief")
    return tuple(drawn)


def _name_subject(world: World, query: Query, kind: PictureKind, ledger: Ledger | None, *, whole_force: bool) -> str:
    """Say in a file name what a picture is of: the operation, the area or the force."""
    if kind.needs == "operation" and query.operation and ledger is not None:
        return slug(find_operation(ledger, query.operation).record)
    if query.area and not whole_force:
        return slug(world.units[find_unit(world, query.area)].code)
    return slug(name_unit(world, None))


class WholeFile(Protocol):
    """A file before it is written."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def content(self) -> bytes:
        """Its bytes."""


def write_pictures(pictures: Sequence[WholeFile], folder: Path) -> tuple[Path, ...]:
    """Write pictures, or other files, to a folder, each whole or not at all.

    Raises
    ------
    StoreError
        If the folder cannot be written.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for picture in pictures:
            path = folder / picture.name
            write_whole(path, picture.content)
            written.append(path)
    except OSError as error:
        raise StoreError(f"{folder} cannot be written ({error.strerror}); choose another folder with --out.") from None
    return tuple(written)


def _parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"“{text}” is not a date; write year, month and day as in 2023-03-14.") from None
