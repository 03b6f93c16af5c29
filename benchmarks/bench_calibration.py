"""How biased is each estimator, and how often does its interval hold? Panels like a force's, with planted effects.

Run ``python benchmarks/bench_calibration.py [runs]``. The simulator is fitted to the embedded extract of Northumbria
(wards, May 2020 to February 2023); every run draws a new area of one to five wards that touch, an outcome, an effect
and the counts. It prints the table of ``docs/methods-impact.md``; some minutes of processor time for 500 runs.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

from hotspots.analysis.before_after import compare_before_after
from hotspots.analysis.difference_in_differences import estimate_effect
from hotspots.analysis.interrupted_series import fit_series
from hotspots.analysis.matching import describe_units, match_donors
from hotspots.analysis.panel import Panel
from hotspots.analysis.placebo_areas import draw_placebo_areas, grow_area
from hotspots.analysis.simulate_panel import draw_panel, fit_process
from hotspots.analysis.spatial_weights import weigh_contiguity
from hotspots.analysis.synthetic_control import fit_forms
from hotspots.errors import InputError
from hotspots.pipeline.world import open_world

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from scipy import sparse

    from hotspots.analysis.placebo_areas import PlaceboAreas
    from hotspots.analysis.simulate_panel import ForceProcess
    from hotspots.analysis.synthetic_control import SyntheticControl

OUTCOMES = {
    "violence": ("Violence and sexual offences",),
    "ASB": ("Anti-social behaviour",),
    "damage": ("Criminal damage and arson",),
    "public order": ("Public order",),
    "acquisitive": (
        "Robbery", "Burglary", "Vehicle crime", "Theft from the person", "Bicycle theft", "Shoplifting", "Other theft",
    ),
}  # fmt: skip
EFFECTS = (0.0, -0.1, float(np.log(0.8)), float(np.log(0.7)))
MOVED, FARTHER = 0.10, 0.03
"""What moves next door, and one ward farther, on the log scale."""
PLACEBOS = 40

Answer = tuple[float, float, float]
"""Estimate and limits, on the log scale."""


@dataclass(frozen=True)
class Scenario:
    """How panels are made.

    Attributes
    ----------
    name
        In the table.
    before
        Covered months before the start.
    spillovers
        Whether crime moves next door.
    peak
        Whether the area was chosen because the last half-year was its worst.
    busy
        Least incidents a month in the area.
    """

    name: str
    before: int = 12
    spillovers: bool = False
    peak: bool = False
    busy: float = 10.0


FULL = (Scenario("no spillovers"), Scenario("spillovers", spillovers=True))
HARDER = (
    Scenario("4 months before", before=4, spillovers=True),
    Scenario("18 months before", before=18, spillovers=True),
    Scenario("few incidents (2 to 10 a month)", busy=2.0, spillovers=True),
    Scenario("chosen at its worst", peak=True),
)


@dataclass(frozen=True)
class Force:
    """What simulated panels are like."""

    months: NDArray[np.int64]
    touching: sparse.csr_array
    processes: dict[str, ForceProcess]
    counts: dict[str, NDArray[np.float64]]


def open_force() -> Force:
    """Fit the simulator to what is loaded, or embedded."""
    world = open_world()
    n = len(world.boundaries)
    months = world.cube.months.astype(np.int64)
    touching = weigh_contiguity(world.boundaries.geometry)
    counts = {}
    for name, types in OUTCOMES.items():
        rows = [world.cube.types.index(one) for one in types if one in world.cube.types]
        counts[name] = world.cube.by_area[:n][:, :, rows].sum(axis=(2, 3)).astype(float)
    return Force(months, touching, {name: fit_process(one, months, touching) for name, one in counts.items()}, counts)


def make_run(
    force: Force, scenario: Scenario, rng: np.random.Generator
) -> tuple[Panel, PlaceboAreas, NDArray[np.float64], float]:
    """Draw an area, an effect and the counts; return panel, placebo areas, counts and the true effect."""
    name = str(rng.choice(list(force.processes)))
    process, months = force.processes[name], force.months
    u = len(process.level)
    near = [force.touching[[unit]].indices for unit in range(u)]
    truth = float(rng.choice(EFFECTS))
    while True:
        part = grow_area(rng, np.arange(u), np.ones(u, dtype=bool), int(rng.integers(1, 6)), near)
        level = process.level[part].sum() if part is not None else 0.0
        if part is not None and level >= scenario.busy and (scenario.busy >= 10 or level < 10):
            break
    start = int(months[scenario.before])
    factor = np.ones((u, len(months)))
    treated = np.zeros(u, dtype=bool)
    if scenario.peak:
        # The worst half-year of all areas of that make: what looks worst is in part bad luck, and luck does not last.
        drawn = draw_panel(process, months, force.touching, seed=rng)
        areas = [grow_area(rng, np.arange(u), np.ones(u, dtype=bool), len(part), near) for _ in range(40)]
        late = slice(scenario.before - 6, scenario.before)
        usable = [one for one in areas if one is not None and process.level[one].sum() >= scenario.busy]
        part = max(usable or [part], key=lambda one: drawn[one, late].sum() / process.level[one].sum())
        treated[part] = True
        counts = drawn
        counts[np.ix_(treated, months >= start)] = rng.binomial(
            counts[np.ix_(treated, months >= start)].astype(int), np.exp(truth)
        )
    else:
        treated[part] = True
        after = months >= start
        factor[np.ix_(treated, after)] = np.exp(truth)
        if scenario.spillovers:
            ring = (force.touching @ treated.astype(float) > 0) & ~treated
            far = (force.touching @ ring.astype(float) > 0) & ~treated & ~ring
            factor[np.ix_(ring, after)] = np.exp(MOVED)
            factor[np.ix_(far, after)] = np.exp(FARTHER)
        counts = draw_panel(process, months, force.touching, seed=rng, factor=factor)
    codes = tuple(str(unit) for unit in range(u))
    panel = Panel(codes, codes, months, (name,), counts[None], treated, start, touching=force.touching)
    return panel, draw_placebo_areas(panel, groups=200, seed=int(rng.integers(2**31))), counts, truth


def naive_two_way(panel: Panel, counts: NDArray[np.float64]) -> Answer:
    """Two-way fixed effects on log(1 + count) as in many evaluations: all wards compared, errors clustered by ward."""
    y = np.log1p(counts)
    d = np.outer(panel.treated, panel.after).astype(float)

    def centre(table: NDArray[np.float64]) -> NDArray[np.float64]:
        return table - table.mean(axis=1, keepdims=True) - table.mean(axis=0, keepdims=True) + table.mean()

    y, d = centre(y), centre(d)
    slope = float((d * y).sum() / (d**2).sum())
    scores = (d * (y - slope * d)).sum(axis=1)
    u = len(counts)
    error = float(np.sqrt((scores**2).sum() * u / (u - 1)) / (d**2).sum())
    reach = float(norm.ppf(0.975)) * error
    return slope, slope - reach, slope + reach


def _series(panel: Panel, counts: NDArray[np.float64], *, controlled: bool) -> Answer | None:
    area, donors = panel.treated.astype(float) @ counts, panel.donors.astype(float) @ counts
    try:
        fitted = fit_series(area, panel.months, {"after": panel.after}, control=donors if controlled else None)
    except InputError:
        return None
    step = fitted.steps[0]
    return step.log_ratio, step.low, step.high


def _before_after(panel: Panel, counts: NDArray[np.float64]) -> Answer:
    change = compare_before_after(panel, counts).area
    return tuple(float(np.log(max(value, 1e-9))) for value in change)


def list_estimators(
    panel: Panel, counts: NDArray[np.float64], placebos: PlaceboAreas
) -> dict[str, Callable[[], object]]:
    """List the estimators, each to be called."""
    few = type(placebos)(placebos.members[:PLACEBOS], placebos.rings[:PLACEBOS], placebos.disjoint)

    forms: dict[str, SyntheticControl] = {}

    def synthetic(form: str) -> object:
        if not forms:
            forms.update(fit_forms(panel, counts, few))
        return forms[form].effect if form in forms else None

    return {
        "difference-in-differences (default)": lambda: estimate_effect(panel, counts, placebos),
        "  on matched donors only": lambda: estimate_effect(
            panel, counts, placebos, donors=match_donors(panel, *describe_units(panel, counts)).donors
        ),
        "synthetic control, penalised": lambda: synthetic("penalised"),
        "synthetic control, pure": lambda: synthetic("pure"),
        "synthetic control, ridge-augmented": lambda: synthetic("augmented"),
        "before and after": lambda: _before_after(panel, counts),
        "interrupted series": lambda: _series(panel, counts, controlled=False),
        "interrupted series, controlled": lambda: _series(panel, counts, controlled=True),
        "naive two-way fixed effects": lambda: naive_two_way(panel, counts),
    }


def calibrate(
    force: Force, scenario: Scenario, runs: int, *, seed: int = 0, only: tuple[str, ...] = ()
) -> dict[str, NDArray[np.float64]]:
    """Run a scenario; return truth, estimate and limits by estimator, shape (runs, 4), without those it cannot tell."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[tuple[float, ...]]] = {}
    for _ in range(runs):
        panel, placebos, counts, truth = make_run(force, scenario, rng)
        for name, call in list_estimators(panel, counts, placebos).items():
            if only and name not in only:
                continue
            answer = call()
            if answer is None:
                continue
            numbers = answer if isinstance(answer, tuple) else (answer.log_ratio, answer.low, answer.high)
            if np.isfinite(numbers).all():
                found.setdefault(name, []).append((truth, *numbers))
    return {name: np.array(rows) for name, rows in found.items()}


def summarise(rows: NDArray[np.float64]) -> dict[str, float]:
    """Bias with its own error, root mean square error, coverage and mean width of the interval."""
    truth, estimate, low, high = rows.T
    error = estimate - truth
    return {
        "runs": len(rows),
        "bias": float(error.mean()),
        "bias_error": float(error.std(ddof=1) / np.sqrt(len(rows))),
        "rmse": float(np.sqrt((error**2).mean())),
        "coverage": float(((low <= truth) & (truth <= high)).mean()),
        "width": float((high - low).mean()),
    }


def show(title: str, found: dict[str, NDArray[np.float64]]) -> None:
    print(f"\n### {title}\n")
    print("| estimator | runs | bias | error of bias | RMSE | coverage | width |\n|---|---|---|---|---|---|---|")
    for name, rows in found.items():
        one = summarise(rows)
        print(
            f"| {name.strip()} | {one['runs']:,} | {one['bias']:+.3f} | {one['bias_error']:.3f} | {one['rmse']:.3f} | "
            f"{one['coverage']:.3f} | {one['width']:.2f} |",
            flush=True,
        )


def thin_real(force: Force, runs: int, *, seed: int = 0) -> dict[str, NDArray[np.float64]]:
    """Plant effects into the real months: a share of the real incidents of a random area is taken away at random."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(runs):
        panel, placebos, _counts, truth = make_run(force, Scenario("real", before=int(rng.choice([8, 12, 16]))), rng)
        real = force.counts[panel.outcomes[0]].copy()
        where = np.ix_(panel.treated, panel.after)
        real[where] = rng.binomial(real[where].astype(int), np.exp(truth))
        effect = estimate_effect(panel, real, placebos)
        rows.append((truth, effect.log_ratio, effect.low, effect.high))
    return {"difference-in-differences (default)": np.array(rows)}


def main(runs: int) -> int:
    begun = time.perf_counter()
    force = open_force()
    for name, process in force.processes.items():
        print(
            f"{name}: {process.level.mean():.1f} a ward and month, course {np.sqrt((process.wander**2).mean()):.2f}, "
            f"persistent {process.persistence:.2f}, shared {process.shared:.2f}, dispersion {process.dispersion:.2f}"
        )
    default = "difference-in-differences (default)"
    worst = 0
    for scenario in FULL:
        found = calibrate(force, scenario, runs, seed=1)
        more = calibrate(force, scenario, 4 * runs, seed=2, only=(default, "naive two-way fixed effects"))
        show(scenario.name, found)
        show(f"{scenario.name}, four times as many runs", more)
        one = summarise(more[default])
        worst += abs(one["bias"]) >= 0.01 or not 0.93 <= one["coverage"] <= 0.97
    cheap = (
        default,
        "  on matched donors only",
        "before and after",
        "interrupted series, controlled",
        "naive two-way fixed effects",
    )
    for scenario in HARDER:
        show(scenario.name, calibrate(force, scenario, 2 * runs, seed=3, only=cheap))
    show("real months, incidents of the area taken away at random", thin_real(force, 2 * runs, seed=4))
    print(f"\n{time.perf_counter() - begun:.0f} s; default within its targets: {'yes' if not worst else 'no'}")
    return worst


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))
