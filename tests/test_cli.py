"""The command answers in the contract's words, and every failure is one line and exit code 2."""

from __future__ import annotations

import csv
import io
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hotspots.cli import main


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def answer(*words: str) -> dict:
    result = run(*words)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_score_ranks_every_ward_and_the_named_areas() -> None:
    document = answer("score", "--json")
    assert set(document) >= {"data_version", "period", "areas"}
    assert document["period"]["from"] == "2020-05"
    assert document["period"]["to"] == "2023-02"
    assert document["period"]["months_missing"] == ["2022-01"]
    assert len(document["period"]["months_covered"]) == 33
    assert len(document["areas"]) == 180
    needed = {
        "area_code", "area_name", "rank", "rank_low", "rank_high", "score", "incidents", "population", "rate_per_1000",
        "harm_per_1000", "clustered_share",
    }  # fmt: skip
    assert needed <= set(document["areas"][0])
    named = {area["area_name"] for area in document["areas"] if area["kind"] == "area"}
    assert named == {"Ashington", "Benwell", "Southwick"}
    ranks = [area["rank"] for area in document["areas"] if area["kind"] == "ward"]
    assert ranks == sorted(ranks)
    assert ranks[0] == 1
    assert all(area["rank_low"] <= area["rank"] <= area["rank_high"] for area in document["areas"])


@pytest.mark.parametrize(("by", "rows"), [("ward", 177), ("area", 3)])
def test_score_by_one_geography(by: str, rows: int) -> None:
    assert len(answer("score", "--by", by, "--json")["areas"]) == rows


def test_score_honours_period_types_and_weights() -> None:
    document = answer(
        "score", "--from", "2022-03", "--to", "2022-05", "--types", "burglary,Robbery", "--weights", "rate=1", "--json"
    )
    assert document["types"] == ["Burglary", "Robbery"]
    assert document["period"]["months_covered"] == ["2022-03", "2022-04", "2022-05"]
    assert document["weights"]["rate"] == 1
    assert document["weights"]["harm"] == 0


def test_score_as_csv_and_geojson_say_the_same_as_json() -> None:
    document = answer("score", "--lens", "violence", "--json")
    rows = list(csv.DictReader(io.StringIO(run("score", "--lens", "violence", "--format", "csv").stdout)))
    features = json.loads(run("score", "--lens", "violence", "--format", "geojson").stdout)["features"]
    assert [row["area_code"] for row in rows] == [area["area_code"] for area in document["areas"]]
    assert [feature["properties"]["area_code"] for feature in features] == [row["area_code"] for row in rows]
    assert [int(row["incidents"]) for row in rows] == [area["incidents"] for area in document["areas"]]


def test_score_with_areas_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[[area]]\ncode = "mine"\nname = "Mine"\nwards = ["E05009126"]\n', encoding="utf-8")
    document = answer("score", "--by", "area", "--areas", str(file), "--json")
    assert [area["area_name"] for area in document["areas"]] == ["Mine"]


def test_clusters_and_labels_agree(tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    document = answer("clusters", "--eps", "150", "--min-samples", "400", "--labels", str(labels), "--json")
    assert document["eps"] == 150
    assert document["min_samples"] == 400
    rows = list(csv.DictReader(io.StringIO(labels.read_text(encoding="utf-8"))))
    by_cluster: dict[int, int] = {}
    for row in rows:
        by_cluster[int(row["cluster"])] = by_cluster.get(int(row["cluster"]), 0) + int(row["incidents"])
    assert by_cluster.pop(-1) == document["noise_incidents"]
    assert by_cluster == {cluster["cluster"]: cluster["incidents"] for cluster in document["clusters"]}
    assert {"cluster", "incidents", "places", "lon", "lat", "hectares"} <= set(document["clusters"][0])


def test_brief_draws_what_it_says_twice_the_same(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        result = run("brief", "--area", "Ashington", "--kind", "map", "--out", str(tmp_path / folder))
        assert result.exit_code == 0, result.output
    (path,) = (tmp_path / "one").iterdir()
    assert path.suffix == ".png"
    assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_types_that_police_work_finds_come_with_a_warning() -> None:
    document = answer("score", "--types", "drugs", "--json")
    assert document["caveats"][0].startswith("Found by police work: drugs.")
    assert "Found by police work: drugs." in run("score", "--types", "drugs").stdout
    assert not any("Found by police work" in caveat for caveat in answer("score", "--json")["caveats"])


def test_a_period_beyond_the_data_is_cut_and_said() -> None:
    caveats = " ".join(answer("clusters", "--from", "1999-01", "--to", "2030-01", "--json")["caveats"])
    assert "The data begin in May 2020; the period asked for begins in January 1999." in caveats
    assert "The data end in February 2023; the period asked for ends in January 2030." in caveats


def test_a_port_that_is_taken_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("localhost", 0))
        taken.listen()
        result = run("serve", "--port", str(taken.getsockname()[1]), "--headless")
    assert result.exit_code == 2
    assert "choose another with --port" in result.stderr


@pytest.mark.skipif(os.name != "posix", reason="elsewhere the server is a process of its own")
@pytest.mark.parametrize(("address", "warned"), [("0.0.0.0", True), ("127.0.0.1", False)])  # noqa: S104 - it is not opened
def test_an_open_address_is_told_to_want_sign_in(monkeypatch: pytest.MonkeyPatch, address: str, warned: bool) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _program, words: started.append(words))
    monkeypatch.setattr(os, "chdir", lambda _folder: None)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    result = run("serve", "--headless", "--address", address, "--port", str(port))
    assert address in started[0]
    assert ("unless sign-in is set up" in result.stderr) is warned


def test_a_load_that_fails_says_that_nothing_was_loaded(tmp_path: Path) -> None:
    (tmp_path / "junk.csv").write_bytes(b"\x89PNG\x00\x00")
    result = run("ingest", str(tmp_path / "junk.csv"))
    assert result.exit_code == 2
    assert result.stderr.endswith("Nothing was loaded.\n")


def test_doctor_speaks_json() -> None:
    assert answer("doctor", "--json")["embedded"] is True
    assert "embedded extract" in run("doctor").stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("score", "--lens", "vilence"), "Did you mean violence"),
        (("score", "--from", "2022-13"), "not a month"),
        (("score", "--from", "2023-01", "--to", "2022-01"), "swap the two"),
        (("score", "--from", "2022-01", "--to", "2022-01"), "No month from January 2022 is loaded"),
        (("score", "--types", "burglry"), "Did you mean burglary"),
        (("score", "--weights", "rate=-1"), "zero or more"),
        (("score", "--weights", "rate=0"), "All score weights are zero"),
        (("score", "--areas", "/no/such/file"), "not a file"),
        (("score", "--by", "parish"), "--by"),
        (("score", "--json", "--format", "csv"), "two forms at once"),
        (("clusters", "--eps", "-5"), "above 0"),
        (("clusters", "--eps", "0"), "above 0"),
        (("clusters", "--min-samples", "0"), "1 or more"),
        (("clusters", "--area", "Ashingtn"), "Did you mean Ashington"),
        (("clusters", "--labels", "/no/such/folder/labels.csv"), "--labels"),
        (("brief", "--area", "Nowhere at all", "--out", "x"), "There is no area called"),
        (("brief", "--out", "/proc/nowhere"), "cannot be written"),
        (("brief", "--out", "x", "--made-on", "14/03/2023"), "not a date"),
        (("ingest", "/no/such/path"), "/no/such/path"),
        (("ingest",), "Missing argument"),
        (("boundaries", "import", "/no/such.geojson", "--code", "a", "--name", "b"), "/no/such.geojson"),
        (("nonsense",), "No such command"),
    ],
)
def test_a_failure_is_one_line_and_exit_code_2(words: tuple[str, ...], expected: str) -> None:
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert expected in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("hotspots: ")


def test_every_command_has_help() -> None:
    def walk(command: object, words: tuple[str, ...]) -> None:
        result = run(*words, "--help")
        assert result.exit_code == 0
        assert "Usage:" in result.stdout
        for name, child in getattr(command, "commands", {}).items():
            walk(child, (*words, name))

    walk(main, ())


def test_the_contract_holds_through_the_shell(tmp_path: Path) -> None:
    environment = {**os.environ, "HOTSPOTS_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "hotspots.cli", "clusters", "--eps", "-1"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert finished.returncode == 2
    assert finished.stdout == ""
    assert finished.stderr == "hotspots: eps is -1 m; give a radius above 0 and up to 5000 metres.\n"
    piped = subprocess.run(  # noqa: S602 - a pipe that closes early is the case to test
        f"{sys.executable} -m hotspots.cli score --format csv | head -n 1",
        shell=True,
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert piped.stdout.startswith("area_code,")
    assert "Traceback" not in piped.stderr


def test_ingest_starts_without_the_heavy_libraries() -> None:
    code = (
        "import sys\nimport hotspots.cli, hotspots.pipeline.load\n"
        "heavy = {'pandas', 'geopandas', 'matplotlib', 'sklearn', 'streamlit', 'scipy'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
