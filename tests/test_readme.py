"""Every command that the README shows is run as it stands there."""

from __future__ import annotations

import json
import re
import shlex
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from hotspots.cli import main
from tests.conftest import ROOT
from tests.pipeline.conftest import SOUTH, VIOLENCE, WEST, centre, write_month, write_wards

README = (ROOT / "README.md").read_text(encoding="utf-8")
ELSEWHERE = {"hotspots serve --port 8600": "runs until it is stopped; the browser tests start it"}
"""Commands that are not run here, and why."""


def shown() -> list[str]:
    """List the commands of the README's code blocks, without comments and redirections."""
    blocks = re.findall(r"```\n(.*?)```", README, flags=re.DOTALL)
    lines = [line.split("#")[0].split(" > ")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("hotspots ") and line not in ELSEWHERE]


def prepare(folder: Path) -> None:
    """Put the files in place that the README speaks of."""
    street = write_month(folder / "raw", "2020-01", [(VIOLENCE, *centre("W1"), "")] * 5)
    downloads = folder / "Downloads"
    downloads.mkdir()
    with zipfile.ZipFile(downloads / "police-data.zip", "w") as archive:
        archive.write(street, "2020-01/2020-01-madeup-street.csv")
    wards = write_wards(folder)
    document = json.loads(wards.read_text(encoding="utf-8"))
    for feature in document["features"]:
        properties = feature["properties"]
        properties["WD24CD"], properties["WD24NM"] = properties.pop("code"), properties.pop("name")
    wards.write_text(json.dumps(document), encoding="utf-8")
    east, north = WEST + 500, SOUTH + 500
    rows = "".join(f"{day:02d}/03/2023,{east + day},{north},Burglary\n" for day in range(1, 29))
    (folder / "crimes.csv").write_text(f"Date,Easting,Northing,Offence\n{rows}", encoding="utf-8")
    (folder / "activities.csv").write_text(
        "operation,date,kind,quantity\nmomentum,2020-11-03,warrants,2\n", encoding="utf-8"
    )


def test_the_readme_shows_commands() -> None:
    assert len(shown()) >= 12
    assert all(command in README for command in ELSEWHERE)


@pytest.mark.parametrize("command", shown())
def test_a_command_of_the_readme_runs(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    words = [word.replace("~", str(tmp_path)) for word in shlex.split(command)][1:]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    assert result.output.strip()


@pytest.mark.parametrize("target", re.findall(r"\]\(((?!http)[^)#]+)\)", README))
def test_a_link_of_the_readme_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


def test_the_first_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"`?make ([a-z]+)", README)):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target
