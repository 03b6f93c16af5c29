"""The sheet behind a chart of a presentation: text stays text, and intervals stand beside the figures."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotspots.views.pack_charts import ChartFigures


def complete_workbook(content: bytes, figures: ChartFigures) -> bytes:
    """Complete the workbook that python-pptx writes for a chart.

    Parameters
    ----------
    content
        The workbook: categories in its first column, a series in each of the next.
    figures
        What the chart shows; the limits of its bars go into two more columns, of which the chart draws nothing.

    Returns
    -------
    bytes
        The workbook. A name that looks like a formula is text in it.
    """
    from openpyxl import load_workbook  # noqa: PLC0415 - a third of a second, for packs with charts only

    book = load_workbook(io.BytesIO(content))
    sheet: Any = book.active
    for row in sheet.iter_rows():
        for cell in row:
            if cell.data_type == "f":
                cell.data_type = "s"
    if figures.limits:
        column = len(figures.series) + 2
        for offset, end in enumerate(("lowest", "highest")):
            sheet.cell(1, column + offset, f"{figures.ranges_title}, {end}")
            for number, limits in enumerate(figures.limits, start=2):
                sheet.cell(number, column + offset, limits[offset])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
