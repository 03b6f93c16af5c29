"""The ``hotspots brief`` command: pictures and packs for a briefing, of one area or of all, by hand or by schedule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


@click.command()
@click.option("--area", metavar="NAME", help="Ward or named area. Default: the whole force.")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Folder for the pictures.")
@click.option("--kind", type=click.Choice(["map", "ranking", "trend", "all"]), default="map", show_default=True)
@click.option("--size", type=click.Choice(["slide", "a4", "a4-portrait"]), default="slide", show_default=True)
@click.option("--marking", metavar="TEXT", help="Protective marking. Default: HOTSPOTS_MARKING, else OFFICIAL.")
@click.option("--made-on", metavar="YYYY-MM-DD", help="Date to print. Default: none, so that bytes stay equal.")
@selection_options
@cluster_options
@json_option
def brief(as_json: bool, out: Path, **options: Any) -> None:
    """Draw PNG pictures for a briefing."""
    from hotspots.pipeline.brief import draw_brief, write_pictures  # noqa: PLC0415
    from hotspots.pipeline.world import open_world  # noqa: PLC0415

    settings = read_settings()
    query = make_query(options)
    with show_progress(shown=not as_json, label="Drawing") as progress:
        pictures = draw_brief(
            open_world(settings),
            query,
            kind=options["kind"],
            size=options["size"],
            marking=options["marking"] or settings.marking,
            made_on=options["made_on"],
            progress=progress,
        )
        paths = write_pictures(pictures, out)
    if as_json:
        click.echo(write_json({"pictures": [{"path": str(path)} for path in paths]}))
    else:
        for path in paths:
            click.echo(str(path))
