"""One operation in one JSON document: the operation, its phases, targets, milestones and activities."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hotspots.errors import InputError
from hotspots.record_values import from_values
from hotspots.schemas_ledger import Incoming, OperationDocument, RowProblem

if TYPE_CHECKING:
    from pathlib import Path

    from hotspots.activity_kinds import KindTable

FORMAT = "hotspots-operation"
VERSION = 1
PARTS = {"phases": "phase", "targets": "target", "milestones": "milestone", "activities": "activity"}
_MAX_REFERENCE = 64


@dataclass(frozen=True)
class DocumentFile:
    """What a document says.

    Attributes
    ----------
    document
        The operation and the records that can be used.
    problems
        What is wrong with the others.
    """

    document: OperationDocument
    problems: tuple[RowProblem, ...] = field(default=())


def read_document(path: Path, data: bytes, kinds: KindTable) -> DocumentFile:
    """Read an operation's JSON document.

    Parameters
    ----------
    path, data
        The file, for messages, and its bytes.
    kinds
        The kinds in force.

    Raises
    ------
    InputError
        If the document or its operation cannot be used; faults of single records come back as problems.
    """
    try:
        document = json.loads(data.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse_constant)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{path} is not a JSON document in UTF-8 ({error}); correct it or export it again.") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputError(f'{path} is not the document of an operation; it begins with "format": "{FORMAT}".')
    version = document.get("version")
    if version is None:
        raise InputError(f"{path} does not say its version, which every export does; export it anew.")
    if version != VERSION:
        raise InputError(f"{path} is of version {version}, and this program reads version {VERSION}; export it anew.")
    strange = set(document) - {"format", "version", "operation", *PARTS}
    if strange:
        raise InputError(f"{path} has the field “{min(strange)}”; the fields are operation, {', '.join(PARTS)}.")
    operation = _read_record("operation", document.get("operation"), kinds, str(path), "")
    code = operation.value.code
    problems: list[RowProblem] = []
    parts: dict[str, tuple[Any, ...]] = {}
    for part, entity in PARTS.items():
        records = document.get(part, [])
        if not isinstance(records, list):
            raise InputError(f"{path}: {part} is not a list; write each {entity} in braces.")
        read = []
        for place, values in enumerate(records, start=1):
            try:
                read.append(_read_record(entity, values, kinds, "it", code, place))
            except InputError as error:
                problems.append(RowProblem(place, "", str(error), entity))
        parts[part] = tuple(read)
    return DocumentFile(OperationDocument(operation, **parts), tuple(problems))


def _read_record(  # noqa: PLR0917 - called above only
    entity: str, values: Any, kinds: KindTable, where: str, operation: str, place: int = 0
) -> Incoming[Any]:
    reference, version = "", None
    if isinstance(values, dict):
        values = dict(values)
        reference, version = values.pop("reference", ""), values.pop("version", None)
    if not isinstance(reference, str) or len(reference) > _MAX_REFERENCE:
        raise InputError(f"{where} has a reference that is not one of ours; leave it out for a new record.")
    if version is not None and (isinstance(version, bool) or not isinstance(version, int) or version < 1):
        raise InputError(f"{where} has the version “{version}”; leave it as it was exported.")
    value = from_values(entity, values, kinds, where=where, operation=operation)
    if operation and value.operation != operation:  # type: ignore[union-attr]  # targets and windows name an operation
        raise InputError(f"{where} belongs to another operation, and the document is about {operation}.")
    return Incoming(value, place, reference, version)


def _refuse_constant(name: str) -> Any:
    raise json.JSONDecodeError(f"{name} is not a number", name, 0)
