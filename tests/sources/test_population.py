"""Residents are joined by code, and a table that could be misread is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hotspots.errors import InputError
from hotspots.sources.population import read_population

if TYPE_CHECKING:
    from pathlib import Path

CODES = ("E05000001", "E05000002")


def write(folder: Path, text: str, *, encoding: str = "utf-8") -> Path:
    (folder / "people.csv").write_bytes(text.encode(encoding))
    return folder / "people.csv"


@pytest.mark.parametrize(
    "text",
    [
        "ward_code,ward_name,all_ages,0,1\nE05000001,Castle,5616.0,57,67\nE05000002,Haydon,10141,65,63\n",
        "Ward Name,Ward Code 1,LA code,All Ages\nCastle,E05000001,E06000057,5616\nHaydon,E05000002,E06000057,10141\n",
        'code,Total\nE05000001,"5,616"\nE05000002,"10,141"\n',
        "code;Population\r\nE05000001;5616\r\n\r\nE05000002;10141\r\n",
        "code\tSomething else\nE05000001\t5616\nE05000002\t10 141\n",
        "\ufeffcode,population\n E05000001 , 5616 \nE05000002,10141\nE05000002,10141\n",
    ],
    ids=["single years", "names first", "thousands", "semicolons", "only number", "mark, spaces, same row twice"],
)
@pytest.mark.parametrize("codes", [CODES, None], ids=["codes given", "codes guessed"])
def test_tables_of_many_forms_are_read(tmp_path: Path, text: str, codes: tuple[str, ...] | None) -> None:
    assert read_population(write(tmp_path, text), codes=codes) == {"E05000001": 5616, "E05000002": 10141}


def test_names_in_another_encoding_do_no_harm(tmp_path: Path) -> None:
    path = write(tmp_path, "code,name,population\nE05000001,Châtelet,12\n", encoding="cp1252")
    assert read_population(path, codes=CODES) == {"E05000001": 12}


def test_an_empty_cell_is_unknown(tmp_path: Path) -> None:
    path = write(tmp_path, "code,population\nE05000001,\nE05000002,7\n,9\n")
    assert read_population(path, codes=CODES) == {"E05000002": 7}


def test_the_column_may_be_named(tmp_path: Path) -> None:
    path = write(tmp_path, "code,men,women\nE05000001,3,4\nE05000002,5,6\n")
    assert read_population(path, codes=CODES, column="women") == {"E05000001": 4, "E05000002": 6}
    with pytest.raises(InputError, match=r"There is no column in people.csv called “woman”. Did you mean women"):
        read_population(path, codes=CODES, column="woman")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no rows"),
        ("code,population\n", "holds no rows"),
        ("code,population\nE05000001,12,7\n", "row 2 has 3 cells where the header has 2"),
        ("code,population\nE05000001,many\nE05000002,7\n", "row 2: “many” in the column population is not a number"),
        ("code,population\nE05000001,7\nE05000002,-7\n", "row 3: “-7”"),
        ("code,population\nE05000001,nan\n", "row 2: “nan”"),
        ("code,population\nE05000001,1e12\n", "row 2: “1e12”"),
        ("code,population\nE05000001,3\nE05000001,4\n", "row 3 gives E05000001 4 residents after 3 above"),
        ("code,men,women\nE05000001,3,4\n", r"does not say which column holds all residents \(its columns: code, men"),
        ("name,population\nCastle,3\nHaydon,4\n", "no column with the codes of the areas"),
        ("PK\x03\x04 a workbook", "is not a CSV table"),
        ("code\x00,population", "is not a CSV table"),
    ],
)
def test_bad_tables_get_one_sentence_each(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_population(write(tmp_path, text), codes=CODES)


def test_an_absent_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv cannot be read \(No such file"):
        read_population(tmp_path / "none.csv")


def test_a_table_without_any_code_is_refused_when_none_are_given(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column with the codes such as E05009096"):
        read_population(write(tmp_path, "ward,population\nCastle,3\n"))


@pytest.mark.real_data
def test_published_estimates_are_read_whole(real_data: Path) -> None:
    (path,) = (real_data / "population").glob("ward2020_mid2020*.csv")
    residents = read_population(path)
    assert (len(residents), sum(residents.values())) == (341, 2_680_763)
    assert residents["E05009093"] == 10_141
