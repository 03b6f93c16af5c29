"""Plant hot spots in simulated towns and see whether Gi* finds them, and whether it finds any where there is none.

Run ``python benchmarks/bench_towns.py [TOWNS]`` (200 by default). A town is 40 x 40 cells with the eight neighbours of
each; p two-sided, Benjamini-Hochberg at 5 per cent over all cells. Precision counts planted cells only, although most
of the others touch a planted block.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from hotspots.analysis.gistar import gistar
from hotspots.analysis.multiple_testing import adjust_p

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SIDE = 40
LEVEL = 0.05
BLOCKS = ((5, 5), (5, 30), (30, 8), (28, 29))
"""South-western cells of four blocks of nine."""
QUIET: dict[str, Callable[[np.random.Generator], NDArray[np.int64]]] = {
    "Poisson, mean 0.2": lambda rng: rng.poisson(0.2, SIDE * SIDE),
    "Poisson, mean 1": lambda rng: rng.poisson(1.0, SIDE * SIDE),
    "Poisson, mean 5": lambda rng: rng.poisson(5.0, SIDE * SIDE),
    "gamma-Poisson, shape 0.3, mean 3": lambda rng: rng.poisson(rng.gamma(0.3, 10.0, SIDE * SIDE)),
    "log-normal Poisson, sigma 1.5": lambda rng: rng.poisson(np.exp(rng.normal(0, 1.5, SIDE * SIDE))),
}
PLANTED = ((0.5, 4), (1.0, 3), (2.0, 5), (5.0, 2))
"""Mean count of a cell, and how many times as many a planted cell has."""


def weigh_neighbours() -> sp.csr_array:
    """Link each cell with its eight neighbours."""
    line = sp.diags_array([np.ones(SIDE - 1), np.ones(SIDE), np.ones(SIDE - 1)], offsets=[-1, 0, 1])
    return sp.csr_array(sp.kron(line, line) - sp.eye_array(SIDE * SIDE))


def find_hot(town: NDArray[np.int64], weights: sp.csr_array, *, exact: bool) -> NDArray[np.int8]:
    """Return 1 for a hot cell, -1 for a cold one and 0 for neither."""
    found = gistar(town, weights, exact=exact)
    return np.where(adjust_p(found.p) <= LEVEL, np.sign(found.z), 0).astype(np.int8)


def main() -> None:
    """Print both tables."""
    towns = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    weights = weigh_neighbours()
    print(f"{towns} towns without any hot spot: share in which one is reported")
    print(f"{'counts of a cell':<36}{'normal':>9}{'exact':>9}")
    for name, draw in QUIET.items():
        rng = np.random.default_rng(1)
        drawn = [draw(rng) for _ in range(towns)]
        shares = [np.mean([find_hot(town, weights, exact=exact).any() for town in drawn]) for exact in (False, True)]
        print(f"{name:<36}{shares[0]:>9.1%}{shares[1]:>9.1%}")
    planted = np.zeros((SIDE, SIDE), dtype=bool)
    for row, column in BLOCKS:
        planted[row : row + 3, column : column + 3] = True
    inside = planted.ravel()
    print(f"\n{towns} towns with four planted blocks of nine cells: recall and precision")
    print(f"{'planted':<36}{'normal':>16}{'exact':>16}")
    for mean, times in PLANTED:
        rng = np.random.default_rng(2)
        drawn = [rng.poisson(np.where(inside, mean * times, mean)) for _ in range(towns)]
        cells = []
        for exact in (False, True):
            hot = np.array([find_hot(town, weights, exact=exact) > 0 for town in drawn])
            recall = hot[:, inside].mean()
            precision = hot[:, inside].sum() / max(1, hot.sum())
            cells.append(f"{recall:.2f}, {precision:.2f}")
        print(f"{f'{mean:g} a cell, {times} times as many':<36}{cells[0]:>16}{cells[1]:>16}")


if __name__ == "__main__":
    main()
