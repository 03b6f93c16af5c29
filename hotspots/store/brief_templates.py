"""Templates of briefing packs: which pictures a kind of meeting needs, read from TOML files that a force edits."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hotspots.errors import InputError, UnknownNameError
from hotspots.settings import EMBEDDED_TEMPLATES
from hotspots.terms import LENSES, METRICS, slug

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hotspots.settings import Settings

SIZES = ("slide", "a4", "a4-portrait", "square")
THEMES = ("light", "dark")
MOST_SECTIONS, MOST_MONTHS, MOST_BYTES = 30, 600, 200_000
LONGEST_LINE, LONGEST_TEXT = 200, 1_000
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class TemplateSection:
    """One picture of a pack.

    Attributes
    ----------
    key
        What the section is called when sections are put in order or given a note: its kind, numbered when there are
        several.
    kind
        Code of the kind of picture.
    heading, note
        Above it, and below it; the note may be empty.
    lens, types
        Other incidents than those that were asked for; empty to keep them.
    months
        Only this many months, the last of the period; None for all.
    show
        Metric of the map; empty to keep it.
    force
        True to show the whole force with the area marked.
    areas
        Names or codes of areas that are set side by side; empty to choose.
    """

    key: str
    kind: str
    heading: str
    note: str = ""
    lens: str = ""
    types: tuple[str, ...] = ()
    months: int | None = None
    show: str = ""
    force: bool = False
    areas: tuple[str, ...] = ()


@dataclass(frozen=True)
class Template:
    """A template of a pack.

    Attributes
    ----------
    code
        Name of its file without the ending.
    title, audience, summary
        For the first page; audience and summary may be empty.
    sections
        Its pictures in order.
    size, theme
        ``slide``, ``a4``, ``a4-portrait`` or ``square``; ``light`` or ``dark``.
    marking
        Protective marking when none is given; empty for that of the settings.
    public
        Whether the pack may leave the force: public kinds only, small counts withheld.
    own
        True when the file is the force's own.
    own_file
        True when it was read from a file that somebody named, which no address can.
    """

    code: str
    title: str
    sections: tuple[TemplateSection, ...]
    audience: str = ""
    summary: str = ""
    size: str = "slide"
    theme: str = "light"
    marking: str = ""
    public: bool = False
    own: bool = field(default=False, compare=False)
    own_file: bool = field(default=False, compare=False)

    @property
    def dark(self) -> bool:
        """Whether the pictures are light on dark."""
        return self.theme == "dark"


def read_templates(settings: Settings, kinds: Mapping[str, bool]) -> tuple[Template, ...]:
    """Read every template: the embedded ones, each replaced by the force's own of the same file name, then new ones.

    Parameters
    ----------
    settings
        Its data home may hold a folder ``templates``.
    kinds
        Codes of the kinds of picture, each with whether it may stand in a public pack.

    Raises
    ------
    InputError
        If a file cannot be used; the message names file and key.
    """
    found = {path.stem: (path, False) for path in sorted(EMBEDDED_TEMPLATES.glob("*.toml"))}
    if settings.templates_home.is_dir():
        found |= {path.stem: (path, True) for path in sorted(settings.templates_home.glob("*.toml"))}
    return tuple(read_template(path, kinds, own=own) for path, own in found.values())


def pick_template(templates: tuple[Template, ...], name: str) -> Template:
    """Find a template by its code or its title, the title also in the way codes are written.

    Raises
    ------
    UnknownNameError
        If there is none; the message suggests the nearest.
    """
    wanted = name.strip().casefold()
    for template in templates:
        if wanted in (template.code.casefold(), template.title.casefold(), slug(template.title)):
            return template
    raise UnknownNameError("template", name, [template.code for template in templates])


def read_template(path: Path, kinds: Mapping[str, bool], *, own: bool = True) -> Template:
    """Read one template; see :func:`read_templates`."""
    table = _read_table(path)
    name = path.name
    strange = set(table) - {"title", "audience", "summary", "size", "theme", "marking", "public", "section"}
    if strange:
        raise InputError(
            f"{name} has the key “{min(strange)}”; the keys are title, audience, summary, size, theme, marking and "
            "public, and the sections under [[section]]."
        )
    public = _read_flag(table, "public", name)
    if not _CODE.fullmatch(path.stem):
        raise InputError(f"{name}: name the file in lower-case letters, digits and hyphens, as in board-report.toml.")
    sections = table.get("section", [])
    if not isinstance(sections, list) or not sections:
        raise InputError(f"{name} has no section; write each picture under a heading [[section]].")
    if len(sections) > MOST_SECTIONS:
        raise InputError(f"{name} has {len(sections)} sections; a pack has {MOST_SECTIONS} at most.")
    read: list[TemplateSection] = []
    for position, entry in enumerate(sections, start=1):
        section = _read_section(entry, f"{name}, section {position}", kinds, public=public)
        before = sum(other.kind == section.kind for other in read)
        key = section.kind if not before else f"{section.kind}-{before + 1}"
        read.append(TemplateSection(**{**section.__dict__, "key": key}))
    return Template(
        code=path.stem,
        title=_read_text(table, "title", name, needed='title = "Daily tasking"'),
        sections=tuple(read),
        audience=_read_text(table, "audience", name),
        summary=_read_text(table, "summary", name, longest=LONGEST_TEXT),
        size=_read_choice(table, "size", name, SIZES),
        theme=_read_choice(table, "theme", name, THEMES),
        marking=_read_text(table, "marking", name, longest=60),
        public=public,
        own=own,
    )


def _read_table(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path.name} is larger than a template can be; name a TOML file of sections.")
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); check that it is there and may be opened."
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path.name} is not a TOML file in UTF-8 ({error}); see docs/briefings.md.") from error


def _read_section(entry: Any, where: str, kinds: Mapping[str, bool], *, public: bool) -> TemplateSection:
    if not isinstance(entry, dict):
        raise InputError(f"{where} is not a table; write each picture under a heading [[section]].")
    strange = set(entry) - {"kind", "heading", "note", "lens", "types", "months", "show", "force", "areas"}
    if strange:
        raise InputError(
            f"{where} has the key “{min(strange)}”; the keys are kind, heading, note, lens, types, months, show, force "
            "and areas."
        )
    kind = entry.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise InputError(f"{where}: kind is “{kind}”; choose {', '.join(kinds)}.")
    if public and not kinds[kind]:
        allowed = ", ".join(code for code, is_public in kinds.items() if is_public)
        raise InputError(f"{where}: a picture of the kind “{kind}” may not stand in a public pack; choose {allowed}.")
    months = entry.get("months")
    if months is not None and (
        isinstance(months, bool) or not isinstance(months, int) or not 1 <= months <= MOST_MONTHS
    ):
        raise InputError(f"{where}: months is “{months}”; give a whole number from 1 to {MOST_MONTHS}.")
    return TemplateSection(
        key=kind,
        kind=kind,
        heading=_read_text(entry, "heading", where, needed='heading = "Month by month"'),
        note=_read_text(entry, "note", where, longest=LONGEST_TEXT),
        lens=_read_choice(entry, "lens", where, tuple(item.code for item in LENSES), default=""),
        types=tuple(slug(name) for name in _read_list(entry, "types", where)),
        months=months,
        show=_read_choice(entry, "show", where, tuple(item.code for item in METRICS), default=""),
        force=_read_flag(entry, "force", where),
        areas=_read_list(entry, "areas", where),
    )


def _read_text(table: Mapping[str, Any], key: str, where: str, *, needed: str = "", longest: int = LONGEST_LINE) -> str:
    text = table.get(key, "")
    if not isinstance(text, str):
        raise InputError(f"{where}: {key} is not text; write it in quotation marks.")
    if needed and not text.strip():
        raise InputError(f"{where} has no {key}; add a line such as {needed}.")
    if len(text) > longest:
        raise InputError(f"{where}: {key} has {len(text):,} characters; write {longest:,} at most.")
    if any(ord(character) < ord(" ") and character not in "\n\t" for character in text):
        raise InputError(f"{where}: {key} holds a control character; write plain text.")
    return text.strip()


def _read_choice(
    table: Mapping[str, Any], key: str, where: str, allowed: tuple[str, ...], *, default: str | None = None
) -> str:
    chosen = table.get(key, allowed[0] if default is None else default)
    if chosen not in allowed and chosen != default:
        raise InputError(f"{where}: {key} is “{chosen}”; choose {', '.join(allowed)}.")
    return str(chosen)


def _read_flag(table: Mapping[str, Any], key: str, where: str) -> bool:
    chosen = table.get(key, False)
    if not isinstance(chosen, bool):
        raise InputError(f"{where}: {key} is “{chosen}”; write true or false.")
    return chosen


def _read_list(table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    chosen = table.get(key, [])
    if not isinstance(chosen, list) or not all(isinstance(item, str) and item.strip() for item in chosen):
        raise InputError(f'{where}: {key} is not a list of names; write it as in {key} = ["first", "second"].')
    return tuple(item.strip() for item in chosen)
