"""The commands of the hotspots methods: cells, surfaces, emerging classes, and which of them foresees best."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hotspots.cli_options import (
    cell_options,
    describe_period,
    give,
    json_option,
    list_records,
    make_query,
    need_file,
    output_options,
    selection_options,
    show_progress,
    write_csv,
    write_json,
    write_out,
)

if TYPE_CHECKING:
    import pandas as pd

_CORRECTIONS = ("bh", "by", "bonferroni", "none")


def _correction_option(function: Any) -> Any:
    return click.option(
        "--correction",
        type=click.Choice(_CORRECTIONS),
        default="bh",
        show_default=True,
        help="For the number of cells: false discovery rate (bh, by), bonferroni, or none.",
    )(function)


def _exact_chance_option(function: Any) -> Any:
    return _add_chance(function, "exact")


def _normal_chance_option(function: Any) -> Any:
    return _add_chance(function, "normal")


def _add_chance(function: Any, default: str) -> Any:
    return click.option(
        "--chance",
        type=click.Choice(["exact", "normal"]),
        default=default,
        show_default=True,
        help="How p is found: exactly, or by the normal curve, which calls many more cells hot.",
    )(function)


def _every_option(function: Any) -> Any:
    return click.option("--all-cells", is_flag=True, help="Write every tested cell, not only those with a class.")(
        function
    )


@click.command()
@cell_options
@selection_options
@_correction_option
@_exact_chance_option
@click.option("--permutations", type=click.IntRange(0, 99_999), default=0, metavar="N", help="For the p-values.")
@_every_option
@output_options
def gistar(
    form: str,
    out: Path | None,
    *,
    as_json: bool,
    all_cells: bool,
    correction: str,
    chance: str,
    permutations: int,
    **options: Any,
) -> None:
    """Find cells that hold more, or less, than chance would put there (Gi*)."""
    need_file(form, out)
    from hotspots.pipeline.export_cells import hot_cells_table  # noqa: PLC0415 - the help pages start at once
    from hotspots.pipeline.hot_cells import find_hot_cells  # noqa: PLC0415 - as above
    from hotspots.pipeline.world import open_world  # noqa: PLC0415 - as above

    world = open_world()
    query = make_query(options)
    answer = find_hot_cells(world, query, correction=correction, chance=chance, permutations=permutations)
    if form == "table" and not as_json:
        give(hot_cells_table(answer), out)
        return
    document = {
        "data_version": world.data_version,
        "period": describe_period(answer.chosen),
        "lens": answer.chosen.label,
        "types": list(answer.chosen.types),
        **answer.provenance,
        "caveats": list(answer.caveats),
        "spots": list_records(answer.spots, _every(answer.spots), {"lon": 6, "lat": 6}),
    }
    _give_cells(answer, answer.table, "hot", document, form="json" if as_json else form, out=out, every=all_cells)


@click.command()
@cell_options
@selection_options
@_correction_option
@_normal_chance_option
@_every_option
@output_options
def emerging(
    form: str, out: Path | None, *, as_json: bool, all_cells: bool, correction: str, chance: str, **options: Any
) -> None:
    """Classify cells by how hot they were over time: new, growing, lasting, fading, gone."""
    need_file(form, out)
    from hotspots.pipeline.emerging import find_emerging_cells  # noqa: PLC0415 - the help pages start at once
    from hotspots.pipeline.export_cells import emerging_table  # noqa: PLC0415 - as above
    from hotspots.pipeline.world import open_world  # noqa: PLC0415 - as above

    world = open_world()
    answer = find_emerging_cells(world, make_query(options), correction=correction, chance=chance)
    if form == "table" and not as_json:
        give(emerging_table(answer), out)
        return
    document = {
        "data_version": world.data_version,
        "period": describe_period(answer.chosen),
        "lens": answer.chosen.label,
        "types": list(answer.chosen.types),
        **answer.provenance,
        "caveats": list(answer.caveats),
        "classes": list_records(answer.classes, _every(answer.classes), {}),
    }
    _give_cells(
        answer, answer.table, "class_code", document, form="json" if as_json else form, out=out, every=all_cells
    )


@click.command()
@click.option("--bandwidth", type=float, metavar="M", help="Radius (quartic) or standard deviation (gaussian).")
@click.option("--kernel", type=click.Choice(["quartic", "gaussian"]), default="quartic", show_default=True)
@click.option("--measure", type=click.Choice(["incidents", "harm"]), default="incidents", show_default=True)
@selection_options
@output_options
def kde(form: str, out: Path | None, *, as_json: bool, kernel: str, **options: Any) -> None:
    """Compute the density of incidents per square kilometre a year, and its peaks.

    GeoJSON and GeoParquet hold one area for each class of density; CSV holds the squares at or above the average.
    """
    need_file(form, out)
    from hotspots.pipeline.export_cells import (  # noqa: PLC0415 - the help pages start at once
        describe_densities,
        list_squares,
        make_geojson,
        surface_table,
        write_geoparquet,
    )
    from hotspots.pipeline.surface import draw_surface  # noqa: PLC0415 - as above
    from hotspots.pipeline.world import open_world  # noqa: PLC0415 - as above

    world = open_world()
    answer = draw_surface(world, make_query(options), kernel=kernel)
    if as_json or form == "json":
        document = {
            "data_version": world.data_version,
            "period": describe_period(answer.chosen),
            "lens": answer.chosen.label,
            "types": list(answer.chosen.types),
            **answer.provenance,
            "incidents_held": round(answer.surface.incidents, 4),
            "caveats": list(answer.caveats),
            "peaks": list_records(answer.peaks, _every(answer.peaks), {"lon": 6, "lat": 6}),
        }
        give(write_json(document), out)
    elif form == "csv":
        give(write_csv(list_squares(answer)), out)
    elif form == "table":
        give(surface_table(answer), out)
    else:
        records, shapes = describe_densities(answer)
        if form == "geojson":
            give(write_json(make_geojson(records, shapes)), out)
        elif out is not None:
            write_out(out, lambda part: write_geoparquet(records, shapes, part))


@click.command()
@click.option("--by", type=click.Choice(["cells", "wards"]), default="cells", show_default=True)
@click.option("--cell", type=float, metavar="M", help="Size of the cells in metres. Default: from the data.")
@click.option("--types", default="", metavar="LIST", help="Crime types, comma-separated; overrides --lens.")
@click.option("--lens", default="all", show_default=True, metavar="LENS", help="As for score.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write here, not to the screen.")
@json_option
def backtest(form: str, by: str, out: Path | None, *, as_json: bool, **options: Any) -> None:
    """Check which method foresees best here: each sees twelve months and is judged on the next three."""
    from dataclasses import asdict  # noqa: PLC0415 - the help pages start at once

    from hotspots.pipeline.export_cells import check_table  # noqa: PLC0415 - as above
    from hotspots.pipeline.method_check import check_methods  # noqa: PLC0415 - as above
    from hotspots.pipeline.world import open_world  # noqa: PLC0415 - as above

    query = make_query(options)
    with show_progress(shown=not as_json, label="Back-testing") as progress:
        check = check_methods(open_world(), query, geography=by, progress=progress)
    if as_json or form == "json":
        document = asdict(check)
        give(write_json({**document, "in_words": check.say(), "rows": [asdict(row) for row in check.rows]}), out)
    elif form == "csv":
        give(write_csv([{**asdict(row), "verdict": row.verdict} for row in check.rows]), out)
    else:
        give(check_table(check), out)


def _give_cells(
    answer: Any, table: pd.DataFrame, column: str, document: dict[str, Any], *, form: str, out: Path | None, every: bool
) -> None:
    """Give cells in the wanted form, and in JSON what they rest on."""
    from hotspots.pipeline.export_cells import (  # noqa: PLC0415 - the help pages start at once
        DIGITS,
        choose_rows,
        draw_cells,
        make_geojson,
        write_geoparquet,
    )

    rows = choose_rows(table, column, every=every)
    records = list_records(table.iloc[rows], _every(table), DIGITS)
    if form == "json":
        give(write_json({**document, "cells": records}), out)
    elif form == "csv":
        give(write_csv(records), out)
    else:
        shapes = draw_cells(answer.ground, rows)
        if form == "geojson":
            give(write_json(make_geojson(records, shapes)), out)
        elif out is not None:
            write_out(out, lambda part: write_geoparquet(records, shapes, part))


def _every(table: pd.DataFrame) -> dict[str, str]:
    return {str(name): str(name) for name in table.columns}


COMMANDS = (gistar, emerging, kde, backtest)
"""What the ``hotspots`` command takes from here."""
