"""The ``hotspots impact`` command: whether an operation worked, and whether crime moved next door."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hotspots.access import Action
from hotspots.cli_options import read_settings
from hotspots.errors import InputError
from hotspots.months import parse_month

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hotspots.pipeline.impact import Impact


@contextmanager
def _progress(*, shown: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """Draw a progress bar on standard error when a person is looking at it."""
    if not shown or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(
        length=1, label="Evaluating", file=sys.stderr, show_pos=True, item_show_func=lambda item: item
    ) as bar:

        def advance(name: str, done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos, name)

        yield advance


@click.command()
@click.option("--operation", metavar="NAME", help="Operation of the ledger: code, name or local brand.")
@click.option("--panel", type=click.Path(path_type=Path), metavar="FILE", help="CSV with one row a unit and month.")
@click.option("--unit", metavar="COL", help="With --panel: column that names the unit.")
@click.option("--month", metavar="COL", help="With --panel: column of the month, YYYY-MM.")
@click.option("--treated", metavar="COL", help="With --panel: column that is 1 for treated units, else 0.")
@click.option("--outcomes", metavar="LIST", help="With --panel: columns of amounts, comma-separated.")
@click.option(
    "--covariates",
    metavar="LIST",
    default="",
    help="With --panel: columns of numbers, for matching and for a synthetic control on predictors (up to 40 donors).",
)
@click.option(
    "--next-door", metavar="COL", default="", help="With --panel: column that is 1 where crime may have moved."
)
@click.option(
    "--start",
    metavar="YYYY-MM",
    help="First month of the operation. Default: as recorded; another month is marked as exploration.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def impact(as_json: bool, **options: Any) -> None:
    """Say whether it worked, and whether crime moved next door, with how sure that is."""
    from hotspots.pipeline.impact_text import write_json, write_text  # noqa: PLC0415 - the help page needs no numbers

    if bool(options["operation"]) == bool(options["panel"]):
        raise InputError("Name either an operation (--operation NAME) or a panel file (--panel FILE).")
    with _progress(shown=not as_json) as progress:
        result = (_assess_panel if options["panel"] else _assess_operation)(options, progress)
    if as_json:
        click.echo(json.dumps(write_json(result), ensure_ascii=False, indent=2, allow_nan=False))
    else:
        click.echo(write_text(result))


def _assess_operation(options: dict[str, Any], progress: Callable[[str, int, int], None] | None) -> Impact:
    from hotspots.pipeline.impact_operation import assess_operation  # noqa: PLC0415 - heavy, needed by this command only
    from hotspots.pipeline.operations import open_operations  # noqa: PLC0415 - as above
    from hotspots.pipeline.world import open_world  # noqa: PLC0415 - as above
    from hotspots.store.ledger import find_operation, note_access  # noqa: PLC0415 - as above

    for name in ("unit", "month", "treated", "outcomes", "covariates", "next_door"):
        if options[name]:
            raise InputError(f"--{name.replace('_', '-')} describes a panel file; add --panel FILE, or leave it out.")
    settings = read_settings()
    start = parse_month(options["start"]) if options["start"] else None
    ledger = open_operations(settings, create=settings.is_guarded)
    try:
        note_access(ledger, Action.LOOK, f"operation/{find_operation(ledger, options['operation']).record}/impact")
        return assess_operation(open_world(settings), ledger, options["operation"], start=start, progress=progress)
    finally:
        ledger.close()


def _assess_panel(options: dict[str, Any], progress: Callable[[str, int, int], None] | None) -> Impact:
    from hotspots.pipeline.impact_operation import assess_file  # noqa: PLC0415 - heavy, needed by this command only

    lacking = [name for name in ("unit", "month", "treated", "outcomes", "start") if not options[name]]
    if lacking:
        raise InputError(f"A panel file needs --{lacking[0]}; say which column or month it is.")

    def names(text: str) -> tuple[str, ...]:
        return tuple(name.strip() for name in text.split(",") if name.strip())

    return assess_file(
        options["panel"],
        unit=options["unit"],
        month=options["month"],
        treated=options["treated"],
        outcomes=names(options["outcomes"]),
        start=parse_month(options["start"]),
        covariates=names(options["covariates"]),
        next_door=options["next_door"],
        max_bytes=read_settings().max_file_bytes,
        progress=progress,
    )
