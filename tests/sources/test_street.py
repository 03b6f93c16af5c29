"""Street files: what is kept, what is turned away and why, row by row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.errors import InputError
from hotspots.months import parse_month
from hotspots.schemas import Incidents
from hotspots.sources import columns as columns_module
from hotspots.sources.columns import key_of
from hotspots.sources.files import Kind, SourceFile
from hotspots.sources.quality import FileReport, Rejection
from hotspots.sources.street import FORCES, StreetRows, name_force, parse_street
from tests.police_uk_files import COLUMNS, crime_id, month_csv, row, street_csv

FEBRUARY = parse_month("2022-02")


def parse(
    data: bytes, *, name_month: str | None = None, named: str | None = None, force: str | None = None
) -> StreetRows:
    month = parse_month(name_month) if name_month else None
    file = SourceFile("f.csv", Kind.STREET, Path("f.csv"), name_month=month, name_force=named)
    return parse_street(file, data, force=force)


def report_of(*rows: list[str], **options: str) -> FileReport:
    good = [row(1000 + i) for i in range(10)]
    return parse(street_csv([*good, *rows]), **options).report


def only(parsed: StreetRows) -> Incidents:
    assert len(parsed.incidents) == 1
    return parsed.incidents[0]


def test_a_month_is_read_row_by_row() -> None:
    parsed = parse(
        street_csv(
            [
                row(1),
                row(0, longitude="", latitude=""),
                row(2, crime_type="Drugs", last_outcome_category="Local resolution"),
            ]
        )
    )
    incidents = only(parsed)
    assert incidents.force == "northumbria"
    assert incidents.month == FEBRUARY
    np.testing.assert_array_equal(incidents.lon, [-1.6001, np.nan, -1.6002])
    np.testing.assert_array_equal(incidents.lat, [54.9701, np.nan, 54.9702])
    assert [incidents.types[code] for code in incidents.crime_type] == ["Burglary", "Anti-social behaviour", "Drugs"]
    assert [incidents.outcomes[code] for code in incidents.outcome] == ["Under investigation", "", "Local resolution"]
    assert incidents.crime_key.tolist() == [1, 0, 2]
    assert incidents.n.tolist() == [1, 1, 1]
    assert parsed.rows[0].tolist() == [2, 3, 4]
    report = parsed.report
    assert (report.rows_read, report.rows_kept, report.rows_without_location) == (3, 3, 1)
    assert (report.forces, report.months) == (("northumbria",), (FEBRUARY,))
    assert report.rejected == ()
    assert len(report.sha256) == 64


def test_copies_of_anti_social_behaviour_rows_are_all_kept() -> None:
    assert parse(street_csv([row(0)] * 5)).report.rows_kept == 5


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"month": "2022-13"}, "month is not a year and month such as 2022-01"),
        ({"month": ""}, "month is not a year and month such as 2022-01"),
        ({"month": "Feb-22"}, "month is not a year and month such as 2022-01"),
        ({"longitude": "54.97", "latitude": "-1.6"}, "longitude and latitude are swapped"),
        ({"longitude": "0", "latitude": "0.0"}, "coordinates are 0,0"),
        ({"longitude": "west", "latitude": "54.97"}, "coordinates are not numbers"),
        ({"longitude": "-1.6", "latitude": "nan"}, "coordinates are not numbers"),
        ({"longitude": "inf", "latitude": "54.97"}, "coordinates are not numbers"),
        ({"longitude": "1_0", "latitude": "54.97"}, "coordinates are not numbers"),
        ({"longitude": "0x1", "latitude": "54.97"}, "coordinates are not numbers"),
        ({"longitude": "", "latitude": "54.97"}, "one coordinate is given without the other"),
        ({"longitude": "-1.6", "latitude": " "}, "one coordinate is given without the other"),
        ({"longitude": "2.35", "latitude": "48.86"}, "coordinates lie outside Great Britain and Northern Ireland"),
        ({"longitude": "425000", "latitude": "565000"}, "coordinates lie outside Great Britain and Northern Ireland"),
        ({"crime_type": " "}, "crime type is empty"),
        ({"context": "one,too,many"}, "wrong number of fields"),
        ({"reported_by": ""}, "reporting force is empty"),
    ],
    ids=lambda value: ",".join(value.values()) if isinstance(value, dict) else value,
)
def test_a_faulty_row_is_turned_away_with_its_reason_and_place(changes: dict[str, str], reason: str) -> None:
    report = report_of(row(1, **changes), row(2, **changes), row(3))
    assert report.rejected == (Rejection(reason, 2, 12),)
    assert (report.rows_read, report.rows_kept) == (13, 11)


def test_month_that_differs_from_the_file_name() -> None:
    report = report_of(row(1, month="2022-03"), name_month="2022-02")
    assert report.rejected == (Rejection("month differs from the file name", 1, 12),)
    assert report.months == (FEBRUARY,)


def test_reasons_are_listed_from_the_most_frequent() -> None:
    report = report_of(row(1, crime_type=""), row(2, longitude="0", latitude="0"), row(3, longitude="0", latitude="0"))
    assert [(item.reason, item.rows, item.first_row) for item in report.rejected] == [
        ("coordinates are 0,0", 2, 13),
        ("crime type is empty", 1, 12),
    ]


def test_rows_after_broken_ones_keep_their_numbers() -> None:
    data = street_csv(
        [row(1), row(2)[:-1], row(3), [*row(4), "more"], row(5, crime_type=""), row(6), row(7), row(8), row(9)]
    )
    parsed = parse(data)
    assert parsed.rows[0].tolist() == [2, 4, 7, 8, 9, 10]
    assert parsed.report.rejected == (
        Rejection("wrong number of fields", 2, 3),
        Rejection("crime type is empty", 1, 6),
    )


def test_a_quotation_mark_that_is_not_closed_costs_all_its_lines() -> None:
    rows = [row(i) for i in range(1, 9)]
    rows[6][0] = '"' + rows[6][0]
    report = parse(street_csv(rows)).report
    assert report.rejected[0].reason == "quotation mark is not closed"
    assert report.rejected[0].first_row == 8
    assert report.rows_read == 8
    assert report.rows_kept == 6


def test_a_file_that_ends_in_the_middle_of_a_row_is_noted() -> None:
    whole = month_csv(size=20)
    report = parse(whole[:-50]).report
    assert report.rejected == (Rejection("wrong number of fields", 1, 21),)
    assert report.notes == ("Its last row is cut short, so the file may not be whole; download or copy it again.",)
    assert parse(whole[:-2]).report.notes == ()


def test_line_breaks_inside_quotation_marks_are_noted() -> None:
    report = report_of(row(1, location='"On or near\r\nThe Green"'))
    assert report.rows_kept == 11
    assert report.notes == ("1 line break inside quotation marks was read as part of its field.",)


def test_blank_lines_do_not_count_but_keep_the_numbers() -> None:
    data = street_csv([row(1)]) + b"\r\n" + b"," * (len(COLUMNS) - 1) + b"\r\n" + street_csv([row(2)]).split(b"\r\n")[1]
    parsed = parse(data + b"\r\n\r\n")
    assert parsed.report.rows_read == parsed.report.rows_kept == 2
    assert parsed.rows[0].tolist() == [2, 5]


def test_a_file_of_mostly_bad_rows_is_refused() -> None:
    swapped = [row(i, longitude="54.97", latitude="-1.6") for i in range(1, 7)]
    with pytest.raises(InputError) as failure:
        parse(street_csv([row(10), row(11), *swapped[:2], row(12, crime_type="")]))
    assert str(failure.value) == (
        "f.csv is refused because 3 of its 5 rows cannot be used, 2 of them because “longitude and latitude are "
        "swapped” (first in row 4); correct the file and load it again."
    )
    assert parse(street_csv([row(10), row(11), *swapped[:2]])).report.rows_kept == 2


def test_a_file_without_rows_is_reported() -> None:
    for data in (street_csv([]), ",".join(COLUMNS).encode()):
        parsed = parse(data)
        assert parsed.incidents == ()
        assert parsed.report.rows_read == 0
        assert parsed.report.notes == ("It holds no rows; its month stays unknown.",)


def test_unknown_types_are_kept_under_their_name_and_counted() -> None:
    parsed = parse(street_csv([row(1, crime_type="Cyber fraud"), row(2, crime_type="Cyber fraud"), row(3)]))
    assert parsed.report.unknown_types == {"Cyber fraud": 2}
    assert "Cyber fraud" in only(parsed).types


def test_known_types_are_known_in_any_case_and_spacing() -> None:
    parsed = parse(
        street_csv([row(1, crime_type="ANTI-SOCIAL  BEHAVIOUR "), row(2, crime_type="Anti-social behaviour")])
    )
    assert only(parsed).types == ("Anti-social behaviour",)
    assert only(parsed).crime_type.tolist() == [0, 0]
    assert parsed.report.unknown_types == {}


def test_several_months_and_forces_in_one_file() -> None:
    parsed = parse(
        street_csv(
            [
                row(1, month="2022-03"),
                row(2),
                row(3, reported_by="Durham Constabulary"),
                row(4),
                row(5, month="2022-03"),
            ]
        )
    )
    assert [(item.force, item.month - FEBRUARY, item.crime_key.tolist()) for item in parsed.incidents] == [
        ("durham", 0, [3]),
        ("northumbria", 0, [2, 4]),
        ("northumbria", 1, [1, 5]),
    ]
    assert [rows.tolist() for rows in parsed.rows] == [[4], [3, 5], [2, 6]]
    assert parsed.report.months == (FEBRUARY, FEBRUARY + 1)


@pytest.mark.parametrize("crime_identity", ["12/A/99", "é" * 64, "z" * 64, "abc"])
def test_other_crime_ids_get_a_key_of_their_own(crime_identity: str) -> None:
    keys = only(parse(street_csv([row(1), row(2, crime_id=crime_identity), row(0)]))).crime_key
    assert keys.tolist() == [1, key_of(crime_identity), 0]
    assert len(set(keys.tolist())) == 3


def test_crime_id_key_is_its_first_64_bits() -> None:
    assert key_of(crime_id(5)) == 5
    assert key_of("FEDCBA9876543210" + "0" * 48) == 0xFEDCBA9876543210
    assert key_of(" ") == 0


@pytest.mark.parametrize(
    ("reported_by", "code"),
    [
        ("Northumbria Police", "northumbria"),
        ("Devon & Cornwall Police", "devon-and-cornwall"),
        ("Metropolitan Police Service", "metropolitan"),
        ("Avon and Somerset Constabulary", "avon-and-somerset"),
        ("City of London Police", "city-of-london"),
        ("Dyfed-Powys Police", "dyfed-powys"),
        ("British Transport Police", "btp"),
        ("Police Service of Northern Ireland", "northern-ireland"),
        ("Thames Valley Police", "thames-valley"),
        ("Hampshire Constabulary", "hampshire"),
        ("Hampshire & Isle of Wight Constabulary", "hampshire"),
        ("cleveland", "cleveland"),
    ],
)
def test_forces_are_named_as_police_uk_names_them(reported_by: str, code: str) -> None:
    assert name_force(reported_by) == code
    assert code in FORCES


def test_force_from_the_option_the_name_or_the_rows() -> None:
    data = month_csv()
    assert only(parse(data)).force == "northumbria"
    assert only(parse(data, force="Durham Constabulary")).force == "durham"
    assert only(parse(month_csv(reported_by=""), named="northumbria")).force == "northumbria"
    assert only(parse(month_csv(reported_by="Northern Rangers"), named="northumbria")).force == "northumbria"
    assert only(parse(month_csv(reported_by="Northern Rangers"))).force == "northern-rangers"


def test_rows_are_followed_where_the_name_says_another_force() -> None:
    parsed = parse(month_csv(), named="durham")
    assert only(parsed).force == "northumbria"
    assert parsed.report.notes == ("Its name says durham, its rows northumbria; the rows are followed.",)


def test_a_column_given_twice_is_refused() -> None:
    with pytest.raises(InputError, match="has the column “Month” twice"):
        parse(month_csv().replace(b"Falls within", b"Month", 1))


@pytest.mark.parametrize("junk", [b"\x89PNG\r\n\x1a\n\0", b"a,b\n1,2\n", b""], ids=["binary", "other", "empty"])
def test_what_is_no_street_file_is_refused(junk: bytes) -> None:
    with pytest.raises(InputError, match=r"^f\.csv "):
        parse(junk)


def test_binary_junk_after_a_good_header_is_refused() -> None:
    with pytest.raises(InputError, match="is not a text file"):
        parse(street_csv([row(1)]) + bytes(range(256)) * 10)


def test_noise_after_a_good_header_is_refused_or_counted() -> None:
    noise = bytes(value for value in range(1, 256) if value not in b'\r\n,"') * 3
    with pytest.raises(InputError, match="wrong number of fields"):
        parse(street_csv([row(1)]) + b"\r\n".join([noise] * 5))


def test_files_beyond_what_arrow_reads_at_once_are_read_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    data = month_csv(size=60).replace(b"Burglary", b"Drugs", 30)
    lines = data.splitlines(keepends=True)
    lines[40] = b"broken\r\n"
    whole = parse(b"".join(lines))
    monkeypatch.setattr(columns_module, "_MAX_BLOCK", 3_000)
    blocks = parse(b"".join(lines))
    assert blocks.report == whole.report
    assert blocks.report.rejected == (Rejection("wrong number of fields", 1, 41),)
    for name in ("lon", "lat", "crime_type", "outcome", "crime_key"):
        np.testing.assert_array_equal(getattr(only(blocks), name), getattr(only(whole), name))
    np.testing.assert_array_equal(blocks.rows[0], whole.rows[0])


def test_line_breaks_are_counted_without_a_last_line_end() -> None:
    data = street_csv([row(1, location='"a\nb"'), row(2)], end="\n")
    for text in (data, data.removesuffix(b"\n")):
        assert "1 line break" in parse(text).report.notes[0]


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_line_ends_of_every_system(end: str) -> None:
    assert parse(street_csv([row(1), row(2)], end=end)).report.rows_kept == 2


cells = st.fixed_dictionaries(
    {
        "month": st.sampled_from(["2022-02", "2022-03", "2022-13", ""]),
        "longitude": st.sampled_from(["", "-1.6", "0", "west", "54.9"]),
        "latitude": st.sampled_from(["", "54.9", "0", "-1.6", "99"]),
        "crime_type": st.sampled_from(["Burglary", "Drugs", "", "New type"]),
        "reported_by": st.sampled_from(["Northumbria Police", "Durham Constabulary", ""]),
    }
)


@given(st.lists(cells, max_size=12))
def test_every_row_is_either_kept_or_turned_away(rows: list[dict[str, str]]) -> None:
    good = [row(100 + i) for i in range(len(rows) + 1)]
    parsed = parse(street_csv([*[row(i + 1, **changes) for i, changes in enumerate(rows)], *good]))
    report = parsed.report
    assert report.rows_read == 2 * len(rows) + 1
    assert report.rows_kept + sum(item.rows for item in report.rejected) == report.rows_read
    numbers = np.concatenate(parsed.rows)
    assert len(numbers) == len(set(numbers.tolist())) == report.rows_kept
    assert not {item.first_row for item in report.rejected} & set(numbers.tolist())
    for incidents, at in zip(parsed.incidents, parsed.rows, strict=True):
        for key, number in zip(incidents.crime_key.tolist(), at.tolist(), strict=True):
            expected = number - 1 if number - 2 < len(rows) else 100 + number - 2 - len(rows)
            assert key == expected


def test_report_survives_its_json() -> None:
    report = report_of(row(1, month="2022-13"), row(2, crime_type="New type"))
    assert FileReport.from_json(report.to_json()) == report
    assert report.to_json()["months"] == ["2022-02"]
    assert report.to_json()["rejected"] == [
        {"reason": "month is not a year and month such as 2022-01", "rows": 1, "first_row": 12}
    ]
