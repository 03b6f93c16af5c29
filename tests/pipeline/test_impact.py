"""Evaluations end to end: the pilots on the embedded months, a drawn area, and a panel file with a planted effect."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from click.testing import CliRunner

from hotspots.analysis.placebo_areas import draw_placebo_areas
from hotspots.cli_impact import impact as command
from hotspots.errors import InputError, UnknownNameError
from hotspots.months import format_month, parse_month
from hotspots.pipeline.impact import Impact, evaluate_panel, list_panel_caveats
from hotspots.pipeline.impact_bands import measure_bands
from hotspots.pipeline.impact_operation import assess_file, assess_operation, find_start, list_phases
from hotspots.pipeline.impact_panel import APART, HARM, build_operation_panel, list_outcomes
from hotspots.pipeline.impact_text import write_json, write_text
from hotspots.pipeline.operation_area import place_area
from hotspots.pipeline.operations import open_operations
from hotspots.pipeline.world import World, open_world
from hotspots.record_dates import RecordDate, parse_record_date
from hotspots.schemas_operations import Operation, OperationArea, PhaseWindow
from hotspots.settings import read_settings
from hotspots.store.ledger import Ledger
from hotspots.terms import Phase
from tests.analysis.made_panels import chain, draw_counts, make_panel


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return open_world(replace(read_settings({"HOTSPOTS_HOME": str(tmp_path_factory.mktemp("home"))})))


@pytest.fixture
def ledger(home: Path) -> Iterator[Ledger]:
    opened = open_operations(read_settings(), create=False)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def momentum(world: World, tmp_path_factory: pytest.TempPathFactory) -> Impact:
    settings = read_settings({"HOTSPOTS_HOME": str(tmp_path_factory.mktemp("ledger"))})
    opened = open_operations(settings, create=False)
    seen: list[tuple[int, int]] = []
    result = assess_operation(world, opened, "Momentum", progress=lambda _name, done, total: seen.append((done, total)))
    opened.close()
    assert seen[0] == (0, 19)
    assert seen[-1] == (19, 19)
    return result


def all_texts(document: object) -> list[str]:
    if isinstance(document, dict):
        return [text for value in document.values() for text in all_texts(value)]
    if isinstance(document, list):
        return [text for value in document for text in all_texts(value)]
    return [document] if isinstance(document, str) else []


def test_momentum_is_told_honestly_by_every_outcome(momentum: Impact) -> None:
    assert len(momentum.outcomes) == 18
    assert momentum.panel.start == parse_month("2020-10")
    assert momentum.panel.aside == (parse_month("2020-09"),)
    assert (momentum.panel.before.sum(), momentum.panel.after.sum()) == (4, 28)
    assert not momentum.exploration
    assert not any(one.verdict.firm for one in momentum.outcomes)
    text = " ".join(momentum.caveats)
    for word in ("Only 4 covered months", "September 2020 counts neither", "January 2022 is missing", "July 2022",
                 "Benwell and Southwick are among", "phases are not recorded", "stand apart"):  # fmt: skip
        assert word in text
    for one in momentum.outcomes:
        assert one.effect.known
        assert set(one.synthetic) == {"penalised", "pure", "augmented"}
        assert one.series is None
        assert "needs 12 covered months" in one.series_why_not
        assert one.conformal is None
        assert one.drift is None
        assert one.ring.known


def test_outcomes_add_up_and_what_police_work_finds_stands_apart(momentum: Impact, world: World) -> None:
    panel = momentum.panel
    kinds = {one.outcome.name: one.outcome.kind for one in momentum.outcomes}
    assert [name for name, kind in kinds.items() if kind == APART] == ["drugs", "possession of weapons"]
    single = [row for row, one in enumerate(momentum.outcomes) if len(one.outcome.types) == 1]
    plain = [row for row in single if momentum.outcomes[row].outcome.kind != APART]
    assert panel.counts[plain].sum(axis=0) == pytest.approx(panel.counts[0])
    harm = next(row for row, one in enumerate(momentum.outcomes) if one.outcome.kind == HARM)
    days = np.array([momentum.outcomes[row].outcome.days for row in plain])
    assert np.tensordot(days, panel.counts[plain], axes=1) == pytest.approx(panel.counts[harm])
    assert (
        panel.counts[0][:, :].sum()
        == world.cube.by_area[:177].sum() - panel.counts[[row for row in single if row not in plain]].sum()
    )


def test_donors_neither_touch_the_area_nor_belong_to_it(momentum: Impact) -> None:
    panel = momentum.panel
    assert panel.treated.sum() == 5
    assert panel.ring.sum() == 8
    for one in momentum.outcomes:
        for form in one.synthetic.values():
            assert not form.weights[panel.treated | panel.ring].any()
        assert not one.match.donors[panel.treated | panel.ring].any()


def test_texts_never_show_a_bare_p_and_always_an_interval(momentum: Impact) -> None:
    document = write_json(momentum)
    json.dumps(document, allow_nan=False)
    for text in [*all_texts(document), write_text(momentum)]:
        assert not re.search(r"\bp\s?[<=>]|p-value|significan", text, re.IGNORECASE), text
    for one in document["outcomes"]:
        assert "interval" in one["verdict"]["sentence"]
        assert one["effect"]["low"] < one["effect"]["ratio"] < one["effect"]["high"]
        assert len(one["expected"]) == len(one["observed"]) == 33
    assert "p" not in {key for one in document["outcomes"] for key in one["effect"]}


def test_displacement_says_what_it_can(momentum: Impact) -> None:
    found = momentum.displacement
    assert found is not None
    assert len(found.outcomes) == len(momentum.outcomes)
    for one in found.outcomes:
        assert "interval" in one.sentence
        assert one.wdd.low < one.wdd.estimate < one.wdd.high
    assert found.unit_change.shape == (177,)
    assert (found.unit_low <= found.unit_change).all()
    assert found.mix_area.sum() == pytest.approx(0, abs=1e-9)


def test_bands_around_the_area_are_measured(momentum: Impact) -> None:
    assert [(band.inner, band.outer) for band in momentum.bands] == [(0, 500), (500, 1000), (1000, 2000)]
    for band in momentum.bands:
        assert band.before > 0
        assert band.effect.low < 0 < band.effect.high  # nothing stands out around Ashington


def test_crime_that_moves_across_the_edge_is_found_in_the_first_band(world: World) -> None:
    cube = world.cube
    area = OperationArea("Ashington", area_code="ashington")
    placed = place_area(world, area)
    assert placed.outline is not None
    panel, outcomes = build_operation_panel(world, placed, start=parse_month("2021-06"))
    near = shapely.distance(placed.outline, shapely.points(cube.places.x, cube.places.y))
    moved = (near > 0) & (near <= 500)
    late = np.repeat(np.arange(len(cube.months)), np.diff(cube.month_start)) >= np.searchsorted(
        cube.months, panel.start
    )
    more = replace(cube, n=np.where(moved[cube.place] & late, cube.n * 3, cube.n))
    first, second, _third = measure_bands(
        replace(world, cube=more), placed, panel, draw_placebo_areas(panel), outcomes[0].types
    )
    assert first.effect.low > np.log(1.5)
    assert second.effect.low < 0 < second.effect.high


def test_another_start_is_marked_as_exploration(world: World, ledger: Ledger) -> None:
    with pytest.raises(InputError, match="No start of Benwell is recorded; add --start"):
        assess_operation(world, ledger, "benwell")
    with pytest.raises(UnknownNameError, match="Did you mean momentum"):
        assess_operation(world, ledger, "momentun")
    with pytest.raises(InputError, match="the data run from May 2020 to February 2023"):
        assess_operation(world, ledger, "momentum", start=parse_month("2024-01"))
    with pytest.raises(InputError, match="at least 3 are needed"):
        assess_operation(world, ledger, "momentum", start=parse_month("2020-06"))


def test_breaks_exploration_and_missing_months_are_said() -> None:
    early = make_panel(draw_counts(20, 30), [3], before=20)
    (caveat,) = list_panel_caveats(early, (), exploration=False)
    assert caveat.startswith(
        "Police.uk changed its map points in July 2022: a step there that the comparison wards do not"
    )
    panel = make_panel(draw_counts(20, 40), [3], before=20)
    later = replace(panel, months=panel.months + 30, start=panel.start + 30)
    later = replace(later, months=np.delete(later.months, 30), counts=np.delete(later.counts, 30, axis=2))
    text = " ".join(list_panel_caveats(later, (), exploration=True))
    assert "This is exploration: it pretends that the operation began in July 2024." in text
    assert "small census areas changed in June 2023" in text
    assert "May 2025 is missing: unknown, not zero" in text


def operation(started: str = "") -> Operation:
    return Operation(
        "x", "X", OperationArea("A", area_code="ashington"), started=parse_record_date(started) if started else None
    )


def window(phase: Phase, start: str, end: str = "") -> PhaseWindow:
    return PhaseWindow("x", phase, start=parse_record_date(start), end=parse_record_date(end) if end else None)


def test_the_start_is_that_of_clear_and_vague_months_are_set_aside() -> None:
    windows = (window(Phase.CLEAR, "2021-03-10", "2021-06-20"), window(Phase.HOLD, "2021-02"))
    assert find_start(operation("2020"), windows) == (parse_month("2021-03"), ())
    assert find_start(operation("2020-09/2020-11"), ()) == (
        parse_month("2020-11"), (parse_month("2020-09"), parse_month("2020-10")),
    )  # fmt: skip
    assert list_phases(windows) == {
        "clear": (parse_month("2021-03"), parse_month("2021-06")), "hold": (parse_month("2021-02"), None),
    }  # fmt: skip
    with pytest.raises(InputError, match="No start of X is recorded"):
        find_start(operation(), ())
    vague = replace(operation(), started=RecordDate(parse_record_date("2019").first, parse_record_date("2021").last))
    with pytest.raises(InputError, match="is only known as"):
        find_start(vague, ())


def test_a_drawn_area_is_taken_out_of_its_wards(world: World) -> None:
    x, y = -1.56, 55.18
    ring = [[x, y], [x + 0.02, y], [x + 0.02, y + 0.01], [x, y + 0.01], [x, y]]
    polygon = json.dumps({"type": "Polygon", "coordinates": [ring]})
    placed = place_area(world, OperationArea("Centre", polygon=polygon))
    panel, _outcomes = build_operation_panel(world, placed, start=parse_month("2021-06"))
    whole = world.cube.by_area[: len(world.boundaries)].sum()
    apart = [row for row, name in enumerate(panel.outcomes) if name in ("drugs", "possession of weapons")]
    located = panel.counts[0].sum() + panel.counts[apart].sum()
    assert located == pytest.approx(whole, abs=5)  # places beyond any ward may lie in the drawn area
    assert panel.treated.sum() == 1
    assert panel.counts[0][-1].sum() > 0
    assert panel.ring[list(placed.wards)].all()


def test_an_area_that_is_not_loaded_is_refused(world: World) -> None:
    placed = place_area(world, OperationArea("Elsewhere", ward_codes=("E05000001",)))
    with pytest.raises(InputError, match="not among the loaded boundaries"):
        build_operation_panel(world, placed, start=parse_month("2021-06"))


def test_outcomes_follow_the_loaded_types() -> None:
    names = [one.name for one in list_outcomes(("Burglary", "Drugs"), {"Burglary": 20.0})]
    assert names == [
        "all crime and anti-social behaviour",
        "acquisitive crime",
        "organised-crime related types",
        "harm",
        "drugs",
    ]


def write_panel(path: Path, counts: np.ndarray, *, start: int = 20, treated: tuple[int, ...] = (3, 11)) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["area", "month", "worked", "crime", "arson", "poor", "near"])
        for unit in range(len(counts)):
            for column in range(counts.shape[1]):
                amount = int(counts[unit, column])
                month = format_month(parse_month("2019-01") + column)
                writer.writerow(
                    [f"A{unit}", month, int(unit in treated), amount, amount // 5, unit % 7, int(unit == 4)]
                )
    return path


def planted(units: int = 60) -> np.ndarray:
    counts = draw_counts(units, 40, mean=300, seed=11)
    counts[[3, 11], 20:] = np.round(counts[[3, 11], 20:] * 0.7)
    return counts


def test_a_planted_fall_in_a_file_is_told_firmly(tmp_path: Path) -> None:
    path = write_panel(tmp_path / "panel.csv", planted())
    result = assess_file(
        path, unit="area", month="month", treated="worked", outcomes=("crime", "arson"), start=parse_month("2020-09"),
        covariates=("poor",), next_door="near",
    )  # fmt: skip
    top = result.headline
    assert np.exp(top.effect.log_ratio) == pytest.approx(0.7, abs=0.02)
    assert top.verdict.firm
    assert re.match(r"Crime fell: (29|30|31)% fewer than expected, between", top.verdict.sentence)
    assert top.conformal is not None
    assert top.conformal.high < 0
    assert top.controlled is not None
    assert np.exp(top.controlled.steps[0].log_ratio) == pytest.approx(0.7, abs=0.03)
    assert all(np.exp(form.effect.log_ratio) == pytest.approx(0.7, abs=0.03) for form in top.synthetic.values())
    assert top.expected[20:].sum() == pytest.approx(top.effect.expected, rel=1e-6)
    assert "predictors" not in top.synthetic
    assert "takes 2 to 40" in top.predictors_why_not
    assert result.displacement is not None
    assert not any("--next-door" in caveat for caveat in result.caveats)
    json.dumps(write_json(result), allow_nan=False)


def test_phases_have_effects_of_their_own() -> None:
    counts = draw_counts(60, 40, mean=5000, seed=12)
    counts[3, 20:30] *= 0.9
    counts[3, 30:] *= 0.6
    panel = make_panel(counts, [3], before=20, touching=chain(60))
    first = int(panel.months[20])
    result = evaluate_panel(
        panel, (replace(list_outcomes(("Burglary",), {})[0], name="crime"),), title="Made up",
        phases={"clear": (first, first + 9), "hold": (first + 10, None), "build": (first + 90, None)},
    )  # fmt: skip
    one = result.headline
    assert list(one.phases) == ["clear", "hold"]
    assert np.exp(one.phases["clear"].log_ratio) == pytest.approx(0.9, abs=0.03)
    assert np.exp(one.phases["hold"].log_ratio) == pytest.approx(0.6, abs=0.03)
    assert one.series is not None
    assert [step.phase for step in one.series.steps] == ["clear", "hold"]


def run(*arguments: str) -> tuple[int, str, Exception | None]:
    result = CliRunner().invoke(command, list(arguments))
    error = result.exception if isinstance(result.exception, InputError) else None
    return result.exit_code, result.output, error


def test_the_command_reads_a_file(tmp_path: Path) -> None:
    path = write_panel(tmp_path / "panel.csv", planted(30))
    given = ["--panel", str(path), "--unit", "area", "--month", "month", "--treated", "worked", "--outcomes", "crime"]
    code, text, _error = run(*given, "--start", "2020-09", "--json")
    assert code == 0
    document = json.loads(text)
    assert document["outcomes"][0]["effect"]["ratio"] == pytest.approx(0.7, abs=0.03)
    assert "predictors" not in document["outcomes"][0]["synthetic_control"]
    code, text, _error = run(*given, "--start", "2020-09", "--json", "--covariates", "poor")
    fitted = json.loads(text)["outcomes"][0]["synthetic_control"]["predictors"]
    assert fitted["effect"]["ratio"] == pytest.approx(0.7, abs=0.05)
    assert fitted["effect"]["low"] < fitted["effect"]["ratio"] < fitted["effect"]["high"]
    assert any("--next-door" in caveat for caveat in document["caveats"])
    code, text, _error = run(*given, "--start", "2020-09")
    assert "Crime fell" in text
    assert "95% interval" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Name either an operation"),
        (("--operation", "momentum", "--panel", "x.csv"), "Name either an operation"),
        (("--operation", "momentum", "--unit", "area"), "--unit describes a panel file"),
        (("--panel", "x.csv"), "A panel file needs --unit"),
        (("--panel", "x.csv", "--unit", "a", "--month", "b", "--treated", "c", "--outcomes", "d"), "needs --start"),
        (("--operation", "momentum", "--start", "soon"), "“soon” is not a month"),
    ],
)
def test_the_command_refuses_what_it_cannot_use(arguments: tuple[str, ...], message: str) -> None:
    _code, _text, error = run(*arguments)
    assert error is not None
    assert message in str(error)


@pytest.mark.parametrize(
    ("change", "start", "message"),
    [
        (lambda counts: counts * 0, "2020-09", "outcome “crime” has no events"),
        (lambda counts: counts[:5], "2020-09", "Only 4 units are left to compare with"),
        (lambda counts: counts, "2019-02", "Only 1 covered month before February 2019: at least 3 are needed"),
        (lambda counts: counts, "2026-01", "choose a start inside them"),
    ],
)
def test_a_file_that_cannot_be_evaluated_says_why(tmp_path: Path, change: object, start: str, message: str) -> None:
    path = write_panel(tmp_path / "panel.csv", change(planted(30)), treated=(3,))
    with pytest.raises(InputError, match=message):
        assess_file(path, unit="area", month="month", treated="worked", outcomes=("crime",), start=parse_month(start))
