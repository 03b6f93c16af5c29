"""What several commands share: options that choose incidents, and how a result is printed or written."""

from __future__ import annotations

import csv
import io
import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hotspots import settings as settings_room
from hotspots.errors import InputError, StoreError
from hotspots.months import format_month, parse_month
from hotspots.query import CELL_SHAPES, GEOGRAPHIES, Query, Weights
from hotspots.terms import LENSES
from hotspots.whole_files import replace_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hotspots.settings import Settings


def read_settings() -> Settings:
    """Read the settings, in the hands of the account that runs this command.

    Raises
    ------
    AccessError
        If somebody has said who may do what, and this account is not among them.
    InputError
        If a setting or the file of roles cannot be used.
    """
    settings = settings_room.read_settings()
    if not settings.is_guarded:
        return settings
    from hotspots.pipeline.sign_in import identify_account  # noqa: PLC0415 - most commands start without

    return identify_account(settings)


FORMATS = ("table", "csv", "json", "geojson")
SPATIAL_FORMATS = (*FORMATS, "geoparquet")
MEASURES = ("incidents", "harm")


@contextmanager
def show_progress(*, shown: bool, label: str) -> Iterator[Callable[[str, int, int], None]]:
    """Draw a progress bar on standard error when a person is looking at it."""
    if not shown or not sys.stderr.isatty():
        yield lambda _name, _done, _total: None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr, show_pos=True) as bar:

        def advance(_name: str, done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield advance


class GivenPath(click.Path):
    """A path that somebody gave: an empty word, as a forgotten variable leaves behind, is not the current folder."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse an empty word."""
        if not str(value).strip():
            self.fail("One of the paths is empty; name a file or a folder.", param, ctx)
        return super().convert(value, param, ctx)


def json_option(function: Any) -> Any:
    """Add the option that asks for one JSON document."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")(function)


def selection_options(function: Any) -> Any:
    """Add the options that choose incidents: period, lens, types, outcomes."""
    for option in (
        click.option("--outcomes", default="", metavar="LIST", help="Outcome groups, comma-separated. Default: all."),
        click.option("--types", default="", metavar="LIST", help="Crime types, comma-separated; overrides --lens."),
        click.option(
            "--lens",
            default=LENSES[0].code,
            show_default=True,
            metavar="LENS",
            help="One of: " + ", ".join(item.code for item in LENSES) + ".",
        ),
        click.option("--to", "month_to", metavar="YYYY-MM", help="Last month. Default: the last that is loaded."),
        click.option("--from", "month_from", metavar="YYYY-MM", help="First month. Default: the first that is loaded."),
    ):
        function = option(function)
    return function


def cluster_options(function: Any) -> Any:
    """Add the options of DBSCAN."""
    for option in (
        click.option("--min-samples", type=int, help="Incidents within eps that make a core. Default: from the data."),
        click.option("--eps", type=float, help="DBSCAN radius in metres. Default: 150."),
    ):
        function = option(function)
    return function


def cell_options(function: Any) -> Any:
    """Add the options that choose cells and what is added up in them."""
    for option in (
        click.option(
            "--measure", type=click.Choice(MEASURES), default="incidents", show_default=True, help="What is added up."
        ),
        click.option("--shape", "cell_shape", type=click.Choice(CELL_SHAPES), default="square", show_default=True),
        click.option("--cell", type=float, metavar="M", help="Size of the cells in metres. Default: from the data."),
    ):
        function = option(function)
    return function


def output_options(function: Any) -> Any:
    """Add the options that say in which form the result is wanted, and where."""
    for option in (
        json_option,
        click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write here, not to the screen."),
        click.option("--format", "form", type=click.Choice(SPATIAL_FORMATS), default="table", show_default=True),
    ):
        function = option(function)
    return function


def make_query(options: dict[str, Any]) -> Query:
    """Make a query from command-line options.

    Raises
    ------
    InputError
        If a value cannot be used.
    """
    weights = options.get("weights")
    return Query(
        month_from=parse_month(options["month_from"]) if options.get("month_from") else None,
        month_to=parse_month(options["month_to"]) if options.get("month_to") else None,
        lens=options.get("lens") or LENSES[0].code,
        types=tuple(item.strip() for item in (options.get("types") or "").split(",") if item.strip()),
        outcomes=tuple(item.strip() for item in (options.get("outcomes") or "").split(",") if item.strip()),
        by=options.get("by") or GEOGRAPHIES[0],
        area=options.get("area") or "",
        show="harm" if options.get("measure") == "harm" else Query().show,
        eps=options.get("eps"),
        min_samples=options.get("min_samples"),
        weights=Weights.parse(weights) if weights else Weights(),
        cell=options.get("cell"),
        cell_shape=options.get("cell_shape") or CELL_SHAPES[0],
        bandwidth=options.get("bandwidth"),
    )


def list_records(frame: Any, columns: dict[str, str], digits: dict[str, int]) -> list[dict[str, Any]]:
    """Turn a frame into JSON records: renamed, rounded, NaN as null."""
    import numpy as np  # noqa: PLC0415 - the help pages start at once

    records = []
    for row in frame.to_dict("records"):
        record: dict[str, Any] = {}
        for source, target in columns.items():
            value = row[source]
            if isinstance(value, np.generic):
                value = value.item()
            if isinstance(value, float):
                value = None if not np.isfinite(value) else round(value, digits.get(source, 4))
            record[target] = list(value) if isinstance(value, tuple) else value
        records.append(record)
    return records


def describe_period(chosen: Any) -> dict[str, Any]:
    """Describe the months of a resolved query for JSON."""
    return {
        "from": format_month(chosen.months[0]),
        "to": format_month(chosen.months[-1]),
        "months_covered": [format_month(month) for month in chosen.months],
        "months_missing": [format_month(month) for month in chosen.missing],
    }


def write_json(document: Any) -> str:
    """Write a JSON document as text."""
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)


def write_csv(records: list[dict[str, Any]]) -> str:
    """Write records as CSV whose cells no spreadsheet executes."""
    from hotspots.pipeline.export import safe_cell  # noqa: PLC0415 - the help pages start at once

    if not records:
        return ""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(records[0])
    for record in records:
        writer.writerow([safe_cell(value) for value in record.values()])
    return file.getvalue()


def give(text: str, out: Path | None) -> None:
    """Print a text, or write it to a file whole or not at all.

    Raises
    ------
    StoreError
        If the file cannot be written.
    """
    if out is None:
        click.echo(text.rstrip("\n"))
        return
    write_out(out, lambda part: part.write_text(text.rstrip("\n") + "\n", encoding="utf-8"))


def write_out(out: Path, write: Callable[[Path], Any]) -> None:
    """Let a function write a file under another name, which then takes the place of the one that was named.

    Raises
    ------
    StoreError
        If the file cannot be written.
    """
    try:
        with replace_whole(out) as part:
            write(part)
    except OSError as error:
        raise StoreError(
            f"{out} cannot be written ({error.strerror or error}); choose another place for --out."
        ) from None


def need_file(form: str, out: Path | None) -> None:
    """Ask for a file where a format has no form on the screen.

    Raises
    ------
    InputError
        If the format is GeoParquet and no file is named.
    """
    if form == "geoparquet" and out is None:
        raise InputError("GeoParquet is written to a file; name it with --out, as in --out cells.parquet.")
