"""The brief command writes pictures and packs whole, of one area or of all, and tells a scheduler what came of it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hotspots import cli_brief
from hotspots.cli import main
from hotspots.pipeline.packs_all import MadeBrief
from hotspots.views.metadata import read_metadata

SHORT = """title = "Short"
marking = "OFFICIAL: SHORT"

[[section]]
kind = "trend"
heading = "Is it growing?"

[[section]]
kind = "impact"
heading = "Did it work?"
"""


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["brief", *words])


@pytest.fixture
def template(tmp_path: Path) -> str:
    path = tmp_path / "short.toml"
    path.write_text(SHORT, encoding="utf-8")
    return str(path)


def test_templates_are_listed_own_ones_too(home: Path) -> None:
    (home / "templates").mkdir(parents=True)
    (home / "templates" / "mine.toml").write_text(SHORT, encoding="utf-8")
    listed = run("--list-templates")
    assert listed.exit_code == 0
    assert "board-report        Board report, 7 pictures\n" in listed.stdout
    assert "Crime in your area, 3 pictures (public)" in listed.stdout
    assert "mine                Short, 2 pictures (own)" in listed.stdout
    document = json.loads(run("--list-templates", "--json").stdout)
    assert [one["template"] for one in document["templates"]][-1] == "mine"


def test_a_pack_is_written_whole_and_says_what_it_leaves_out(template: str, tmp_path: Path) -> None:
    notes = tmp_path / "notes.toml"
    notes.write_text('speaking-note = "Good morning."\ntrend = "Look at May."\n', encoding="utf-8")
    out = tmp_path / "out"
    result = run(
        "--area", "Southwick", "--template", template, "--format", "zip", "--out", str(out), "--made-on", "2023-03-14",
        "--notes", str(notes),
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{out / 'short-southwick-2023-03-14.zip'}\n"
    assert result.stderr.startswith("Left out: Did it work?.")
    assert [path.name for path in out.iterdir()] == ["short-southwick-2023-03-14.zip"]
    with zipfile.ZipFile(out / "short-southwick-2023-03-14.zip") as archive:
        assert archive.namelist() == ["index.txt", "01-is-it-growing.png", "speaking-note.txt"]
        assert "Look at May." in archive.read("index.txt").decode()
        assert read_metadata(archive.read("01-is-it-growing.png"))["Hotspots-Marking"] == "OFFICIAL: SHORT"


def test_a_pack_of_png_is_a_folder_and_json_is_one_document(template: str, tmp_path: Path) -> None:
    result = run(
        "--template", template, "--format", "png", "--out", str(tmp_path / "out"), "--marking", "SECRET", "--public",
        "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    (path,) = (Path(one["path"]) for one in document["packs"])
    assert path == tmp_path / "out" / "short-northumbria" / "01-is-it-growing.png"
    assert read_metadata(path.read_bytes())["Hotspots-Marking"] == "SECRET"
    assert document["left_out"][0]["section"] == "Did it work?"
    assert "public" in document["left_out"][0]["reason"]


def test_single_pictures_come_in_every_look(tmp_path: Path) -> None:
    words = ("--area", "Southwick", "--kind", "trend", "--out", str(tmp_path))
    for more in (("--dark",), ("--size", "square", "--format", "svg")):
        assert run(*words, *more).exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"southwick-trend-slide.png", "southwick-trend-square.svg"}


def test_all_areas_tell_a_scheduler_what_was_not_made(home: Path, tmp_path: Path) -> None:
    home.mkdir()
    (home / "areas.toml").write_text(
        '[[area]]\nname = "Busy"\nwards = ["E05001132"]\n\n[[area]]\nname = "Quiet"\nwards = ["E05009093"]\n',
        encoding="utf-8",
    )
    words = (
        "--all-areas", "--by", "area", "--jobs", "1", "--kind", "trend", "--types", "robbery", "--from", "2020-05",
        "--to", "2020-05", "--out", str(tmp_path / "out"),
    )  # fmt: skip
    result = run(*words)
    assert result.exit_code == cli_brief.PARTLY, result.output
    assert result.stdout.endswith("out: 1 file for 1 of 2 areas.\n")
    assert result.stderr.startswith("hotspots: quiet was not made: No incident")
    assert result.stderr.count("\n") == 1
    document = json.loads(run(*words, "--json").stdout)
    assert [one["area"] for one in document["failed"]] == ["quiet"]
    assert [one["area"] for one in document["made"]] == ["busy"]


def test_when_no_area_can_be_made_it_is_one_sentence_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    failed = tuple(MadeBrief(f"w{number}", error="The disk is full.") for number in range(30))
    monkeypatch.setattr("hotspots.pipeline.packs_all.make_all", lambda *_words, **_more: failed)
    result = run("--all-areas", "--out", str(tmp_path), "--json")
    assert result.exit_code == 2
    assert result.stderr == "hotspots: No area could be made; the first, w0: The disk is full.\n"
    most = (*failed, MadeBrief("w30", (tmp_path / "w30.png",)))
    monkeypatch.setattr("hotspots.pipeline.packs_all.make_all", lambda *_words, **_more: most)
    result = run("--all-areas", "--out", str(tmp_path))
    assert result.exit_code == 3
    assert result.stderr.count("was not made") == cli_brief.SHOWN_FAILURES
    assert "and 10 more" in result.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--kind", "map"), "--out"),
        (("--out", "x", "--public"), "--public belongs to a pack"),
        (("--out", "x", "--notes", "x.txt"), "--notes belongs to a pack"),
        (("--out", "x", "--template", "daily-tasking", "--kind", "map"), "--kind belongs to a single picture"),
        (("--out", "x", "--template", "daily-tasking", "--size", "a4"), "--size belongs to a single picture"),
        (("--out", "x", "--template", "daily"), "There is no template called “daily”"),
        (("--out", "x", "--template", "none.toml"), "none.toml cannot be read"),
        (("--out", "x", "--template", "daily-tasking", "--format", "svg"), "A pack is not written as svg"),
        (("--out", "x", "--format", "pptx"), "A picture is not written as pptx"),
        (("--out", "x", "--all-areas", "--area", "Benwell"), "leave out --area and --operation"),
        (("--out", "x", "--made-on", "14/03/2023"), "is not a date"),
        (("--out", "x", "--kind", "treemap"), "is not a kind of picture; choose map"),
        (("--out", "x", "--operation", "nothing", "--kind", "phases"), "nothing"),
        (("--out", "x", "--all-areas", "--jobs", "99"), "99 processes cannot be used"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    words: tuple[str, ...], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert expected in result.stderr
    assert result.stderr.count("\n") == 1
    assert not list(tmp_path.glob("x/*"))
