"""Finding files: any depth, any mixture, told apart by their header."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hotspots.errors import InputError
from hotspots.months import parse_month
from hotspots.sources.files import Kind, find_files
from tests.police_uk_files import OUTCOMES_HEADER, STOP_HEADER, month_csv, street_csv, write_month, write_zip

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0"


def test_folder_of_any_depth_is_searched_in_order(tmp_path: Path) -> None:
    for month in ("2022-03", "2022-02"):
        write_month(tmp_path / "deep" / "er", month)
    (tmp_path / "deep" / "readme.txt").write_text("not a table")
    (tmp_path / ".hidden").mkdir()
    write_month(tmp_path / ".hidden", "2022-04")
    files = find_files([tmp_path])
    assert [file.path.name for file in files] == ["2022-02-northumbria-street.csv", "2022-03-northumbria-street.csv"]
    assert {file.kind for file in files} == {Kind.STREET}
    assert files[0].name_month == parse_month("2022-02")
    assert files[0].name_force == "northumbria"
    assert files[0].read() == month_csv("2022-02")


def test_kinds_are_told_by_header_not_by_name(tmp_path: Path) -> None:
    (tmp_path / "2022-02-northumbria-street.csv").write_bytes(f"{OUTCOMES_HEADER}\r\n".encode())
    (tmp_path / "2022-02-northumbria-outcomes.csv").write_bytes(f"{STOP_HEADER}\r\n".encode())
    (tmp_path / "2022-02-northumbria-stop-and-search.csv").write_bytes(month_csv())
    (tmp_path / "budget.csv").write_bytes(b"year,pounds\n2022,5\n")
    assert {file.path.name: file.kind for file in find_files([tmp_path])} == {
        "2022-02-northumbria-street.csv": Kind.OUTCOMES,
        "2022-02-northumbria-outcomes.csv": Kind.STOP_AND_SEARCH,
        "2022-02-northumbria-stop-and-search.csv": Kind.STREET,
        "budget.csv": Kind.OTHER,
    }


def test_columns_may_stand_in_any_order_and_case(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    header = "LATITUDE,longitude,month,Crime Type,reported by,last outcome category,crime id,extra"
    path.write_text(f"{header}\n")
    assert find_files([path])[0].kind is Kind.STREET


def test_zip_beside_files_and_inside_folders(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write_zip(tmp_path / "in" / "bulk.zip", {"2022-02/2022-02-northumbria-street.csv": month_csv(), "a.txt": b"x"})
    write_month(tmp_path / "in", "2022-03")
    files = find_files([tmp_path])
    assert [file.label.removeprefix(str(tmp_path)) for file in files] == [
        f"{os.sep}in{os.sep}bulk.zip: 2022-02/2022-02-northumbria-street.csv",
        f"{os.sep}in{os.sep}2022-03{os.sep}2022-03-northumbria-street.csv",
    ]
    assert files[0].read() == month_csv()
    for file in files:
        file.close()


def test_zip_without_its_ending(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "download", {"2022-02-northumbria-street.csv": month_csv()})
    files = find_files([path])
    assert files[0].kind is Kind.STREET
    files[0].close()


def test_a_file_named_twice_is_listed_once(tmp_path: Path) -> None:
    path = write_month(tmp_path)
    assert len(find_files([path, tmp_path, str(path)])) == 1


def test_text_endings_do_not_matter_for_a_file_that_is_named(tmp_path: Path) -> None:
    path = tmp_path / "crimes.txt"
    path.write_bytes(month_csv())
    assert find_files([path])[0].kind is Kind.STREET


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (PNG, "is not a text file; give a CSV file, a folder or a zip archive of police.uk"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "is not a text file"),
        (b"", "is empty; download or copy it again"),
        (b"year,pounds\n", r"is not a street file of police.uk: it has no column “Crime ID”, “Month”, “Reported by”"),
        (month_csv().replace(b"Longitude", b"lng", 1), r"it has no column “Longitude”; add or rename the columns"),
        (street_csv([]).replace(b",", b";"), "does not separate its columns with commas"),
        (b"PK\x03\x04rubbish", "is not a whole zip archive"),
    ],
    ids=["picture", "pdf", "empty", "other table", "missing column", "semicolons", "zip"],
)
def test_a_named_file_that_is_none_of_police_uk(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "given.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"given.csv {message}" if not message.startswith("it has") else message):
        find_files([path])


def test_a_file_named_as_police_uk_does_must_be_one(tmp_path: Path) -> None:
    write_month(tmp_path, "2022-03")
    (tmp_path / "2022-02-northumbria-street.csv").write_bytes(PNG)
    with pytest.raises(InputError, match=r"2022-02-northumbria-street\.csv is not a text file"):
        find_files([tmp_path])


def test_other_files_in_a_folder_are_listed_as_other(tmp_path: Path) -> None:
    (tmp_path / "picture.csv").write_bytes(PNG)
    (tmp_path / "empty.csv").touch()
    assert {file.kind for file in find_files([tmp_path])} == {Kind.OTHER}


def test_missing_path(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere does not exist; check the path"):
        find_files([tmp_path / "nowhere"])


def test_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no CSV file in .*; give police.uk files, a folder of them"):
        find_files([tmp_path])
    with pytest.raises(InputError, match="There is no CSV file in no path"):
        find_files([])


def test_zip_without_tables(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"readme.txt": b"x"})
    with pytest.raises(InputError, match="holds no CSV file"):
        find_files([path])


def test_too_large_a_file(tmp_path: Path) -> None:
    path = write_month(tmp_path, size=100)
    with pytest.raises(InputError, match="is larger than 0 MB; split it, or set HOTSPOTS_MAX_UPLOAD_MB to more"):
        find_files([path], max_file_bytes=1_000)
    file = find_files([path])[0]
    path.write_bytes(path.read_bytes() * 2)  # it grew since
    with pytest.raises(InputError, match="is larger than"):
        type(file)(label=file.label, kind=file.kind, path=file.path, max_file_bytes=1_000).read()


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_month(tmp_path)

    def refuse(self: Path, *args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match=r"street\.csv cannot be read \(Permission denied\)"):
        find_files([path])


def test_an_impossible_month_in_a_name_is_left_to_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "2022-13-northumbria-street.csv"
    path.write_bytes(month_csv())
    assert find_files([path])[0].name_month is None
