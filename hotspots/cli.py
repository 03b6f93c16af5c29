"""The ``hotspots`` command: the same pipeline as the dashboard, without a browser.

Heavy libraries are imported inside the commands that need them, so that ``hotspots ingest`` starts at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from hotspots.cli_audit import audit, sign_in
from hotspots.cli_boundaries import boundaries
from hotspots.cli_brief import brief
from hotspots.cli_data import DATA_COMMANDS
from hotspots.cli_impact import impact
from hotspots.cli_ops import ops
from hotspots.cli_options import (
    FORMATS,
    GivenPath,
    cluster_options,
    describe_period,
    json_option,
    list_records,
    make_query,
    read_settings,
    selection_options,
    show_progress,
    write_csv,
    write_json,
)
from hotspots.cli_science import COMMANDS as SCIENCE
from hotspots.errors import HotspotsError, InputError
from hotspots.query import GEOGRAPHIES, Weights


class _Command(click.Group):
    """A group whose errors are one line on standard error and exit code 2."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command; a mistake in its words is one line as well."""
        try:
            code = super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.UsageError as error:
            help_of = error.ctx.command_path if error.ctx else "hotspots"
            click.echo(f"hotspots: {error.format_message()} See “{help_of} --help”.", err=True)
            sys.exit(2)
        except click.ClickException as error:
            click.echo(f"hotspots: {error.format_message()}", err=True)
            sys.exit(2)
        except click.Abort:
            click.echo("hotspots: stopped.", err=True)
            sys.exit(130)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run one command, and turn what a user caused into one sentence."""
        try:
            return super().invoke(ctx)
        except HotspotsError as error:
            click.echo(f"hotspots: {error}", err=True)
            ctx.exit(2)
        except BrokenPipeError:
            # The reader of a pipe went away (| head): say nothing, as other tools do.
            sys.stdout = None
            ctx.exit(0)


@click.group(cls=_Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hotspots")
def main() -> None:
    """Where harm concentrates, how sure we are, and what to take to the briefing."""


def _print_json(document: Any) -> None:
    click.echo(write_json(document))


@main.command()
@click.argument("paths", nargs=-1, required=True, type=GivenPath())
@click.option("--force", metavar="NAME", help="Force code to store the rows under. Default: from the rows.")
@json_option
def ingest(paths: tuple[Path, ...], force: str | None, as_json: bool) -> None:
    """Load police.uk street files: a CSV, a folder of any depth, or a zip.

    A month that is loaded again replaces the earlier one; loading the same file twice changes nothing.
    """
    from hotspots.pipeline.load import ingest as load  # noqa: PLC0415 - see the module's first lines
    from hotspots.pipeline.load_place import find_elsewhere  # noqa: PLC0415 - as above
    from hotspots.pipeline.load_text import describe_load  # noqa: PLC0415 - as above

    settings = read_settings()
    try:
        with show_progress(shown=not as_json, label="Reading") as progress:
            report = load(paths, settings=settings, force=force, progress=progress)
    except InputError as error:
        raise InputError(f"{error} Nothing was loaded.") from None
    elsewhere = find_elsewhere(settings, report)
    if as_json:
        document = report.to_json()
        _print_json({**document, "warnings": [*document["warnings"], *elsewhere]})
    else:
        click.echo("\n".join((describe_load(report), *elsewhere)))


SCORE_COLUMNS = (
    "area_code", "area_name", "kind", "lad_name", "rank", "rank_low", "rank_high", "p_top10", "score", "incidents",
    "enforcement_incidents", "population", "area_km2", "rate_per_1000", "rate_shrunk", "harm_per_1000", "harm_shrunk",
    "clustered_share", "persistence", "trend_ratio", "trend_low", "trend_high", "points_rate", "points_harm",
    "points_clustered", "points_persistence", "points_trend", "flags",
)  # fmt: skip
CLUSTER_COLUMNS = (
    "cluster", "incidents", "incidents_here", "places", "lon", "lat", "hectares", "area_code", "area_name", "top_type",
    "top_type_share", "months_active", "trend_ratio", "trend_low", "trend_high",
)  # fmt: skip


@main.command()
@click.option("--by", type=click.Choice(GEOGRAPHIES), default=GEOGRAPHIES[0], show_default=True, help="What to rank.")
@selection_options
@click.option("--areas", metavar="FILE", type=click.Path(path_type=Path), help="TOML file with named areas.")
@click.option("--weights", metavar="LIST", help="Weights of the parts, as in rate=25,harm=30,persistence=20.")
@cluster_options
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@json_option
def score(as_json: bool, form: str, areas: Path | None, **options: Any) -> None:
    """Rank wards and named areas, with 90% intervals of rank."""
    from hotspots.pipeline.export import score_features, score_table  # noqa: PLC0415 - heavy, needed by this command only
    from hotspots.pipeline.score import score as rank  # noqa: PLC0415 - as above
    from hotspots.pipeline.selection import list_caveats  # noqa: PLC0415 - as above
    from hotspots.pipeline.world import open_world  # noqa: PLC0415 - as above

    _check_form(as_json=as_json, form=form)
    query = make_query(options)
    world = open_world(_with_areas(areas))
    answer = rank(world, query)
    frame = answer.ranked(query.by)
    records = list_records(frame, {name: name for name in SCORE_COLUMNS}, {"score": 2, "area_km2": 3})
    if as_json or form == "json":
        _print_json(
            {
                "data_version": world.data_version,
                "period": describe_period(answer.chosen),
                "lens": answer.chosen.label,
                "types": list(answer.chosen.types),
                "types_apart": list(answer.chosen.types_apart),
                "caveats": list(list_caveats(world, answer.chosen)),
                "weights": dict(
                    zip((part for part in Weights.__dataclass_fields__), query.weights.values, strict=True)
                ),
                "provenance": answer.provenance,
                "areas": records,
            }
        )
    elif form == "geojson":
        _print_json(score_features(world, frame, records))
    elif form == "csv":
        click.echo(write_csv(records), nl=False)
    else:
        click.echo(_with_caveats(score_table(answer, frame), list_caveats(world, answer.chosen)))


@main.command()
@click.option("--method", type=click.Choice(["dbscan", "hdbscan", "nnh"]), default="dbscan", show_default=True)
@cluster_options
@selection_options
@click.option("--area", metavar="NAME", help="Only clusters with incidents in this ward or named area.")
@click.option("--labels", metavar="FILE", type=click.Path(path_type=Path), help="Write lon, lat, incidents, cluster.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@json_option
def clusters(as_json: bool, form: str, labels: Path | None, method: str, **options: Any) -> None:
    """Find where incidents cluster, over the whole force: DBSCAN, HDBSCAN or nearest-neighbour hierarchical (nnh)."""
    from hotspots.pipeline.clusters import find_clusters  # noqa: PLC0415 - heavy, needed by this command only
    from hotspots.pipeline.export import cluster_features, cluster_table, write_labels  # noqa: PLC0415 - as above
    from hotspots.pipeline.selection import list_caveats  # noqa: PLC0415 - as above
    from hotspots.pipeline.world import open_world  # noqa: PLC0415 - as above

    _check_form(as_json=as_json, form=form)
    query = make_query(options)
    world = open_world()
    answer = find_clusters(world, query, method=method)
    if labels is not None:
        write_labels(world, answer, labels)
    records = list_records(answer.table, {name: name for name in CLUSTER_COLUMNS}, {"lon": 6, "lat": 6, "hectares": 2})
    if as_json or form == "json":
        _print_json(
            {
                "data_version": world.data_version,
                "period": describe_period(answer.chosen),
                "lens": answer.chosen.label,
                "types": list(answer.chosen.types),
                "caveats": list(list_caveats(world, answer.chosen)),
                **answer.provenance,
                "clusters": records,
                "noise_incidents": answer.noise_incidents,
            }
        )
    elif form == "geojson":
        _print_json(cluster_features(answer, records))
    elif form == "csv":
        click.echo(write_csv(records), nl=False)
    else:
        click.echo(_with_caveats(cluster_table(answer), list_caveats(world, answer.chosen)))


def _check_form(*, as_json: bool, form: str) -> None:
    if as_json and form not in ("table", "json"):
        raise InputError(f"--json and --format {form} ask for two forms at once; give one of them.")


def _with_caveats(table: str, caveats: tuple[str, ...]) -> str:
    return "\n".join([table, "", *(f"- {caveat}" for caveat in caveats)])


def _with_areas(areas: Path | None) -> Any:
    from dataclasses import replace  # noqa: PLC0415 - needed by this command only

    settings = read_settings()
    if areas is None:
        return settings
    if not areas.is_file():
        raise InputError(f"--areas names {areas}, which is not a file; give a TOML file of named areas.")
    return replace(settings, areas_file=areas)


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True, help="Port to listen on.")
@click.option("--address", default="localhost", show_default=True, help="Address to listen on.")
@click.option("--headless", is_flag=True, help="Do not open a browser.")
def serve(port: int, address: str, headless: bool) -> None:
    """Open the dashboard."""
    import socket  # noqa: PLC0415 - needed by this command only
    import subprocess  # noqa: PLC0415 - as above

    from hotspots import settings  # noqa: PLC0415 - as above
    from hotspots.pipeline.sign_in_secrets import OWN_MACHINE, is_set_up, write_secrets  # noqa: PLC0415 - as above

    ours = settings.read_settings()  # whoever starts the server needs no role
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            raise InputError(f"Port {port} at {address} is taken or not allowed; choose another with --port.") from None
    command = [
        sys.executable, "-m", "streamlit", "run", str(settings.ROOT / "app.py"),
        "--server.port", str(port), "--server.address", address,
        "--server.headless", "true" if headless else "false",
    ]  # fmt: skip
    if is_set_up(os.environ):
        command += ["--secrets.files", str(write_secrets(os.environ, ours.home / "sign-in.toml"))]
    click.echo(f"Hotspots is at http://{address}:{port}; Ctrl and C stop it.", err=True)
    if address not in OWN_MACHINE and not ours.sign_in:
        click.echo("Whoever reaches this address is let in, unless sign-in is set up (docs/access.md).", err=True)
    if os.name == "posix":
        # The server takes this process's place, so that whoever stops the command stops it, and at once.
        sys.stderr.flush()
        os.chdir(settings.ROOT)
        os.execv(sys.executable, command)  # noqa: S606 - our own interpreter and file
    try:
        finished = subprocess.run(command, cwd=settings.ROOT, check=False)  # noqa: S603 - our own interpreter and file
    except KeyboardInterrupt:
        return
    sys.exit(finished.returncode)


@main.command()
@json_option
def doctor(as_json: bool) -> None:
    """Say what data is loaded, its coverage and its quality."""
    from hotspots.pipeline.doctor import examine  # noqa: PLC0415 - heavy, needed by this command only

    report = examine(read_settings())
    if as_json:
        _print_json(report.to_json())
    else:
        click.echo(report.to_text())


@main.group()
def build() -> None:
    """Rebuild what the project embeds, from raw files."""


@build.command("boundaries")
@click.option("--wards", required=True, type=click.Path(path_type=Path), help="ONS wards with a force column.")
@click.option("--context", required=True, type=click.Path(path_type=Path), help="ONS local authority districts.")
@click.option("--population", required=True, type=click.Path(path_type=Path), help="ONS residents by ward.")
@click.option("--crime", required=True, type=click.Path(path_type=Path), help="police.uk files to check against.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write. Default: the embedded one.")
def build_boundaries(wards: Path, context: Path, population: Path, crime: Path, out: Path | None) -> None:
    """Generalise ward boundaries and measure how many crimes change ward."""
    from hotspots.pipeline.coverage import build_coverage  # noqa: PLC0415 - heavy, needed by this command only
    from hotspots.settings import EMBEDDED_BOUNDARIES  # noqa: PLC0415 - as above

    _print_json(build_coverage(wards, context, population, [crime], out or EMBEDDED_BOUNDARIES).to_json())


@build.command("method-check")
def build_method_check() -> None:
    """Back-test the methods on the embedded data, for the page that shows it."""
    from dataclasses import replace  # noqa: PLC0415 - needed by this command only
    from tempfile import TemporaryDirectory  # noqa: PLC0415 - as above

    from hotspots.pipeline.build_method_check import build_checks  # noqa: PLC0415 - as above
    from hotspots.pipeline.method_check import EMBEDDED_CHECK, write_checks  # noqa: PLC0415 - as above
    from hotspots.pipeline.world import open_world  # noqa: PLC0415 - as above

    with TemporaryDirectory() as empty, show_progress(shown=True, label="Back-testing") as progress:
        settings = replace(read_settings(), home=Path(empty), areas_file=None, harm_file=None)
        checks = build_checks(open_world(settings), progress=progress)
    write_checks(checks)
    click.echo(f"{EMBEDDED_CHECK}: {len(checks)} results")


@build.command("extract")
@click.option("--crime", required=True, type=click.Path(path_type=Path), help="police.uk files to count.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write. Default: the embedded one.")
def build_extract(crime: Path, out: Path | None) -> None:
    """Count incidents by month on the 100 m British National Grid."""
    from hotspots.pipeline.extract import build_extract as count  # noqa: PLC0415 - heavy, needed by this command only
    from hotspots.settings import EMBEDDED_INCIDENTS  # noqa: PLC0415 - as above
    from hotspots.store.boundaries import read_embedded  # noqa: PLC0415 - as above

    _print_json(count([crime], read_embedded(), out or EMBEDDED_INCIDENTS).to_json())


for _command in (*SCIENCE, *DATA_COMMANDS, audit, boundaries, brief, impact, ops, sign_in):
    main.add_command(_command)


if __name__ == "__main__":
    main()
