"""PySAL, the reference for spatial statistics, imported without the warnings of its own dependencies."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import esda
    import geopandas
    import libpysal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

__all__ = ["esda", "libpysal", "read_example", "run_quietly", "to_pysal"]


def read_example(name: str) -> geopandas.GeoDataFrame:
    """Read one of the data sets that libpysal carries."""
    return run_quietly(geopandas.read_file, libpysal.examples.get_path(name))


def to_pysal(weights: sparse.csr_array) -> Any:
    """Turn binary weights into PySAL's own, without a diagonal."""
    rows = np.split(weights.indices, weights.indptr[1:-1])
    neighbours: dict[int, NDArray[Any]] = {i: row[row != i].tolist() for i, row in enumerate(rows)}
    return run_quietly(libpysal.weights.W, neighbours, silence_warnings=True)


def run_quietly(function: Any, *arguments: Any, **options: Any) -> Any:
    """Call a reference whose warnings are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*arguments, **options)
