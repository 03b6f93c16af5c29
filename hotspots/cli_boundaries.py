"""The commands about boundaries: bring them in, tell their sets apart, go back, and read one set on another."""

from __future__ import annotations

import datetime as dt
from math import isnan
from pathlib import Path
from typing import Any

import click

from hotspots.cli_options import give, json_option, read_settings, write_csv, write_json
from hotspots.errors import InputError
from hotspots.record_dates import name_day


@click.group()
def boundaries() -> None:
    """Bring in the wards of another force or year, go back to earlier ones, or read one set on another."""


@boundaries.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--code", required=True, metavar="COL", help="Column that holds the code, such as WD20CD.")
@click.option("--name", required=True, metavar="COL", help="Column that holds the name, such as WD20NM.")
@click.option("--lad-code", metavar="COL", help="Column that holds the local authority's code.")
@click.option("--lad-name", metavar="COL", help="Column that holds the local authority's name.")
@click.option("--crs", metavar="EPSG", help="Coordinate system, such as EPSG:27700, when the file does not say.")
@click.option("--layer", metavar="NAME", help="Layer of a GeoPackage, or file in an archive, when there are several.")
@click.option("--population", type=click.Path(path_type=Path), metavar="FILE", help="CSV of residents by area code.")
@click.option("--population-column", metavar="COL", help="Column of residents, when its heading does not say so.")
@click.option("--title", metavar="TEXT", help="What to call the set, such as “Cleveland wards, 2024”.")
@click.option("--vintage", default="", metavar="TEXT", help="Of which date they are, such as “Wards of May 2024”.")
@click.option("--source", metavar="TEXT", help="Whose they are. Default: the file's name.")
@click.option("--licence", default="", metavar="TEXT", help="Under which licence they may be shown.")
@click.option("--only", metavar="COL=VALUE", help="Keep only rows with this value, such as force=Cleveland.")
@json_option
def import_boundaries(file: Path, as_json: bool, **options: Any) -> None:
    """Load area boundaries: GeoJSON, GeoPackage, zipped Shapefile or GeoParquet."""
    from hotspots.pipeline.coverage import import_boundaries as load  # noqa: PLC0415 - the help pages start at once

    report = load(file, settings=read_settings(), **options)
    click.echo(write_json(report.to_json()) if as_json else report.to_text())


@boundaries.command("reset")
def reset_boundaries() -> None:
    """Go back to the embedded Northumbria wards; the imported boundaries stay readable."""
    from hotspots.pipeline.boundary_sets import reset_boundaries as reset  # noqa: PLC0415 - heavy, needed by this command only

    removed = reset(read_settings())
    click.echo("The embedded Northumbria wards are in use." if removed else "The embedded wards were already in use.")


@boundaries.command("versions")
@json_option
def list_boundaries(as_json: bool) -> None:
    """List the sets of boundaries that can be read, the one in force first."""
    from hotspots.pipeline.boundary_sets import list_sets  # noqa: PLC0415 - heavy, needed by this command only

    sets = list_sets(read_settings())
    if as_json:
        click.echo(write_json({"sets": [item.to_json() for item in sets]}))
        return
    for item in sets:
        made = name_day(dt.datetime.fromtimestamp(item.made_at, dt.UTC).date()) if item.made_at else "embedded"
        click.echo(
            f"{item.number:>4}  {item.version}  {made:<17}  {item.areas:>6,} areas  {item.name}"
            f"{f' ({item.vintage})' if item.vintage else ''}{'  in force' if item.in_force else ''}"
        )


@boundaries.command("rollback")
@click.argument("version", required=False)
def roll_back(version: str | None) -> None:
    """Go back to the boundaries before, or to VERSION (a number, the first letters of a version, or “embedded”).

    What is left stays readable, so that going back can be undone in the same way.
    """
    from hotspots.pipeline.boundary_sets import roll_back_boundaries  # noqa: PLC0415 - heavy, needed by this command only

    before, after = roll_back_boundaries(read_settings(), version)
    click.echo(f"{after.name} ({after.areas:,} areas) is in force again; {before.name} stays readable.")


@boundaries.command("best-fit")
@click.argument("before", metavar="FROM")
@click.argument("after", metavar="TO")
@click.option("--series", type=click.Path(path_type=Path), metavar="FILE", help="Read this CSV of counts on TO.")
@click.option("--areas", is_flag=True, help="Write the named areas on the wards of TO, as a file of named areas.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write here, not to the screen.")
@json_option
def best_fit(before: str, after: str, as_json: bool, series: Path | None, **options: Any) -> None:
    """Say what became of each area of FROM in TO, and read series on one set of wards.

    FROM and TO are “current”, “embedded”, the number or version of a set (“hotspots boundaries versions”), or a file.
    """
    from hotspots.pipeline import best_fit as room  # noqa: PLC0415 - heavy, needed by this command only

    form, areas = "json" if as_json else options["form"], options["areas"]
    if series is not None and areas:
        raise InputError("--series and --areas ask for two tables at once; give one of them.")
    settings = read_settings()
    fit = room.fit_boundaries(settings, before, after)
    if series is not None:
        records = _without_nan(room.carry_series(fit, series))
        text = write_json({"rows": records}) if form == "json" else write_csv(records)
    elif areas:
        named, said = room.carry_areas(fit, settings)
        for sentence in said:
            click.echo(sentence, err=True)
        text = room.write_areas(named)
    elif form == "json":
        text = write_json(fit.to_json())
    else:
        text = write_csv(fit.list_shares()) if form == "csv" else fit.to_text()
    give(text, options["out"])


def _without_nan(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {name: None if isinstance(value, float) and isnan(value) else value for name, value in record.items()}
        for record in records
    ]
