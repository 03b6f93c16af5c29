"""The ``hotspots brief`` command: pictures and packs for a briefing, of one area or of all, by hand or by schedule."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hotspots.cli_options import (
    cluster_options,
    json_option,
    make_query,
    read_settings,
    selection_options,
    show_progress,
    write_json,
)
from hotspots.errors import InputError
from hotspots.query import GEOGRAPHIES

if TYPE_CHECKING:
    from hotspots.pipeline.packs_all import BriefJob, MadeBrief
    from hotspots.settings import Settings
    from hotspots.store.brief_templates import Template

PARTLY = 3
"""Exit code when some areas were made and others were not."""
SHOWN_FAILURES = 20
"""How many failed areas are named one by one in a terminal."""
_PICTURE_FORMATS = ("png", "svg", "pdf")
_PACK_FORMATS = ("zip", "pptx", "pdf", "html", "png")
_SIZES = ("slide", "a4", "a4-portrait", "square")


def _subject_options(function: Any) -> Any:
    for option in (
        click.option("--by", type=click.Choice(GEOGRAPHIES), default=GEOGRAPHIES[0], help="With --all-areas: which."),
        click.option("--all-areas", is_flag=True, help="One briefing for every ward and named area."),
        click.option("--operation", metavar="NAME", help="Operation of the ledger: code, name or local brand."),
        click.option("--area", metavar="NAME", help="Ward or named area. Default: the whole force."),
    ):
        function = option(function)
    return function


def _what_options(function: Any) -> Any:
    for option in (
        click.option("--list-templates", is_flag=True, help="List the templates and stop."),
        click.option("--public", is_flag=True, help="Treat any template as public: small counts withheld."),
        click.option(
            "--notes", metavar="FILE", type=click.Path(path_type=Path), help="Speaking note, or notes (TOML)."
        ),
        click.option("--areas", default="", metavar="LIST", help="Areas of small multiples, comma-separated."),
        click.option("--kind", metavar="KIND", help="A single picture, or all. Default: map. A wrong one lists them."),
        click.option("--template", metavar="NAME", help="A pack: name of a template, or a TOML file."),
    ):
        function = option(function)
    return function


def _look_options(function: Any) -> Any:
    for option in (
        click.option("--made-on", metavar="YYYY-MM-DD", help="Date to print. Default: none, so that bytes stay equal."),
        click.option(
            "--marking", metavar="TEXT", help="Protective marking. Default: the template's, else the setting."
        ),
        click.option("--dark/--light", "dark", default=None, help="Light on dark. Default: as the template says."),
        click.option("--size", type=click.Choice(_SIZES), help="Of single pictures. Default: slide."),
        click.option(
            "--format",
            "form",
            type=click.Choice(tuple(dict.fromkeys((*_PICTURE_FORMATS, *_PACK_FORMATS)))),
            help="png, svg or pdf of a picture (default png); zip, pptx, pdf, html or png of a pack (default pptx).",
        ),
    ):
        function = option(function)
    return function


@click.command()
@_subject_options
@_what_options
@_look_options
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder for the files.")
@click.option("--jobs", type=int, default=2, show_default=True, help="With --all-areas: processes side by side.")
@selection_options
@cluster_options
@json_option
def brief(as_json: bool, list_templates: bool, **options: Any) -> int:
    """Draw pictures for a briefing, or build a pack from a template, of one area or of all.

    Exit code 0: all was made. 2: nothing was made. 3: some areas were made, and those that were not are listed.
    """
    settings = read_settings()
    if list_templates:
        _list_templates(settings, as_json=as_json)
        return 0
    job = _make_job(settings, options)
    if options["all_areas"]:
        return _make_all(job, options, as_json=as_json)
    return _make_one(job, as_json=as_json)


def _make_job(settings: Settings, options: dict[str, Any]) -> BriefJob:
    from hotspots.pipeline.packs_all import BriefJob, read_notes  # noqa: PLC0415 - the help page draws nothing

    if options["out"] is None:
        raise InputError("Name the folder for the files with --out, as in --out briefing.")
    if options["all_areas"] and (options["area"] or options["operation"]):
        raise InputError("--all-areas makes a briefing of every area; leave out --area and --operation, or it.")
    template = _find_template(settings, options)
    form = options["form"] or ("png" if template is None else "pptx")
    if form not in (_PICTURE_FORMATS if template is None else _PACK_FORMATS):
        what = "A picture" if template is None else "A pack"
        allowed = ", ".join(_PICTURE_FORMATS if template is None else _PACK_FORMATS)
        raise InputError(f"{what} is not written as {form}; choose {allowed}.")
    notes, speaking_note = read_notes(options["notes"]) if options["notes"] else ({}, "")
    return BriefJob(
        settings=settings,
        query=replace(make_query({**options, "by": None}), operation=options["operation"] or ""),
        out=options["out"],
        template=template,
        kind=options["kind"] or "map",
        areas=tuple(name.strip() for name in options["areas"].split(",") if name.strip()),
        format=form,
        size=options["size"] or "slide",
        dark=options["dark"],
        marking=(options["marking"] or "").strip(),
        made_on=_parse_day(options["made_on"]),
        public=options["public"],
        notes=notes,
        speaking_note=speaking_note,
    )


def _find_template(settings: Settings, options: dict[str, Any]) -> Template | None:
    if not options["template"]:
        for name in ("notes", "public"):
            if options[name]:
                raise InputError(f"--{name} belongs to a pack; name its template with --template, or leave it out.")
        return None
    for name in ("kind", "size", "areas"):
        if options[name]:
            raise InputError(f"--{name} belongs to a single picture; the template says it for a pack.")
    from hotspots.pipeline.packs import find_template  # noqa: PLC0415 - single pictures need none

    return find_template(settings, options["template"])


def _parse_day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"“{text}” is not a date; write year, month and day as in 2023-03-14.") from None


def _make_one(job: BriefJob, *, as_json: bool) -> int:
    from hotspots.pipeline.operations import open_operations  # noqa: PLC0415 - heavy, needed by this command only
    from hotspots.pipeline.packs_all import make_brief  # noqa: PLC0415 - as above
    from hotspots.pipeline.world import open_world  # noqa: PLC0415 - as above

    world = open_world(job.settings)
    ledger = open_operations(job.settings, create=job.settings.is_guarded)
    try:
        with show_progress(shown=not as_json, label="Drawing") as progress:
            made = make_brief(job, world=world, ledger=ledger, progress=progress)
    finally:
        ledger.close()
    if as_json:
        key = "pictures" if job.template is None else "packs"
        click.echo(write_json({key: [{"path": str(path)} for path in made.paths], "left_out": _list_left_out(made)}))
        return 0
    for path in made.paths:
        click.echo(str(path))
    for heading, reason in made.left_out:
        click.echo(f"Left out: {heading}. {reason}", err=True)
    return 0


def _make_all(job: BriefJob, options: dict[str, Any], *, as_json: bool) -> int:
    from hotspots.pipeline.packs_all import list_areas, make_all  # noqa: PLC0415 - heavy, needed by this command only
    from hotspots.pipeline.world import open_world  # noqa: PLC0415 - as above

    world = open_world(job.settings)
    areas = list_areas(world, options["by"])
    if not areas:
        raise InputError("No named area is loaded; choose --by ward, or name areas in areas.toml in the data home.")
    with show_progress(shown=not as_json, label="Drawing") as progress:
        made = make_all(job, areas, jobs=options["jobs"], world=world, progress=progress)
    failed = [one for one in made if one.error]
    written = sum(len(one.paths) for one in made)
    if as_json:
        click.echo(write_json({
            "areas": len(made),
            "files": written,
            "made": [
                {"area": one.area, "paths": [str(path) for path in one.paths], "left_out": _list_left_out(one)}
                for one in made
                if not one.error
            ],
            "failed": [{"area": one.area, "reason": one.error} for one in failed],
        }))  # fmt: skip
    else:
        files = f"{written:,} file{'' if written == 1 else 's'}"
        click.echo(f"{job.out}: {files} for {len(made) - len(failed):,} of {len(made):,} areas.")
    if failed and len(failed) == len(made):
        raise InputError(f"No area could be made; the first, {failed[0].area}: {failed[0].error}")
    for one in failed[:SHOWN_FAILURES]:
        click.echo(f"hotspots: {one.area} was not made: {one.error}", err=True)
    if len(failed) > SHOWN_FAILURES:
        click.echo(f"hotspots: and {len(failed) - SHOWN_FAILURES:,} more; --json lists them all.", err=True)
    return PARTLY if failed else 0


def _list_left_out(made: MadeBrief) -> list[dict[str, str]]:
    return [{"section": heading, "reason": reason} for heading, reason in made.left_out]


def _list_templates(settings: Settings, *, as_json: bool) -> None:
    from hotspots.pipeline.packs import list_templates  # noqa: PLC0415 - heavy, needed by this command only

    templates = list_templates(settings)
    if as_json:
        click.echo(write_json({"templates": [
            {
                "template": one.code,
                "title": one.title,
                "audience": one.audience,
                "public": one.public,
                "own": one.own,
                "sections": [section.key for section in one.sections],
            }
            for one in templates
        ]}))  # fmt: skip
        return
    widest = max(len(one.code) for one in templates)
    for one in templates:
        marks = ", ".join(mark for mark, holds in (("public", one.public), ("own", one.own)) if holds)
        pictures = f"{len(one.sections)} pictures" if len(one.sections) > 1 else "1 picture"
        click.echo(f"{one.code:<{widest}}  {one.title}, {pictures}{f' ({marks})' if marks else ''}")
