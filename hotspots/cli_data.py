"""The commands that bring data in and look after them: fetch, refresh, versions, rollback, extract, records, alerts.

Like the others, they import heavy libraries only when they run.
"""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hotspots.cli_options import GivenPath, json_option, read_settings
from hotspots.cli_people import COMMANDS as PEOPLE
from hotspots.errors import InputError
from hotspots.months import list_months, parse_month

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hotspots.pipeline.extracts import Trial


def _print(report: Any, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2, allow_nan=False))
    else:
        click.echo(report.to_text())


@contextmanager
def _progress(*, shown: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """Draw a bar of kilobytes on standard error when a person is looking at it."""
    if not shown or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label="Fetching", file=sys.stderr, show_eta=True) as bar:

        def advance(_name: str, done: int, total: int) -> None:
            bar.length = max(total // 1024, 1)
            bar.update(done // 1024 - bar.pos)

        yield advance


@click.command()
@click.option("--force", "forces", multiple=True, metavar="NAME", help="Force code, such as northumbria. Repeatable.")
@click.option("--from", "month_from", metavar="YYYY-MM", help="First month. Default: 36 months before the last.")
@click.option("--to", "month_to", metavar="YYYY-MM", help="Last month. Default: the latest that is published.")
@click.option("--only-crimes", is_flag=True, help="Leave outcomes and stop and search out.")
@click.option("--list", "only_list", is_flag=True, help="Only list forces and months; --force NAME searches.")
@click.option(
    "--polygon",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Ask the API for this area instead (GeoJSON, GeoPackage); --name says what to call it.",
)
@click.option("--name", metavar="TEXT", help="What to call the area of --polygon.")
@json_option
def fetch(forces: tuple[str, ...], as_json: bool, only_list: bool, polygon: Path | None, **options: Any) -> None:
    """Fetch a force's months straight from data.police.uk; stopped at any moment, it goes on from there.

    Only the force's own part of the publisher's archive comes over the line, and nothing is loaded until it is whole.
    """
    from hotspots.pipeline import fetch as room  # noqa: PLC0415 - see the module's first lines
    from hotspots.pipeline.fetch_area import fetch_area  # noqa: PLC0415 - as above
    from hotspots.pipeline.publisher import fetch_catalogue  # noqa: PLC0415 - as above

    settings = read_settings()
    first, last = (parse_month(text) if text else None for text in (options["month_from"], options["month_to"]))
    if only_list:
        catalogue = fetch_catalogue(settings)
        found = [force for text in forces or ("",) for force in catalogue.search(text)]
        if as_json:
            click.echo(json.dumps(catalogue.to_json(found), ensure_ascii=False, indent=2))
            return
        for force in found:
            gaps = catalogue.gaps(force)
            gap = f"; not published: {list_months(gaps)}" if gaps else ""
            click.echo(f"{force:<22} {list_months(catalogue.months[force])}{gap}")
        if not found:
            raise InputError(f"No force of {catalogue.archive} has a name with “{' '.join(forces)}” in it.")
        return
    with _progress(shown=not as_json) as progress:
        if polygon is not None:
            if first is None:
                raise InputError("Say which months to ask the API for, with --from and --to.")
            report: Any = fetch_area(
                settings,
                polygon,
                name=options["name"] or polygon.stem,
                month_from=first,
                month_to=last or first,
                progress=progress,
            )
        else:
            kinds = room.KINDS[:1] if options["only_crimes"] else room.KINDS
            report = room.fetch(
                settings, forces=forces, kinds=kinds, progress=progress, month_from=first, month_to=last
            )
    _print(report, as_json=as_json)


@click.command("fetch-boundaries")
@click.option("--force", required=True, metavar="NAME", help="Force code, such as northumbria.")
@click.option("--geography", type=click.Choice(["ward", "lsoa", "lad"]), default="ward", show_default=True)
@click.option("--year", type=int, metavar="YYYY", help="Year of the boundaries. Default: the latest.")
@click.option("--full", is_flag=True, help="Full resolution (BFC) instead of generalised to 20 m (BGC).")
@click.option("--population", type=click.Path(path_type=Path), metavar="FILE", help="CSV of residents by area code.")
@json_option
def fetch_areas(as_json: bool, full: bool, **options: Any) -> None:
    """Fetch a force's wards, LSOAs or authorities from the ONS, and put them in use."""
    from hotspots.pipeline.fetch_boundaries import fetch_boundaries  # noqa: PLC0415 - heavy, needed by this command only

    report = fetch_boundaries(read_settings(), resolution="BFC" if full else "BGC", **options)
    _print(report, as_json=as_json)


@click.command()
@click.option("--force", "forces", multiple=True, metavar="NAME", help="Default: every force that is loaded.")
@json_option
def refresh(forces: tuple[str, ...], as_json: bool) -> None:
    """Look for new and revised months, load them, and report what changed; made for a scheduler."""
    from hotspots.pipeline.refresh import refresh as run  # noqa: PLC0415 - heavy, needed by this command only

    with _progress(shown=not as_json) as progress:
        report = run(read_settings(), forces=forces, progress=progress)
    _print(report, as_json=as_json)


@click.command()
@click.argument("compare", nargs=-1)
@json_option
def versions(compare: tuple[str, ...], as_json: bool) -> None:
    """List the versions of the incidents that can be read, or compare two: versions OLD NEW.

    A version is its number, or the first letters of the data version that pictures carry.
    """
    from hotspots.pipeline.lineage import compare_versions, describe_versions, find_version  # noqa: PLC0415 - heavy, needed by this command only

    settings = read_settings()
    if compare:
        if len(compare) != 2:  # noqa: PLR2004 - an old one and a new one
            raise InputError("Give two versions to compare, the older one first.")
        old, new = (find_version(settings, name).manifest for name in compare)
        _print(compare_versions(settings, old, new), as_json=as_json)
        return
    listed = describe_versions(settings)
    if as_json:
        click.echo(json.dumps({"versions": listed}, ensure_ascii=False, indent=2))
    elif not listed:
        click.echo("Nothing has been loaded; the embedded data are shown.")
    for number, item in enumerate(() if as_json else listed):
        aside = f", set aside: {', '.join(item['set_aside'])}" if item["set_aside"] else ""
        mark = "in force" if number == 0 else ""
        click.echo(
            f"{item['number']:>4}  {item['data_version']}  {item['made_at'][:16].replace('T', ' ')} UTC  "
            f"{item['months']:>4} months  {item['incidents']:>11,} incidents{aside}  {mark}".rstrip()
        )


@click.command()
@click.argument("version", required=False)
@json_option
def rollback(version: str | None, as_json: bool) -> None:
    """Go back to the version before, or to VERSION (a number, or the first letters of a data version).

    The version that is left stays readable, so that going back can be undone in the same way.
    """
    from hotspots.pipeline.lineage import roll_back  # noqa: PLC0415 - heavy, needed by this command only

    _print(roll_back(read_settings(), version), as_json=as_json)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=GivenPath())
@json_option
def records(paths: tuple[Path, ...], as_json: bool) -> None:
    """Load outcomes and stop and search files of police.uk from disk; “fetch” brings them by itself."""
    from hotspots.pipeline.records import load_records  # noqa: PLC0415 - heavy, needed by this command only

    report = load_records(paths, settings=read_settings())
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
    else:
        click.echo(
            f"{len(report.files):,} files read; {report.outcomes:,} outcomes and {report.searches:,} stop and search "
            "records are stored."
        )


@click.command()
@click.option("--by", type=click.Choice(["type", "area"]), default="type", show_default=True)
@json_option
def outcomes(by: str, as_json: bool) -> None:
    """Say what share of crimes had a positive outcome, by type or ward, and how long it took."""
    from hotspots.pipeline.records import describe_outcomes  # noqa: PLC0415 - heavy, needed by this command only

    table = describe_outcomes(read_settings(), by=by)
    if as_json:
        click.echo(table.to_json(orient="records", indent=2, force_ascii=False))
        return
    for row in table.to_dict("records"):
        taken = row["months_taken"]
        months = f"{taken:.0f} months" if isfinite(taken) else "–"
        click.echo(
            f"{row['name']:<32} {row['crimes']:>9,} crimes  {row['rate']:>6.1%} positive ({row['low']:.1%} to "
            f"{row['high']:.1%})  {months}"
        )


@click.command()
@json_option
def searches(as_json: bool) -> None:
    """Count stop and search records by ward and month, as a CSV table of activity."""
    from hotspots.pipeline.records import count_searches  # noqa: PLC0415 - heavy, needed by this command only
    from hotspots.store.boundaries import read_active  # noqa: PLC0415 - as above

    settings = read_settings()
    table = count_searches(settings, read_active(settings))
    click.echo(
        table.to_json(orient="records", indent=2, force_ascii=False)
        if as_json
        else table.to_csv(index=False, lineterminator="\n"),
        nl=as_json,
    )


@click.command()
@json_option
def alerts(as_json: bool) -> None:
    """Name the loaded months that look wrong: missing, nearly empty, unlocated, without a type, repeated."""
    from hotspots.pipeline.quality import describe_alerts, find_alerts  # noqa: PLC0415 - heavy, needed by this command only

    found = find_alerts(read_settings())
    if as_json:
        click.echo(json.dumps({"alerts": [alert.to_json() for alert in found]}, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(describe_alerts(found)) or "Nothing looks wrong.")


@click.group()
def extract() -> None:
    """Load the force's own crimes: CSV, Excel, GeoPackage, or a query to a database that is only read."""


def _extract_options(function: Any) -> Any:
    for option in (
        json_option,
        click.option("--query", metavar="SQL", help="One SELECT, when SOURCE is the address of a database."),
        click.option(
            "--month-first/--day-first", default=None, help="How 01/02/2022 is read. Default: from the dates."
        ),
        click.option(
            "--coordinates",
            type=click.Choice(["bng", "wgs84", "grid", "none"]),
            help="British National Grid metres, degrees, grid references, or none. Default: from the numbers.",
        ),
        click.option(
            "--type",
            "types",
            multiple=True,
            metavar="THEIRS=OURS",
            help="What a type of the force is, as in --type 'TWOC=Vehicle crime'. Repeatable.",
        ),
        click.option(
            "--column",
            "columns",
            multiple=True,
            metavar="PART=COLUMN",
            help="Which column is date, date_to, type, x, y, grid, id or outcome. Repeatable.",
        ),
        click.option("--name", metavar="TEXT", help="What to call the source. Default: the file's name."),
        click.argument("source"),
    ):
        function = option(function)
    return function


def _split_pairs(pairs: tuple[str, ...], option: str) -> dict[str, str]:
    split = {}
    for pair in pairs:
        # The last sign: a force's own type may hold one, ours never does.
        left, sign, right = pair.rpartition("=") if option == "--type" else pair.partition("=")
        if not sign or not left.strip() or (not right.strip() and option == "--type"):
            raise InputError(f"{option} {pair}: write a name, an equals sign and a name.")
        split[left.strip()] = right.strip()
    return split


def _try(source: str, options: dict[str, Any]) -> Trial:
    from hotspots.pipeline.extracts import open_table, plan_mapping, try_extract  # noqa: PLC0415 - heavy, needed by this command only

    settings = read_settings()
    table = open_table(settings, source, query=options["query"])
    if not options["name"] and "://" in source:
        raise InputError("Say what to call the source, with --name.")
    mapping = plan_mapping(
        settings,
        table,
        name=options["name"] or Path(source).stem,
        columns=_split_pairs(options["columns"], "--column"),
        types=_split_pairs(options["types"], "--type"),
        coordinates=options["coordinates"],
        month_first=options["month_first"],
    )
    return try_extract(settings, table, mapping)


@extract.command("check")
@_extract_options
def check_extract(source: str, as_json: bool, **options: Any) -> None:
    """Say how SOURCE would be read, without storing anything."""
    trial = _try(source, options)
    _print(trial, as_json=as_json)
    if not as_json:
        click.echo("\nNothing is stored yet. When this is right: hotspots extract load, with the same words.")


@extract.command("load")
@click.option("--with-others", is_flag=True, help="Count it beside the sources that hold the same months.")
@_extract_options
def load_extract(source: str, as_json: bool, with_others: bool, **options: Any) -> None:
    """Load SOURCE, and keep its mapping for the next time."""
    from hotspots.pipeline.extracts import load_extract as load  # noqa: PLC0415 - heavy, needed by this command only

    trial = _try(source, options)
    done = load(read_settings(), trial, with_others=with_others)
    if as_json:
        document = {**trial.to_json(), "data_version": done.data_version, "set_aside": list(done.set_aside)}
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    click.echo(trial.to_text())
    click.echo(f"\nLoaded; the data are now at version {done.data_version}.")
    if done.set_aside:
        click.echo(
            f"Set aside, so that no crime counts twice: {', '.join(done.set_aside)}. “hotspots extract use NAME…” "
            "chooses what counts."
        )


@extract.command("use")
@click.argument("names", nargs=-1, required=True)
def use_extract(names: tuple[str, ...]) -> None:
    """Count these sources, forces or extracts, and no others; all stay stored."""
    from hotspots.pipeline.extracts import use_sources  # noqa: PLC0415 - heavy, needed by this command only

    manifest = use_sources(read_settings(), names)
    counted = sorted({item.force for item in manifest.counted})
    click.echo(f"Counted: {', '.join(counted)}. Set aside: {', '.join(manifest.set_aside) or 'none'}.")


@extract.command("list")
@json_option
def list_extracts(as_json: bool) -> None:
    """List the saved column mappings."""
    from hotspots.pipeline.extracts import list_mappings  # noqa: PLC0415 - heavy, needed by this command only

    mappings = list_mappings(read_settings())
    if as_json:
        click.echo(json.dumps({"mappings": [item.to_json() for item in mappings]}, ensure_ascii=False, indent=2))
    for item in () if as_json else mappings:
        click.echo(f"{item.code:<24} date: {item.date}; type: {item.type}; coordinates: {item.coordinates}")
    if not mappings and not as_json:
        click.echo("No mapping is saved; “hotspots extract load FILE” makes one.")


DATA_COMMANDS = (fetch, fetch_areas, *PEOPLE, refresh, versions, rollback, records, outcomes, searches, alerts, extract)
"""What the ``hotspots`` command takes over from here."""
