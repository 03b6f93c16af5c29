"""Contrast and colour-blind safety of the palette."""

from __future__ import annotations

import numpy as np
import pytest

from hotspots.errors import InputError
from hotspots.views import palette

# Machado, Oliveira and Fernandes 2009, IEEE TVCG 15(6) 1291-1298, severity 1, linear RGB.
DEFICIENCIES = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "none": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
}


def to_lab(colour: str, matrix: list[list[float]]) -> np.ndarray:
    srgb = np.array([int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(matrix) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    scaled = np.cbrt(xyz / np.array([0.9505, 1.0, 1.089]))
    return np.array([116 * scaled[1] - 16, 500 * (scaled[0] - scaled[1]), 200 * (scaled[1] - scaled[2])])


def test_known_contrast_ratios() -> None:
    assert palette.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert palette.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert palette.contrast("#FFFFFF", "#777777") == palette.contrast("#777777", "#FFFFFF")


@pytest.mark.parametrize("text", [palette.INK, palette.GREY_TEXT])
@pytest.mark.parametrize("ground", [palette.WHITE, palette.PANEL, palette.LAND, palette.SEA, palette.NO_DATA])
def test_text_can_be_read(text: str, ground: str) -> None:
    assert palette.contrast(text, ground) >= 4.5


@pytest.mark.parametrize("fill", [*palette.SEQUENTIAL, palette.NO_DATA, palette.CLUSTER, palette.INK])
def test_text_and_edges_on_every_fill(fill: str) -> None:
    assert palette.contrast(palette.text_on(fill), fill) >= 4.5
    assert palette.contrast(palette.line_on(fill), fill) >= 3


@pytest.mark.parametrize("fill", palette.SEQUENTIAL)
def test_cluster_outline_shows_on_every_class(fill: str) -> None:
    """Either the vermilion line or its white casing parts from the fill, and the two part from each other."""
    assert palette.contrast(palette.CLUSTER, palette.CASING) >= 3
    assert max(palette.contrast(palette.CLUSTER, fill), palette.contrast(palette.CASING, fill)) >= 3


def test_lines_on_white() -> None:
    for line in (palette.ACCENT, palette.ACCENT_DARK, palette.COMPARISON, palette.SLATE, palette.CLUSTER):
        assert palette.contrast(line, palette.WHITE) >= 3
        assert palette.contrast(line, palette.PANEL) >= 3


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_classes_part_for_every_kind_of_sight(deficiency: str) -> None:
    matrix = DEFICIENCIES[deficiency]
    seen = [to_lab(colour, matrix) for colour in palette.SEQUENTIAL]
    lightness = [lab[0] for lab in seen]
    steps = -np.diff(lightness)
    assert (steps >= 10).all(), "each class is clearly darker than the one before"
    assert steps.max() < 2.2 * steps.min(), "no step drowns the others"
    outline = to_lab(palette.CLUSTER, matrix)
    assert min(np.linalg.norm(outline - lab) for lab in seen) >= 25


def test_picking_keeps_order_and_ends() -> None:
    for k in range(1, palette.MAX_CLASSES + 1):
        colours = palette.pick_colours(k)
        assert len(set(colours)) == k
        assert [palette.luminance(colour) for colour in colours] == sorted(
            map(palette.luminance, colours), reverse=True
        )
    assert palette.pick_colours(5) == palette.SEQUENTIAL
    for k in (0, 6, -1):
        with pytest.raises(InputError, match="1 to 5 classes"):
            palette.pick_colours(k)
