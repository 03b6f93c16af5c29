"""Made-up panels whose answers are known: a ring of wards along a street, each touching the next."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from hotspots.analysis.panel import Panel

MAY_2020 = 604


def chain(units: int) -> sparse.csr_array:
    """Let each unit touch the one before and the one after it."""
    side = np.ones(units - 1)
    return sparse.csr_array(sparse.diags_array([side, side], offsets=[-1, 1], shape=(units, units)))


def make_panel(
    counts: np.ndarray,
    treated: list[int],
    *,
    before: int,
    touching: sparse.csr_array | None = None,
    covariates: np.ndarray | None = None,
) -> Panel:
    """Make a panel of one outcome from counts of shape (u, t), with so many months before the start."""
    u, t = counts.shape
    marks = np.zeros(u, dtype=bool)
    marks[treated] = True
    codes = tuple(f"W{unit}" for unit in range(u))
    months = np.arange(MAY_2020, MAY_2020 + t, dtype=np.int64)
    names = () if covariates is None else tuple(f"c{column}" for column in range(covariates.shape[1]))
    return Panel(
        codes, codes, months, ("crime",), counts[None].astype(float), marks, MAY_2020 + before, touching=touching,
        covariates=covariates, covariate_names=names,
    )  # fmt: skip


def draw_counts(units: int, months: int, *, mean: float = 40.0, seed: int = 0) -> np.ndarray:
    """Draw Poisson counts of units of unequal size."""
    rng = np.random.default_rng(seed)
    return rng.poisson(mean * rng.uniform(0.5, 2.0, (units, 1)) * np.ones(months)).astype(float)
