"""One operation in one JSON document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hotspots.activity_kinds import KindTable
from hotspots.errors import InputError
from hotspots.settings import EMBEDDED_OPERATIONS
from hotspots.sources.operation_documents import DocumentFile, read_document

OPERATION: dict[str, Any] = {"code": "tyne", "name": "Tyne", "area": {"name": "Hirst", "ward_codes": ["E05009126"]}}


def read(operation: Any = OPERATION, **parts: Any) -> DocumentFile:
    document = {"format": "hotspots-operation", "version": 1, "operation": operation, **parts}
    return read_document(Path("tyne.json"), json.dumps(document).encode(), KindTable())


def test_the_embedded_documents_are_sound_and_give_sources() -> None:
    found = {}
    for path in EMBEDDED_OPERATIONS.glob("*.json"):
        file = read_document(path, path.read_bytes(), KindTable())
        assert file.problems == ()
        found[path.stem] = file.document
    assert set(found) == {"momentum", "southwick", "benwell"}
    momentum = found["momentum"]
    assert momentum.operation.value.crime_groups == 2
    assert momentum.operation.value.started is not None
    assert momentum.operation.value.started.format() == "2020-09/2020-10"
    figures = {
        one.value.label: {figure.kind: (int(figure.quantity), figure.at_least) for figure in one.value.figures}
        for one in momentum.milestones
    }
    assert figures == {
        "4 months": {"drugs-value": (2_000_000, True)},
        "6 months": {"raids": (17, False), "arrests": (241, False)},
        "12 months": {
            "arrests": (500, True),
            "warrants": (27, False),
            "evictions": (5, False),
            "closure-orders": (2, False),
            "vehicles": (150, False),
        },
        "Inspectorate's report": {"warrants": (40, True), "arrests": (500, True)},
    }
    inspectorate = momentum.milestones[-1].value
    assert inspectorate.as_at.precision == "year"
    assert "month to which the figures run is not known" in inspectorate.note
    assert all(one.value.source and one.value.url for one in momentum.milestones)
    for pilot in ("southwick", "benwell"):
        assert found[pilot].phases == found[pilot].milestones == found[pilot].activities == ()


def test_no_record_has_a_field_for_a_person() -> None:
    from hotspots.store.ledger.models import ROWS  # noqa: PLC0415 - this test alone looks at the tables

    columns = {column.name for table in ROWS.values() for column in table.__table__.columns}
    persons = {"person", "officer", "suspect", "victim", "age", "address", "birth", "surname", "nominal"}
    assert not {column for column in columns for word in persons if word in column.split("_")}


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ([], "tyne.json is not an object"),
        ({**OPERATION, "code": "T Y"}, "“T Y” is not a code"),
        ({**OPERATION, "name": ""}, "name is missing"),
        ({**OPERATION, "suspects": ["A"]}, "There is no field in tyne.json called “suspects”"),
        ({**OPERATION, "area": {"name": "Hirst"}}, "needs one of a named area, ward codes or a polygon"),
        ({**OPERATION, "area": {"name": "Hirst", "ward_codes": ["Hirst"]}}, "“Hirst” is not a ward code"),
        ({**OPERATION, "area": {"name": "Hirst", "polygon": {"type": "Polygon"}}}, "not a GeoJSON polygon"),
        (
            {**OPERATION, "area": {"name": "X", "polygon": {"type": "Polygon", "coordinates": [[[55, -1]] * 4]}}},
            "corner at 55, -1, outside Great Britain",
        ),
        ({**OPERATION, "crime_groups": "two"}, "crime_groups is “two”; write a whole number"),
        ({**OPERATION, "crime_groups": -1}, "targets -1 crime groups"),
        ({**OPERATION, "status": "paused"}, "status is “paused”; write one of planned, active, closed"),
        ({**OPERATION, "started": "soon"}, "started: “soon” is not a date"),
    ],
)
def test_a_bad_operation_is_one_sentence(operation: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(operation)


@pytest.mark.parametrize(
    ("part", "values", "message"),
    [
        ("phases", {"phase": "clear", "start": "2021-03", "end": "2020-10"}, "ends in October 2020, before it starts"),
        ("phases", {"phase": "clear", "planned_start": "2021-03", "planned_end": "2020"}, "is planned to end in 2020"),
        ("phases", {"phase": "clear"}, "has no start"),
        ("phases", {"phase": "clear", "planned_start": "2020", "end": "2021"}, "has an end but no start"),
        ("phases", {"phase": "clean", "start": "2021"}, "write one of clear, hold, build"),
        ("activities", {"date": "2021", "kind": "arrests", "quantity": 1.5}, "1.5 is a fraction"),
        ("activities", {"date": "2021", "kind": "arrests", "quantity": "1"}, "quantity is “1”; write a number"),
        ("activities", {"date": "2021", "kind": "arrests", "quantity": True}, "write a number"),
        ("activities", {"date": "2021", "kind": "arests", "quantity": 1}, "Did you mean arrests"),
        ("activities", {"date": "2021", "kind": "arrests", "quantity": 1, "operation": "wear"}, "another operation"),
        ("targets", {"kind": "arrests", "phase": "clear", "quantity": 5}, "by is missing"),
        ("milestones", {"as_at": "2021", "statement": "Much was done."}, "source is missing"),
        ("milestones", {"as_at": "2021", "statement": "x", "source": "y", "url": "javascript:alert(1)"}, "write https"),
        ("milestones", 7, "it is not an object"),
    ],
)
def test_a_bad_record_is_a_problem_with_its_place(part: str, values: Any, message: str) -> None:
    (problem,) = read(**{part: [values]}).problems
    assert problem.row == 1
    assert message in str(problem)
    assert str(problem).startswith(f"{part.removesuffix('s').replace('activitie', 'activity')} 1: ")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "is not a JSON document"),
        (b'{"format": "other"}', "is not the document of an operation"),
        (b'{"format": "hotspots-operation", "version": 9}', "is of version 9"),
        (b'{"format": "hotspots-operation"}', "does not say its version"),
        (b'{"format": "hotspots-operation", "version": 1, "operation": {}, "people": []}', "has the field “people”"),
        (b'{"format": "hotspots-operation", "version": NaN}', "NaN is not a number"),
        (b"[" * 100_000, "is not a JSON document"),
        (b"\xff\xfe\x00", "is not a JSON document"),
    ],
)
def test_a_bad_document_is_one_sentence(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_document(Path("tyne.json"), data, KindTable())
