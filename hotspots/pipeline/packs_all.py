"""Briefings of one area or of all: each file written whole or not at all, by one process or by several."""

from __future__ import annotations

import multiprocessing
import os
import tomllib
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hotspots.access import Action
from hotspots.errors import HotspotsError, InputError, StoreError
from hotspots.pipeline.brief import draw_brief, write_pictures
from hotspots.pipeline.operations import open_operations
from hotspots.pipeline.packs import compose_pack, write_pack
from hotspots.pipeline.world import open_world
from hotspots.store.ledger import note_access
from hotspots.terms import slug
from hotspots.views.pack_zip import draw_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from hotspots.pipeline.world import World
    from hotspots.query import Query
    from hotspots.settings import Settings
    from hotspots.store.brief_templates import Template
    from hotspots.store.ledger import Ledger

MOST_JOBS = 8
_LONGEST_NOTES = 200_000
SPEAKING = "speaking-note"
"""What the speaking note is called in a file of notes."""


@dataclass(frozen=True)
class BriefJob:
    """What is to be made; the same for every area.

    Attributes
    ----------
    settings
        Where things lie.
    query
        The selection; its area is set for each.
    out
        Folder for the files.
    template
        Template of a pack; None for single pictures.
    kind, areas
        Without a template: kind of picture, or ``all``, and the areas of small multiples.
    format
        Of the pack (``png`` for its pictures in a folder), or of the pictures.
    size
        Without a template: size of the pictures.
    dark
        True or False; None for the template's.
    marking
        Empty for the template's, else that of the settings.
    made_on
        The day to print; None for none.
    public
        True to treat any template as public.
    notes, speaking_note
        As for a pack.
    """

    settings: Settings
    query: Query
    out: Path
    template: Template | None = None
    kind: str = "map"
    areas: tuple[str, ...] = ()
    format: str = "png"
    size: str = "slide"
    dark: bool | None = None
    marking: str = ""
    made_on: date | None = None
    public: bool = False
    notes: dict[str, str] = field(default_factory=dict)
    speaking_note: str = ""


@dataclass(frozen=True)
class MadeBrief:
    """What came of one area.

    Attributes
    ----------
    area
        Code of the ward or named area; empty for the force or an operation.
    paths
        Files that were written.
    left_out
        Sections or kinds that the data do not allow, each with the reason.
    error
        Why nothing was written; empty when something was.
    """

    area: str
    paths: tuple[Path, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    error: str = ""


@dataclass(frozen=True)
class _File:
    name: str
    content: bytes


def make_brief(
    job: BriefJob, *, world: World, ledger: Ledger, progress: Callable[[str, int, int], None] | None = None
) -> MadeBrief:
    """Make and write the pictures or the pack of the query's area, operation or force.

    Raises
    ------
    InputError
        If something that was asked for cannot be used.
    StoreError
        If the folder cannot be written.
    """
    if job.template is None:
        return _make_pictures(job, world, ledger, progress)
    document = compose_pack(
        world, job.query, job.template,
        ledger=ledger, notes=job.notes, speaking_note=job.speaking_note,
        marking=job.marking or job.template.marking or job.settings.marking, made_on=job.made_on, dark=job.dark,
        public=job.public, small_count=job.settings.small_count,
        progress=None if progress is None else lambda name, done, total: progress(name, done, 2 * total),
    )  # fmt: skip

    def drawing(name: str, done: int, total: int) -> None:
        if progress is not None:
            progress(name, total + done, 2 * total)

    note_access(ledger, Action.EXPORT, f"pack/{job.template.code}/{slug(document.subject)}")
    if job.format == "png":
        files = [_File(name, content) for _page, name, content in draw_pages(document, progress=drawing)]
        paths = write_pictures(files, job.out / document.name)
    else:
        paths = write_pictures([write_pack(document, job.format, progress=drawing)], job.out)
    return MadeBrief(job.query.area, paths, document.left_out)


def _make_pictures(
    job: BriefJob, world: World, ledger: Ledger, progress: Callable[[str, int, int], None] | None
) -> MadeBrief:
    left_out: list[tuple[str, str]] = []
    pictures = draw_brief(
        world, job.query,
        kind=job.kind, size=job.size, dark=bool(job.dark), format=job.format,  # type: ignore[arg-type]  # checked by the command
        marking=job.marking or job.settings.marking, made_on=job.made_on.isoformat() if job.made_on else None,
        ledger=ledger, areas=job.areas, progress=progress,
        left_out=lambda kind, reason: left_out.append((kind, reason)),
    )  # fmt: skip
    return MadeBrief(job.query.area, write_pictures(pictures, job.out), tuple(left_out))


def list_areas(world: World, by: str) -> tuple[str, ...]:
    """List the codes of the named areas, of the wards, or of both."""
    return tuple(unit.code for unit in world.units if by in ("both", unit.kind))


def make_all(
    job: BriefJob,
    areas: Sequence[str],
    *,
    jobs: int = 2,
    world: World | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> tuple[MadeBrief, ...]:
    """Make the briefing of every area; one that cannot be made does not stop the others.

    Parameters
    ----------
    job
        What is to be made.
    areas
        Codes of wards and named areas.
    jobs
        Processes that work side by side, 1 to `MOST_JOBS`; the files are the same whatever their number.
    world
        What is loaded, where it has been opened; used when a single process works.
    progress
        Called with a code, areas done and areas in all.

    Returns
    -------
    tuple of MadeBrief
        In the order of `areas`; those that failed tell why.

    Raises
    ------
    InputError
        If the number of processes cannot be used.
    StoreError
        If a process was ended from outside.
    """
    if not 1 <= jobs <= MOST_JOBS:
        raise InputError(f"{jobs} processes cannot be used; choose 1 to {MOST_JOBS}.")
    jobs = min(jobs, len(areas), os.cpu_count() or 1)
    each = [replace(job, query=replace(job.query, area=area)) for area in areas]
    made: dict[str, MadeBrief] = {}
    for one in _run_here(job, each, world) if jobs <= 1 else _run_beside(job, each, jobs):
        made[one.area] = one
        if progress is not None:
            progress(one.area, len(made), len(areas))
    return tuple(made[area] for area in areas)


def _run_here(job: BriefJob, each: Sequence[BriefJob], world: World | None) -> Iterator[MadeBrief]:
    world = world or open_world(job.settings)
    ledger = open_operations(job.settings, create=job.settings.is_guarded)
    try:
        for one in each:
            yield _attempt(one, world, ledger)
    finally:
        ledger.close()


def _run_beside(job: BriefJob, each: Sequence[BriefJob], jobs: int) -> Iterator[MadeBrief]:
    # A fresh process, not a copy of this one: a copy would hold the locks of threads that do not live on in it.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_open_worker, initargs=(job,)) as pool:
        waiting = [pool.submit(_work, one) for one in each]
        try:
            for future in as_completed(waiting):
                yield future.result()
        except BrokenProcessPool:
            raise StoreError(
                "A process that drew was ended from outside, perhaps for want of memory; try again with --jobs 1."
            ) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


_WORKER: list[tuple[World, Ledger]] = []
"""What a process that draws keeps open from one area to the next."""


def _open_worker(job: BriefJob) -> None:
    _WORKER[:] = [(open_world(job.settings), open_operations(job.settings, create=job.settings.is_guarded))]


def _work(job: BriefJob) -> MadeBrief:
    world, ledger = _WORKER[0]
    return _attempt(job, world, ledger)


def _attempt(job: BriefJob, world: World, ledger: Ledger) -> MadeBrief:
    try:
        return make_brief(job, world=world, ledger=ledger)
    except HotspotsError as error:
        return MadeBrief(job.query.area, error=str(error))


def read_notes(path: Path) -> tuple[dict[str, str], str]:
    """Read notes from a file: TOML with a line for each section and ``speaking-note``, else the speaking note alone.

    Returns
    -------
    dict
        The note of each section, by its key.
    str
        The speaking note; may be empty.

    Raises
    ------
    InputError
        If the file cannot be read or is not of this form.
    """
    try:
        if path.stat().st_size > _LONGEST_NOTES:
            raise InputError(f"{path.name} is larger than notes can be; name a file of a few pages of text.")
        text = path.read_text(encoding="utf-8-sig")
        table = tomllib.loads(text) if path.suffix == ".toml" else {SPEAKING: text}
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); check that it is there and may be opened."
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not text in UTF-8; save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path.name} is not a TOML file ({error}); see docs/briefings.md.") from error
    for key, note in table.items():
        if not isinstance(note, str):
            raise InputError(f"{path.name}: {key} is not text; write it in quotation marks.")
    speaking = table.pop(SPEAKING, "")
    return table, speaking
