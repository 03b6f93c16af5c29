"""The ``hotspots audit`` commands: who looked at what is sensitive, who took what out; and who has which role."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from hotspots.cli_options import give, json_option, read_settings, write_csv


@click.group()
def audit() -> None:
    """Say who may do what, and who looked at what is sensitive or took it out."""


@audit.command()
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Where to. Default: standard output.")
def export(form: str, out: Path | None) -> None:
    """Write the log of accesses, earliest first; for administrators.

    What was changed has a log of its own, which “hotspots ops check” checks and a backup holds.
    """
    from hotspots.pipeline.accesses import export_accesses  # noqa: PLC0415 - the help page needs no database

    lines = export_accesses(read_settings())
    give(json.dumps({"accesses": lines}, ensure_ascii=False, indent=2) if form == "json" else write_csv(lines), out)


@audit.command()
@json_option
def roles(as_json: bool) -> None:
    """Say who has which role and area, and what in the file of roles cannot be right; for administrators."""
    from hotspots.pipeline.accesses import describe_roles  # noqa: PLC0415 - heavy, needed by this command only

    report = describe_roles(read_settings())
    click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2) if as_json else report.to_text())


@click.command("sign-in")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="FILE", help="Streamlit's secrets file.")
def sign_in(out: Path) -> None:
    """Write what the environment says of the sign-in provider into FILE, readable by its owner only.

    “hotspots serve” does so by itself; this is for servers that run Streamlit in another way.
    """
    from hotspots.pipeline.sign_in_secrets import write_secrets  # noqa: PLC0415 - heavy, needed by this command only

    click.echo(f"{write_secrets(os.environ, out)} names the sign-in provider; keep it to the server.")
