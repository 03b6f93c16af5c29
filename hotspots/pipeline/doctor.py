"""What is loaded, what is missing, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.months import format_month, list_months, name_period
from hotspots.pipeline.world import World, open_store, open_world

if TYPE_CHECKING:
    from hotspots.schemas import Coverage
    from hotspots.settings import Settings


@dataclass(frozen=True, eq=False)
class Examination:
    """What an examination found.

    Attributes
    ----------
    home
        The data home.
    world
        Everything loaded, joined.
    coverage
        Months of every loaded force, those outside the boundaries included.
    incidents
        Incidents and located incidents of each force and month: (force, month, incidents, located).
    totals
        Incidents inside the areas, outside them and without location.
    findings
        Plain sentences: what a careful reader would want to know.
    """

    home: str
    world: World
    coverage: Coverage
    incidents: tuple[tuple[str, int, int, int], ...]
    totals: tuple[int, int, int]
    findings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "home": self.home,
            "data_version": self.world.data_version,
            "embedded": self.world.embedded,
            "grid_m": self.world.grid_m,
            "forces": [
                {
                    "force": force,
                    "from": format_month(months[0]),
                    "to": format_month(months[-1]),
                    "months": len(months),
                    "months_missing": [format_month(month) for month in self.coverage.missing(force)],
                    "in_use": force in self.world.forces,
                    "by_month": [
                        {"month": format_month(month), "incidents": incidents, "located": located}
                        for name, month, incidents, located in self.incidents
                        if name == force
                    ],
                }
                for force, months in self.coverage.by_force.items()
            ],
            "incidents": {
                "in_areas": self.totals[0],
                "outside_areas": self.totals[1],
                "without_location": self.totals[2],
            },
            "places": len(self.world.cube.places),
            "boundaries": {
                "name": self.world.boundaries.name,
                "areas": len(self.world.boundaries),
                "vintage": self.world.boundaries.vintage,
                "source": self.world.boundaries.source,
                "licence": self.world.boundaries.licence,
                "version": self.world.boundaries.version,
            },
            "named_areas": [area.name for area in self.world.areas],
            "harm": self.world.harm.source,
            "findings": list(self.findings),
        }

    def to_text(self) -> str:
        """Write the examination as people read it in a terminal."""
        inside, outside, unlocated = self.totals
        kind = "the embedded extract (nothing has been loaded)" if self.world.embedded else "loaded incidents"
        lines = [
            f"Data home      {self.home}",
            f"Incidents      {kind}, version {self.world.data_version}",
        ]
        for force, months in self.coverage.by_force.items():
            missing = self.coverage.missing(force)
            gap = f", missing: {list_months(missing)}" if missing else ""
            use = "" if force in self.world.forces else " (outside the boundaries in use)"
            lines.append(f"  {force:<12} {name_period(months[0], months[-1])}, {len(months)} months{gap}{use}")
        lines += [
            f"               {inside:,} in the areas, {outside:,} outside them, {unlocated:,} without location",
            f"               on {len(self.world.cube.places):,} places",
            f"Boundaries     {self.world.boundaries.name}: {len(self.world.boundaries)} areas",
            f"Named areas    {', '.join(area.name for area in self.world.areas) or 'none'}",
            f"Harm           {self.world.harm.source}",
        ]
        lines += ["", *(f"- {finding}" for finding in self.findings)] if self.findings else ["", "Nothing to report."]
        return "\n".join(lines)


def examine(settings: Settings) -> Examination:
    """Examine what is loaded.

    Raises
    ------
    InputError, StoreError
        If it cannot be read or joined.
    """
    store, _embedded = open_store(settings)
    world = open_world(settings)
    by_area = world.cube.by_area.sum(axis=(1, 2, 3), dtype=np.int64)
    manifest = store.open_read()
    months = tuple((item.force, item.month, item.incidents, item.located) for item in manifest.months)
    return Examination(
        home=str(settings.home),
        world=world,
        coverage=manifest.coverage,
        incidents=months,
        totals=(int(by_area[:-2].sum()), int(by_area[-2]), int(by_area[-1])),
        findings=_list_findings(world, manifest.coverage, months),
    )


def _list_findings(world: World, coverage: Coverage, months: tuple[tuple[str, int, int, int], ...]) -> tuple[str, ...]:
    findings = []
    for force in coverage.by_force:
        missing = coverage.missing(force)
        if missing:
            findings.append(f"{force}: {list_months(missing)} not loaded; unknown, not zero.")
        counts = {month: incidents for name, month, incidents, _ in months if name == force}
        usual = float(np.median(list(counts.values())))
        low = [month for month, count in counts.items() if count < usual / 2]
        if low:
            findings.append(f"{force}: {list_months(low)} under half the usual {usual:,.0f} incidents a month.")
        total = sum(counts.values())
        located = sum(item[3] for item in months if item[0] == force)
        if total and located / total < 0.95:  # noqa: PLR2004 - the best forces locate over 99 %
            findings.append(f"{force}: only {located / total:.1%} of incidents carry a location.")
    unknown = np.flatnonzero(~np.isfinite(world.boundaries.population))
    if len(unknown):
        findings.append(
            f"{len(unknown)} of {len(world.boundaries)} areas have no known residents; rates fall back to square "
            "kilometres. Import the boundaries again with --population."
        )
    return tuple(findings)
