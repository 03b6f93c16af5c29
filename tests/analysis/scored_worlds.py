"""Invented forces of known rates, for the tests of the area score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr

from hotspots.analysis.area_counts import AreaCounts
from hotspots.analysis.parts import CLUMP
from hotspots.analysis.score import DEFAULT_WEIGHTS
from hotspots.analysis.shares import count_top_months

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST_MONTH = 600
DAYS = np.array([220.0, 245.0, 3.0])
WITHOUT_CLUSTER = 0.7
"""Share of wards that hold no cluster; in Northumbria it is 0.65 to 0.93, by lens and period."""


def make_counts(monthly: NDArray[np.int64], **changes: Any) -> AreaCounts:
    """Wrap a table of area, month and type; the first month is January 2020 and nothing is clustered."""
    areas, months, types = monthly.shape
    columns: dict[str, Any] = {
        "monthly": monthly,
        "months": np.arange(FIRST_MONTH, FIRST_MONTH + months, dtype=np.int32),
        "types": tuple(f"type {number}" for number in range(types)),
        "harm_days": np.linspace(1.0, 200.0, types),
        "enforcement": np.zeros(areas, dtype=np.int64),
        "clustered": np.zeros(areas, dtype=np.int64),
        "located": monthly.sum(axis=(1, 2)),
        "population": np.full(areas, 8_000.0),
        "area_km2": np.full(areas, 4.0),
        "visitor": np.zeros(areas, dtype=np.int64),
        "n_wards": areas,
        "history": monthly.sum(axis=2),
        "history_months": np.arange(FIRST_MONTH, FIRST_MONTH + months, dtype=np.int32),
    }
    return AreaCounts(**(columns | changes))


@dataclass(frozen=True, eq=False)
class World:
    """A force whose true rates, harm, clustered shares and trends are known."""

    residents: NDArray[np.float64]
    monthly_rate: NDArray[np.float64]
    mix: NDArray[np.float64]
    growth: NDArray[np.float64]
    clustered: NDArray[np.float64]
    months: int
    dispersion: float = 2.0

    @classmethod
    def invent(cls, rng: np.random.Generator, *, level: float, months: int, wards: int = 60) -> World:
        """Draw a force; `level` is its mean rate for each 1,000 residents a year."""
        residents = rng.lognormal(9, 0.3, wards)
        growth = rng.normal(0, 0.12, wards)
        rate = rng.gamma(4, level / 4, wards) * residents / 12_000
        monthly_rate = np.repeat(rate[:, None], months + 12, axis=1)
        monthly_rate[:, -12:] *= np.exp(growth)[:, None]
        mix = rng.dirichlet([20, 5, 15], wards)
        clustered = np.where(rng.random(wards) < WITHOUT_CLUSTER, 0.0, rng.beta(1.5, 4, wards))
        return cls(residents, monthly_rate, mix, growth, clustered, months)

    def draw_totals(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Draw what happened: overdispersed counts by ward and month."""
        spread = self.dispersion - 1
        return rng.poisson(rng.gamma(self.monthly_rate / spread, spread))

    def draw_counts(self, rng: np.random.Generator) -> AreaCounts:
        """Draw what happened, by type, with its clusters."""
        history = self.draw_totals(rng)
        by_type = rng.multinomial(history, self.mix[:, None, :])
        located = history[:, -self.months :].sum(axis=1)
        all_months = np.arange(FIRST_MONTH, FIRST_MONTH + history.shape[1], dtype=np.int32)
        return make_counts(
            by_type[:, -self.months :],
            months=all_months[-self.months :],
            harm_days=DAYS,
            clustered=self.draw_clustered(rng, located),
            located=located,
            population=self.residents,
            history=history,
            history_months=all_months,
        )

    def draw_clustered(self, rng: np.random.Generator, located: NDArray[np.int64]) -> NDArray[np.int64]:
        """Draw incidents in clusters: whole map points at a time, so that shares vary `CLUMP` times as much."""
        points = np.maximum(located // int(CLUMP), 1)
        return rng.binomial(points, self.clustered) * located // points

    def true_ranks(self, rng: np.random.Generator, weights: tuple[float, ...] = DEFAULT_WEIGHTS) -> NDArray[np.int64]:
        """Rank the wards by the score of their true figures."""
        rate = self.monthly_rate[:, -self.months :].sum(axis=1) / self.residents
        top = np.zeros(len(rate))
        for _ in range(60):
            months = count_top_months(
                self.draw_totals(rng)[:, -self.months :], self.residents, n_wards=len(self.residents)
            )
            assert months is not None
            top += months
        figures = [np.log(rate), np.log(rate * (self.mix @ DAYS)), self.clustered, top, self.growth]
        points = np.stack([100 * ndtr((figure - figure.mean()) / figure.std()) for figure in figures])
        score = np.array(weights) @ points
        return 1 + (score[None, :] > score[:, None]).sum(axis=1)
