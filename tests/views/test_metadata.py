"""What a picture's file tells of itself, and that equal pictures are equal files in every format."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any, get_args
from urllib.parse import parse_qsl, urlencode

import pytest
from PIL import Image

from hotspots.errors import InputError
from hotspots.query import Query
from hotspots.views.metadata import Label, read_address, read_extent, read_metadata
from hotspots.views.pictures import Picture
from hotspots.views.png import FORMATS, draw_picture
from hotspots.views.sheet import Format, Size, open_sheet

Maker = Callable[..., Any]
ADDRESS = "area?area=ashington&types=violent-crime%2Crobbery&from=2021-03"
ODD = "Café (9 % “up”) \\ <b>Müller & Söhne</b> \U0001f600 日本"
TELLING: dict[str, Any] = {"address": ADDRESS, "title": ODD, "marking": "OFFICIAL-SENSITIVE"}


@pytest.mark.parametrize("form", get_args(Format))
@pytest.mark.parametrize("kind", ["trend"])
def test_address_title_and_marking_come_back(make_any: dict[str, Maker], kind: str, form: Format) -> None:
    picture = make_any[kind](**TELLING)
    content = draw_picture(picture, dpi=72, format=form)
    assert read_address(content) == ADDRESS
    told = read_metadata(content)
    assert told["Title"] == ODD
    assert told["Description"] == picture.alt
    assert told["Hotspots-Marking"] == "OFFICIAL-SENSITIVE"
    assert told["Hotspots-Data-Version"] == "3f9a12c07be4"


def test_a_map_tells_what_it_was_asked_to_show(make_area: Maker) -> None:
    extent = (425_000.25, 586_000.0, 429_000.5, 589_000.75)
    assert read_extent(draw_picture(make_area(extent=extent), dpi=72)) == pytest.approx(extent, abs=0.06)
    assert read_extent(draw_picture(make_area(), dpi=72)) is None


@pytest.mark.parametrize("form", get_args(Format))
def test_every_format_holds_every_field(form: Format) -> None:
    label = Label(title=ODD, address=ADDRESS, extent=(1.0, 2.0, 3.5, -4.0), layers=("clusters", "image"))
    content = open_sheet("square", 72).to_bytes(form, label=label)
    assert read_extent(content) == label.extent
    told = read_metadata(content)
    assert {name: told[name] for name in label.list_own()} == label.list_own()


@pytest.mark.parametrize("form", ["svg", "pdf"])
@pytest.mark.parametrize("kind", ["force"])
def test_lines_are_the_same_bytes_again(make_any: dict[str, Maker], kind: str, form: Format) -> None:
    content = draw_picture(make_any[kind](**TELLING), format=form)
    assert draw_picture(make_any[kind](**TELLING), format=form) == content
    assert not re.search(rb"CreationDate|matplotlib\.org|ModDate", content)


def test_another_process_writes_the_same_bytes() -> None:
    """The names inside an SVG or PDF must not hang on the hash seed of the process."""
    script = """
import hashlib
from hotspots.views.pictures import RankedRow, RankingPicture
from hotspots.views.png import draw_picture
rows = tuple(RankedRow(rank, f'Ward {rank}', 100 - rank, rank, rank + 2) for rank in range(1, 9))
picture = RankingPicture(title='Ranked', rows=rows, total=8, address='overview?show=rate')
found = [hashlib.sha256(draw_picture(picture, dpi=72, format=form)).hexdigest() for form in ('png', 'svg', 'pdf')]
"""
    here: dict[str, Any] = {}
    exec(script, here)  # noqa: S102 - the script above
    ran = subprocess.run(
        [sys.executable, "-c", f"{script}\nprint(' '.join(found))"],
        env={"PYTHONHASHSEED": "1"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert ran.stdout.split() == here["found"]


@pytest.mark.parametrize("size", ["a4-portrait", "square"])
def test_every_format_holds_the_sheet(make_trend: Maker, size: Size) -> None:
    svg = draw_picture(make_trend(), size=size, format="svg").decode()
    sheet = open_sheet(size)
    wide, high = (float(number) for number in re.findall(r'(?:width|height)="([\d.]+)pt"', svg)[:2])
    assert (wide, high) == pytest.approx((sheet.paper.width, sheet.paper.height), abs=0.5)
    assert "<text" not in svg, "letters are outlines: the sheet looks the same without our font"
    pdf = draw_picture(make_trend(), size=size, format="pdf")
    box = re.search(rb"/MediaBox \[ ([\d. ]+) \]", pdf)
    assert box is not None
    assert [float(number) for number in box[1].split()][2:] == pytest.approx([wide, high], abs=0.5)
    assert b"/FontFile2" in pdf, "the font is embedded"


def test_formats_are_named_and_refused(make_trend: Maker) -> None:
    assert tuple(FORMATS) == get_args(Format)
    with pytest.raises(InputError, match="“gif” is not a format of picture; choose png, svg, pdf"):
        draw_picture(make_trend(), format="gif")


def test_query_is_rebuilt_from_a_picture(make_area: Maker) -> None:
    query = Query(area="ashington", month_from=615, month_to=637, types=("robbery", "drugs"), eps=150.0)
    content = draw_picture(make_area(address=f"area?{urlencode(query.to_params())}"), size="square", dpi=72)
    page, _, params = read_address(content).partition("?")
    assert page == "area"
    assert Query.from_params(dict(parse_qsl(params))) == query


def test_files_of_others_are_refused() -> None:
    plain = io.BytesIO()
    Image.new("RGB", (2, 2)).save(plain, "PNG")
    with pytest.raises(InputError, match="holds no address"):
        read_address(plain.getvalue())
    for content in (b"", b"GIF89a", plain.getvalue()[:40]):
        with pytest.raises(InputError, match="not a PNG, SVG or PDF"):
            read_address(content)
    with pytest.raises(InputError, match="holds no address"):
        read_address(b"<svg></svg>")


def test_what_is_empty_is_left_out() -> None:
    assert Label().list_own() == {}
    assert Label(address="a\n b").list_own() == {"Hotspots-Address": "a b"}
    assert Picture(title="Plain").alt == "Plain."
