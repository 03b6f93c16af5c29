"""The commands about who lives in the areas in use: residents and deprivation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hotspots.cli_options import json_option, read_settings, write_csv, write_json

if TYPE_CHECKING:
    from hotspots.pipeline.fetch_people import PeopleReport


def _print(report: PeopleReport, *, as_json: bool) -> None:
    click.echo(write_json(report.to_json()) if as_json else report.to_text())


@click.command("fetch-population")
@click.option("--geography", type=click.Choice(["lsoa", "ward"]), default="lsoa", show_default=True)
@click.option("--year", type=int, metavar="YYYY", help="Year of the estimate. Default: the latest.")
@click.option("--type", "kind", metavar="TYPE", help="Nomis's code of the geography, such as TYPE182.")
@json_option
def fetch_residents(as_json: bool, **options: Any) -> None:
    """Fetch the residents of the areas in use from Nomis (ONS): by code, or from LSOAs by ground."""
    from hotspots.pipeline.fetch_people import fetch_population  # noqa: PLC0415 - the help pages start at once

    _print(fetch_population(read_settings(), **options), as_json=as_json)


@click.command("fetch-deprivation")
@json_option
def fetch_deprivation(as_json: bool) -> None:
    """Fetch the English Indices of Deprivation by LSOA, and weigh them by residents for the areas in use."""
    from hotspots.pipeline.fetch_people import fetch_deprivation as fetch_indices  # noqa: PLC0415 - heavy, needed by this command only

    _print(fetch_indices(read_settings()), as_json=as_json)


@click.command()
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@json_option
def deprivation(form: str, as_json: bool) -> None:
    """List the deprivation of the areas in use, the most deprived first."""
    from hotspots.pipeline.people import list_deprivation  # noqa: PLC0415 - heavy, needed by this command only

    records, about = list_deprivation(read_settings())
    if as_json or form == "json":
        click.echo(write_json({**about, "areas": records}))
    elif form == "csv":
        click.echo(write_csv(records), nl=False)
    else:
        for record in records:
            worst = record["most_deprived"]
            share = "" if worst is None else f"  {worst:.0%} of residents in the most deprived tenth"
            click.echo(f"{record['rank']:>4}  {record['name']:<34} {record['score']:>6.1f}{share}")
        click.echo(f"{about['source']}; {about['vintage']}.")


COMMANDS = (fetch_residents, fetch_deprivation, deprivation)
"""What the ``hotspots`` command takes over from here."""
