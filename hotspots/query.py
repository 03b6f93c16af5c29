"""The frozen, hashable selection behind every view, and its form as address parameters."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from math import isfinite
from typing import TYPE_CHECKING

from hotspots.errors import InputError
from hotspots.months import format_month, name_month, parse_month
from hotspots.terms import LENSES, METRICS, SCORE_PARTS, lens, metric

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_EPS = 5_000.0
"""Largest DBSCAN radius in metres: beyond it a city is one cluster."""
GEOGRAPHIES = ("both", "ward", "area")
CELL_SHAPES = ("square", "hex")
LEAST_CELL, MOST_CELL = 50.0, 5_000.0
"""Smallest and largest cell in metres: below, a cell is smaller than the spacing of published points."""
MAX_BANDWIDTH = 10_000.0
"""Widest kernel in metres."""
PANELS = ("surface", "change", "cells", "clusters", "emerging")
"""Codes of the methods on the hotspots page."""
MOST_PANELS = 2
OVERLAYS = ("", "searches")
"""Layers that may be laid over an area's map: none, or stop searches."""
_NAMES = ("operation", "kind", "view", "measure", "template", "overlay")
"""What the operations pages keep in the address; whether there is such a thing, only the ledger knows."""


@dataclass(frozen=True)
class Weights:
    """Relative weights of the parts of the area score, in the order of `terms.SCORE_PARTS`.

    Raises
    ------
    InputError
        If a weight is negative or not a number, or all are zero.
    """

    rate: float = SCORE_PARTS[0].weight
    harm: float = SCORE_PARTS[1].weight
    clustered: float = SCORE_PARTS[2].weight
    persistence: float = SCORE_PARTS[3].weight
    trend: float = SCORE_PARTS[4].weight

    def __post_init__(self) -> None:  # noqa: D105 - the class says what is checked
        values = self.values
        if any(not isfinite(value) or value < 0 for value in values):
            raise InputError("A score weight must be a number of zero or more.")
        if sum(values) == 0:
            raise InputError("All score weights are zero; give at least one part a weight above zero.")

    @property
    def values(self) -> tuple[float, ...]:
        """The weights as they were given."""
        return tuple(float(getattr(self, item.name)) for item in fields(self))

    @property
    def shares(self) -> tuple[float, ...]:
        """The weights scaled to sum to one."""
        total = sum(self.values)
        return tuple(value / total for value in self.values)

    @classmethod
    def parse(cls, text: str) -> Weights:
        """Read ``rate=25,harm=30``; parts that are not named weigh nothing.

        Raises
        ------
        InputError
            If a part is unknown or its weight is not a number.
        """
        names = [part.code for part in SCORE_PARTS]
        given: dict[str, float] = dict.fromkeys(names, 0.0)
        for item in text.split(","):
            name, _, number = item.partition("=")
            name = name.strip()
            if name not in names:
                raise InputError(f"“{name}” is not a part of the score; the parts are {', '.join(names)}.")
            try:
                given[name] = float(number)
            except ValueError:
                raise InputError(
                    f"“{item.strip()}” is not a weight; write the part, an equals sign and a number, as in rate=25."
                ) from None
        return cls(**given)

    def format(self) -> str:
        """Write the weights in the form that `parse` reads."""
        return ",".join(f"{part.code}={_plain(value)}" for part, value in zip(SCORE_PARTS, self.values, strict=True))


@dataclass(frozen=True)
class Query:
    """One selection of months, types, outcomes and area, with the parameters of the methods.

    Attributes
    ----------
    month_from, month_to
        First and last month (months since January 1970); None for the first or last that is loaded.
    lens
        Code of the lens; ignored when `types` is not empty.
    types
        Codes of single crime types; empty to follow the lens.
    outcomes
        Codes of outcome groups; empty for all.
    by
        ``both``, ``ward`` or ``area``: what is ranked.
    area
        Code of the chosen ward or named area; empty for the whole force.
    show
        Code of the metric that the map shows.
    eps
        DBSCAN radius in metres; None to choose from the data.
    min_samples
        DBSCAN threshold in incidents; None to choose from the data.
    weights
        Weights of the area score.
    cell
        Size of the cells in metres; None to choose from the coverage.
    cell_shape
        ``square`` or ``hex``.
    bandwidth
        Radius of the density surface's kernel in metres; None to choose from the data.
    panels
        Codes of the methods that the hotspots page shows, one or two side by side.
    operation
        Code of the chosen operation; empty for none.
    compare
        Codes of the operations that are compared on one clock; empty for those with most to show.
    kind
        Code of the kind of activity that curves show; empty to choose from the records.
    view
        What the operation page shows below its title; empty for the scorecard.
    measure
        Code of the outcome that the impact page shows; empty for all crime.
    start
        First month that the impact page pretends the operation to have had; None for no such exploration.
    template
        Code of the briefing template; empty for the first.
    sections
        Keys of the briefing's sections in order, one that is left out with a minus sign before it; empty for the
        template's own order.
    overlay
        Layer laid over an area's map, one of `OVERLAYS`; empty for none.
    """

    month_from: int | None = None
    month_to: int | None = None
    lens: str = LENSES[0].code
    types: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    by: str = GEOGRAPHIES[0]
    area: str = ""
    show: str = METRICS[0].code
    eps: float | None = None
    min_samples: int | None = None
    weights: Weights = field(default_factory=Weights)
    cell: float | None = None
    cell_shape: str = CELL_SHAPES[0]
    bandwidth: float | None = None
    panels: tuple[str, ...] = PANELS[:1]
    operation: str = ""
    compare: tuple[str, ...] = ()
    kind: str = ""
    view: str = ""
    measure: str = ""
    start: int | None = None
    template: str = ""
    sections: tuple[str, ...] = ()
    overlay: str = ""

    def __post_init__(self) -> None:
        """Check and bring to one form, so that equal selections are equal queries.

        Raises
        ------
        InputError
            If the period ends before it begins or a parameter is out of range.
        """
        lens(self.lens)
        metric(self.show)
        if self.month_from is not None and self.month_to is not None and self.month_from > self.month_to:
            raise InputError(
                f"The period begins in {name_month(self.month_from)}, after it ends in "
                f"{name_month(self.month_to)}; swap the two."
            )
        if self.by not in GEOGRAPHIES:
            raise InputError(f"“{self.by}” is not a geography; choose {', '.join(GEOGRAPHIES)}.")
        if self.eps is not None and not 0 < self.eps <= MAX_EPS:
            raise InputError(f"eps is {self.eps:g} m; give a radius above 0 and up to {MAX_EPS:g} metres.")
        if self.min_samples is not None and self.min_samples < 1:
            raise InputError(f"min-samples is {self.min_samples}; give a whole number of incidents of 1 or more.")
        self._check_surfaces()
        object.__setattr__(self, "types", tuple(sorted(set(self.types))))
        object.__setattr__(self, "outcomes", tuple(sorted(set(self.outcomes))))
        object.__setattr__(self, "compare", tuple(dict.fromkeys(self.compare)))
        object.__setattr__(self, "sections", tuple(dict.fromkeys(self.sections)))

    def _check_surfaces(self) -> None:
        if self.overlay not in OVERLAYS:
            raise InputError(f"“{self.overlay}” is not a layer of the map; the one there is, is {OVERLAYS[1]}.")
        if self.cell is not None and not LEAST_CELL <= self.cell <= MOST_CELL:
            raise InputError(f"cell is {self.cell:g} m; give a size from {LEAST_CELL:g} to {MOST_CELL:g} metres.")
        if self.cell_shape not in CELL_SHAPES:
            raise InputError(f"“{self.cell_shape}” is not a shape of cells; choose {' or '.join(CELL_SHAPES)}.")
        if self.bandwidth is not None and not 0 < self.bandwidth <= MAX_BANDWIDTH:
            raise InputError(
                f"bandwidth is {self.bandwidth:g} m; give a radius above 0 and up to {MAX_BANDWIDTH:g} metres."
            )
        unknown = [code for code in self.panels if code not in PANELS]
        if unknown:
            raise InputError(f"“{unknown[0]}” is not a method of this page; choose {', '.join(PANELS)}.")
        if not 1 <= len(set(self.panels)) == len(self.panels) <= MOST_PANELS:
            raise InputError("The page shows one method, or two different ones side by side; name one or two.")

    def to_params(self) -> dict[str, str]:  # noqa: C901, PLR0912 - one plain line a field
        """Write the query as address parameters; what is at its default is left out."""
        params: dict[str, str] = {}
        if self.month_from is not None:
            params["from"] = format_month(self.month_from)
        if self.month_to is not None:
            params["to"] = format_month(self.month_to)
        if self.lens != LENSES[0].code:
            params["lens"] = self.lens
        if self.types:
            params["types"] = ",".join(self.types)
        if self.outcomes:
            params["outcomes"] = ",".join(self.outcomes)
        if self.by != GEOGRAPHIES[0]:
            params["by"] = self.by
        if self.area:
            params["area"] = self.area
        if self.show != METRICS[0].code:
            params["show"] = self.show
        if self.eps is not None:
            params["eps"] = _plain(self.eps)
        if self.min_samples is not None:
            params["min"] = str(self.min_samples)
        if self.weights != Weights():
            params["weights"] = self.weights.format()
        if self.cell is not None:
            params["cell"] = _plain(self.cell)
        if self.cell_shape != CELL_SHAPES[0]:
            params["shape"] = self.cell_shape
        if self.bandwidth is not None:
            params["bandwidth"] = _plain(self.bandwidth)
        if self.panels != PANELS[:1]:
            params["panels"] = ",".join(self.panels)
        if self.compare:
            params["compare"] = ",".join(self.compare)
        if self.start is not None:
            params["start"] = format_month(self.start)
        if self.sections:
            params["sections"] = ",".join(self.sections)
        return params | {name: value for name in _NAMES if (value := getattr(self, name))}

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> Query:
        """Read a query from address parameters; unknown parameters are left to others.

        Raises
        ------
        InputError
            If a value cannot be used.
        """

        def month(name: str) -> int | None:
            return parse_month(params[name]) if params.get(name) else None

        def codes(name: str) -> tuple[str, ...]:
            return tuple(code for code in params.get(name, "").split(",") if code)

        return cls(
            month_from=month("from"),
            month_to=month("to"),
            lens=params.get("lens") or LENSES[0].code,
            types=codes("types"),
            outcomes=codes("outcomes"),
            by=params.get("by") or GEOGRAPHIES[0],
            area=params.get("area", ""),
            show=params.get("show") or METRICS[0].code,
            eps=_number("eps", params["eps"]) if params.get("eps") else None,
            min_samples=_whole("min", params["min"]) if params.get("min") else None,
            weights=Weights.parse(params["weights"]) if params.get("weights") else Weights(),
            cell=_number("cell", params["cell"]) if params.get("cell") else None,
            cell_shape=params.get("shape") or CELL_SHAPES[0],
            bandwidth=_number("bandwidth", params["bandwidth"]) if params.get("bandwidth") else None,
            panels=codes("panels") or PANELS[:1],
            compare=codes("compare"),
            start=month("start"),
            sections=codes("sections"),
            **{name: params.get(name, "") for name in _NAMES},
        )


def _plain(value: float) -> str:
    """Write a number as briefly as can be without losing any of it."""
    brief = f"{value:g}"
    return brief if float(brief) == value else repr(value)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{name} is “{text}”; give a number of metres.") from None


def _whole(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InputError(f"{name} is “{text}”; give a whole number.") from None
