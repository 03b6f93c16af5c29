"""The ``hotspots ops`` commands: the operations ledger without a browser."""

from __future__ import annotations

import getpass
import json
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hotspots.access import Action
from hotspots.cli_options import read_settings
from hotspots.errors import AccessError, InputError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hotspots.pipeline.operations import ImportReport
    from hotspots.store.ledger import Ledger


@click.group()
def ops() -> None:
    """Record what operations do, in which phase and towards what; nothing recorded is overwritten."""


def _json_option(function: Any) -> Any:
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")(function)


def _by_option(function: Any) -> Any:
    return click.option("--by", metavar="NAME", help="Who makes the change, for the log. Default: your user name.")(
        function
    )


def _import_options(function: Any) -> Any:
    for option in (
        _json_option,
        click.option(
            "--column",
            "columns",
            multiple=True,
            metavar="OURS=THEIRS",
            help="What the file calls a column, as in --column date='Date of activity'. May be repeated.",
        ),
        click.argument("file", type=click.Path(path_type=Path)),
    ):
        function = option(function)
    return function


@contextmanager
def _open(*, create: bool) -> Iterator[Ledger]:
    from hotspots.pipeline.operations import open_operations  # noqa: PLC0415 - the help page needs no database

    settings = read_settings()
    ledger = open_operations(settings, create=create or settings.is_guarded)
    try:
        yield ledger
    finally:
        ledger.close()


@contextmanager
def _progress(*, shown: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """Count rows on standard error when a person is looking at it."""
    if not shown or not sys.stderr.isatty():
        yield None
        return

    def advance(label: str, done: int, total: int) -> None:
        click.echo(f"\r{label}: {done:,}" + (f" of {total:,} rows" if total else " rows") + "   ", nl=False, err=True)

    yield advance
    click.echo(err=True)


def _author(ledger: Ledger, by: str | None) -> str:
    person = ledger.person
    if person is not None and person.is_known:
        if by and by != person.name:
            raise AccessError(f"The log names you as {person.name}; leave --by out.")
        return person.name
    if by:
        return by
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        raise InputError("This machine does not say who you are; add --by NAME.") from None


def _print_json(document: Any) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False))


def _print(result: Any, *, as_json: bool) -> None:
    if as_json:
        _print_json(result.to_json())
    else:
        click.echo(result.to_text())


def _read_columns(pairs: tuple[str, ...]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for pair in pairs:
        ours, sign, theirs = pair.partition("=")
        if not sign or not theirs.strip():
            raise InputError(f"--column is “{pair}”; write our name, an equals sign and the file's name for it.")
        columns[ours.strip()] = theirs.strip().strip("“”\"'")
    return columns


@ops.command("import")
@_import_options
@click.option("--dry-run", is_flag=True, help="Say what would be done, and keep nothing.")
@click.option("--keep-good", is_flag=True, help="Keep the good rows though others have problems. Default: all or none.")
@_by_option
def import_(file: Path, as_json: bool, columns: tuple[str, ...], by: str | None, **options: bool) -> None:
    """Bring in activities (CSV, Excel) or a whole operation (JSON); the same file again changes nothing.

    Columns: operation, date, kind, quantity (needed), unit, phase, partner, ward_code, note, source.
    """
    with _open(create=True) as ledger:
        report = _import(ledger, file, columns, by=_author(ledger, by), as_json=as_json, **options)
    _finish(report, as_json=as_json)


@ops.command()
@_import_options
def validate(file: Path, as_json: bool, columns: tuple[str, ...]) -> None:
    """Say everything that is wrong with a file, row by row; nothing is kept."""
    with _open(create=False) as ledger:
        report = _import(ledger, file, columns, by="validation", as_json=as_json, dry_run=True)
    _finish(report, as_json=as_json)


def _import(
    ledger: Ledger, file: Path, columns: tuple[str, ...], *, by: str, as_json: bool, **options: bool
) -> ImportReport:
    from hotspots.pipeline.operations import import_operations  # noqa: PLC0415 - heavy, needed by this command only

    with _progress(shown=not as_json) as progress:
        return import_operations(
            ledger, file, settings=read_settings(), by=by, columns=_read_columns(columns), progress=progress, **options
        )


def _finish(report: ImportReport, *, as_json: bool) -> None:
    _print(report, as_json=as_json)
    if report.problems:
        several = len(report.problems) > 1
        kept = "the others were kept" if report.outcome.kept else "nothing was kept"
        raise InputError(
            f"{report.file} has {len(report.problems):,} problem{'s' if several else ''} ({kept}); the first: "
            f"{report.problems[0]}"
        )


@ops.command()
@click.option("--operation", metavar="NAME", help="Code, name or local brand. Default: all (CSV and Excel).")
@click.option("--format", "form", type=click.Choice(["csv", "xlsx", "json"]), default="csv", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Where to. Default: standard output.")
def export(operation: str | None, form: str, out: Path | None) -> None:
    """Write activities as CSV or Excel, or one operation as a JSON document; all import back unchanged."""
    from hotspots.pipeline.operation_exports import (  # noqa: PLC0415 - heavy, needed by this command only
        export_csv,
        export_document,
        export_excel,
        write_bytes,
        write_document,
        write_text,
    )

    if form == "json" and not operation:
        raise InputError("A JSON document holds one operation; add --operation NAME.")
    with _open(create=False) as ledger:
        if form == "xlsx":
            if out is None:
                raise InputError("An Excel workbook needs a file of its own; add --out FILE, ending in .xlsx.")
            write_bytes(out, [export_excel(ledger, operation or "")])
            return
        if form == "csv":
            lines = export_csv(ledger, operation or "")
        else:
            lines = iter([write_document(export_document(ledger, operation or "")), "\n"])
        if out is not None:
            write_text(out, lines)
        else:
            for line in lines:
                sys.stdout.write(line)


@ops.command("list")
@_json_option
def list_(as_json: bool) -> None:
    """List every operation with what is recorded about it."""
    from hotspots.pipeline.operations import list_all  # noqa: PLC0415 - heavy, needed by this command only

    with _open(create=False) as ledger:
        _print(list_all(ledger), as_json=as_json)


@ops.command()
@click.option("--operation", required=True, metavar="NAME", help="Code, name or local brand.")
@_json_option
def summary(operation: str, as_json: bool) -> None:
    """Say what an operation has reached: records by phase, targets, and what has been published, with its sources.

    Beside them stand the stop searches that police.uk publishes for its area, derived and in no sum.
    """
    from hotspots.pipeline.derived_searches import derive_searches  # noqa: PLC0415 - heavy, needed by this command only
    from hotspots.pipeline.operation_summary import summarise_operation  # noqa: PLC0415 - as above
    from hotspots.sources.kinds import read_kinds  # noqa: PLC0415 - as above
    from hotspots.store.ledger import note_access  # noqa: PLC0415 - as above

    with _open(create=False) as ledger:
        settings = read_settings()
        found = summarise_operation(ledger, read_kinds(settings), operation)
        note_access(ledger, Action.LOOK, f"operation/{found.operation.record}/summary")
    derived = derive_searches(settings, found.operation.value, [one.value for one in found.windows])
    _print(replace(found, derived=derived), as_json=as_json)


@ops.command()
@click.argument("file", type=click.Path(path_type=Path))
@_json_option
def backup(file: Path, as_json: bool) -> None:
    """Write the whole ledger into one zip file; others may go on working."""
    from hotspots.store.ledger import back_up  # noqa: PLC0415 - heavy, needed by this command only

    if file.exists():
        raise InputError(f"{file} is there already; choose another name, so that no backup is lost.")
    with _open(create=False) as ledger:
        lines = back_up(ledger, file)
        label = ledger.label
    if as_json:
        _print_json({"file": str(file), "ledger": label, "log_lines": lines})
    else:
        click.echo(f"{file} holds {label} with {lines:,} lines of its log.")


@ops.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Replace what the ledger holds; it is backed up first.")
@_by_option
@_json_option
def restore(file: Path, replace: bool, by: str | None, as_json: bool) -> None:
    """Bring a backup back, from SQLite or PostgreSQL into either."""
    from hotspots.store.ledger import restore as bring_back  # noqa: PLC0415 - heavy, needed by this command only

    with _open(create=True) as ledger:
        lines = bring_back(ledger, file, by=_author(ledger, by), replace=replace)
        label = ledger.label
    if as_json:
        _print_json({"file": str(file), "ledger": label, "log_lines": lines})
    else:
        click.echo(f"{label} is again as {file} says, with {lines:,} lines of its log.")


@ops.command()
@_json_option
def check(as_json: bool) -> None:
    """Check that the ledger is what its audit log says it is."""
    from hotspots.pipeline.operations import check_operations  # noqa: PLC0415 - heavy, needed by this command only

    with _open(create=False) as ledger:
        report = check_operations(ledger)
    _print(report, as_json=as_json)
    if report.found.problems:
        raise StoreError(
            f"The ledger {report.ledger} has {len(report.found.problems):,} problems; restore a backup with "
            f"“hotspots ops restore”. The first: {report.found.problems[0]}"
        )
