"""What is loaded, what is missing, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.errors import InputError
from hotspots.months import format_month, list_months, name_period
from hotspots.pipeline.lineage import describe_versions, list_source_files
from hotspots.pipeline.quality import Alert, find_alerts
from hotspots.pipeline.world import World, open_store, open_world

if TYPE_CHECKING:
    from hotspots.schemas import Coverage
    from hotspots.settings import Settings


_FOUND_ALREADY = {"missing", "low"}
"""Kinds of alerts that the findings tell in words of their own."""


@dataclass(frozen=True, eq=False)
class Examination:
    """What an examination found.

    Attributes
    ----------
    home
        The data home.
    world
        Everything loaded, joined; None when it cannot be joined, as when the incidents lie outside the boundaries.
    data_version, embedded
        Of the incidents, and whether they are the embedded ones.
    coverage
        Months of every loaded force, those outside the boundaries included.
    incidents
        Incidents and located incidents of each force and month: (force, month, incidents, located).
    totals
        Incidents inside the areas, outside them and without location.
    findings
        Plain sentences: what a careful reader would want to know.
    alerts
        Months that look wrong.
    files, versions
        The files behind the version in force, and the versions that can be read, as plain values.
    """

    home: str
    world: World | None
    data_version: str
    embedded: bool
    coverage: Coverage
    incidents: tuple[tuple[str, int, int, int], ...]
    totals: tuple[int, int, int]
    findings: tuple[str, ...]
    alerts: tuple[Alert, ...] = ()
    files: tuple[dict[str, Any], ...] = ()
    versions: tuple[dict[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain values; what needs the joined world is null when it cannot be joined."""
        document: dict[str, Any] = {
            "home": self.home,
            "data_version": self.data_version,
            "embedded": self.embedded,
            "forces": [
                {
                    "force": force,
                    "from": format_month(months[0]),
                    "to": format_month(months[-1]),
                    "months": len(months),
                    "months_missing": [format_month(month) for month in self.coverage.missing(force)],
                    "in_use": self._uses(force),
                    "by_month": [
                        {"month": format_month(month), "incidents": incidents, "located": located}
                        for name, month, incidents, located in self.incidents
                        if name == force
                    ],
                }
                for force, months in self.coverage.by_force.items()
            ],
            "incidents": dict(zip(("in_areas", "outside_areas", "without_location"), self.totals, strict=True)),
            "findings": list(self.findings),
            "alerts": [alert.to_json() for alert in self.alerts],
            "files": list(self.files),
            "versions": list(self.versions),
        }
        world = self.world
        return document | {
            "grid_m": world and world.grid_m,
            "places": world and len(world.cube.places),
            "boundaries": world
            and {
                "name": world.boundaries.name,
                "areas": len(world.boundaries),
                "vintage": world.boundaries.vintage,
                "source": world.boundaries.source,
                "licence": world.boundaries.licence,
                "version": world.boundaries.version,
            },
            "named_areas": world and [area.name for area in world.areas],
            "harm": world and world.harm.source,
        }

    def _uses(self, force: str) -> bool:
        return self.world is not None and force in self.world.forces

    def to_text(self) -> str:
        """Write the examination as people read it in a terminal."""
        kind = "the embedded extract (nothing has been loaded)" if self.embedded else "loaded incidents"
        lines = [f"Data home      {self.home}", f"Incidents      {kind}, version {self.data_version}"]
        for force, months in self.coverage.by_force.items():
            missing = self.coverage.missing(force)
            gap = f", missing: {list_months(missing)}" if missing else ""
            use = "" if self._uses(force) else " (outside the boundaries in use)"
            lines.append(f"  {force:<12} {name_period(months[0], months[-1])}, {len(months)} months{gap}{use}")
        inside, outside, unlocated = self.totals
        if self.world is None:
            lines.append(f"               {sum(self.totals):,} in all, {unlocated:,} without location")
        else:
            lines += [
                f"               {inside:,} in the areas, {outside:,} outside them, {unlocated:,} without location",
                f"               on {len(self.world.cube.places):,} places",
                f"Boundaries     {self.world.boundaries.name}: {len(self.world.boundaries):,} areas"
                + (f" ({self.world.boundaries.vintage})" if self.world.boundaries.vintage else ""),
                f"Named areas    {', '.join(area.name for area in self.world.areas) or 'none'}",
                f"Harm           {self.world.harm.source}",
            ]
        lines += ["", *(f"- {finding}" for finding in self.findings)] if self.findings else ["", "Nothing to report."]
        return "\n".join(lines)


def examine(settings: Settings) -> Examination:
    """Examine what is loaded.

    What cannot be joined is a finding, not a failure: the doctor is asked when something is wrong.

    Raises
    ------
    StoreError
        If the data home cannot be read.
    """
    store, embedded = open_store(settings)
    manifest = store.open_read()
    months = tuple((item.force, item.month, item.incidents, item.located) for item in manifest.months)
    alerts = find_alerts(settings)
    findings = (
        *_list_findings(manifest.coverage, months),
        *(alert.text for alert in alerts if alert.kind not in _FOUND_ALREADY),
    )
    everything = sum(item.incidents for item in manifest.months)
    located = sum(item.located for item in manifest.months)
    world, totals = None, (0, located, everything - located)
    try:
        world = open_world(settings)
    except InputError as error:
        findings = (str(error), *findings)
    else:
        by_area = world.cube.by_area.sum(axis=(1, 2, 3), dtype=np.int64)
        totals = (int(by_area[:-2].sum()), int(by_area[-2]), int(by_area[-1]))
        findings = (*findings, *_find_unknown_residents(world))
    return Examination(
        home=str(settings.home),
        world=world,
        data_version=manifest.data_version,
        embedded=embedded,
        coverage=manifest.coverage,
        incidents=months,
        totals=totals,
        findings=findings,
        alerts=alerts,
        files=tuple(list_source_files(settings)),
        versions=tuple(describe_versions(settings)),
    )


def _list_findings(coverage: Coverage, months: tuple[tuple[str, int, int, int], ...]) -> tuple[str, ...]:
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
    return tuple(findings)


def _find_unknown_residents(world: World) -> tuple[str, ...]:
    unknown = np.flatnonzero(~np.isfinite(world.boundaries.population))
    if not len(unknown):
        return ()
    finding = (
        f"{len(unknown):,} of {len(world.boundaries):,} areas have no known residents; rates fall back to square "
        "kilometres. Import the boundaries again with --population."
    )
    return (finding,)
