"""The operations ledger behind the pages: opened once, read through caches that each change of it renews.

As long as nothing has been recorded there is no file, and what is shown are the published records that the program
carries, in a database in memory; looking at a page leaves nothing behind. That database has one connection, so that
visits take turns at it.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from hotspots.access import Action
from hotspots.errors import StoreError
from hotspots.pipeline.operation_compare import Comparison, compare_operations
from hotspots.pipeline.operation_view import OperationView, describe_operation
from hotspots.pipeline.operations import open_operations
from hotspots.pipeline.operations_view import OperationFacts, OperationsView, build_operations_view, read_facts
from hotspots.sources.kinds import read_kinds
from hotspots.store.ledger import list_operations, note_access
from hotspots.store.ledger.timelines import read_version, read_versions
from hotspots.ui.sign_in import current_person, current_reader
from hotspots.ui.standing import LastGood

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hotspots.activity_kinds import KindTable
    from hotspots.settings import Settings
    from hotspots.store.ledger import Ledger, OperationEntry

_Answer = TypeVar("_Answer")
VIEWS_KEPT = 128
"""Operations whose page is kept in memory."""
_LOOKS, _LOOK_LASTS = "looks-noted", 3_600.0
_TURNS = threading.RLock()
"""Visits take turns at a ledger in memory."""
_GOOD = LastGood("The operations ledger", kept=VIEWS_KEPT)
_FILES: set[str] = set()
"""Ledgers whose file has been opened since the start: one that is gone is missed, not begun anew."""


def _address(settings: Settings) -> str:
    return settings.database_url or str(settings.operations_home / "ledger.sqlite")


@st.cache_resource(show_spinner="Opening the operations ledger…", max_entries=4)
def _open(address: str, file: str, _settings: Settings) -> Ledger:  # noqa: ARG001 - the first two are the key
    # It is shared by everybody, so it is in nobody's hands.
    return open_operations(replace(_settings, person=None), create=file != "memory")


def _find_file(settings: Settings, *, create: bool) -> str:
    """Name the very file of the ledger: one that was moved away would take changes that nobody finds again."""
    if settings.database_url is not None:
        return "database"
    file = settings.operations_home / "ledger.sqlite"
    try:
        seen = file.stat()
    except OSError:
        if str(file) in _FILES:
            raise StoreError(
                f"{file} is gone; bring it back, or restore a backup with “hotspots ops restore”."
            ) from None
        return "new" if create else "memory"
    _FILES.add(str(file))
    return f"{seen.st_dev}:{seen.st_ino}"


@contextmanager
def reading(settings: Settings) -> Iterator[Ledger]:
    """Give the ledger to read from, in the hands of whoever sits at the page; outside pages, of nobody.

    Raises
    ------
    AccessError
        If nobody is let in any more.
    InputError, StoreError
        If it cannot be opened.
    """
    person = current_reader(settings)
    # Where people are known, it is written down what they look at, and so there is a file from the first of them on.
    file = _find_file(settings, create=settings.is_guarded)
    ledger = _open(_address(settings), file, settings).act_as(person, route="page")
    if ledger.label == "memory":
        with _TURNS:
            yield ledger
    else:
        yield ledger


def open_for_writing(settings: Settings) -> Ledger:
    """Give the ledger to write to, in the hands of whoever sits at the page; the first writer makes its file.

    Raises
    ------
    AccessError
        If nobody is let in any more.
    InputError, StoreError
        If it cannot be opened or made.
    """
    person = current_person(settings)
    return _open(_address(settings), _find_file(settings, create=True), settings).act_as(person, route="page")


def note_look(settings: Settings, subject: str) -> None:
    """Write down that somebody looks at what is sensitive; a look that goes on is written down once an hour.

    Raises
    ------
    AccessError, InputError, StoreError
        As for :func:`reading`; what cannot be written down is not shown.
    """
    if settings.person is None or not settings.person.is_known:
        return
    noted: dict[str, float] = st.session_state.setdefault(_LOOKS, {})
    if time.monotonic() - noted.get(subject, -_LOOK_LASTS) < _LOOK_LASTS:
        return
    with reading(settings) as ledger:
        note_access(ledger, Action.LOOK, subject)
    noted[subject] = time.monotonic()


def current_kinds(settings: Settings) -> KindTable:
    """Read the kinds of activity in force.

    Raises
    ------
    InputError
        If the force's own file is not of the documented form.
    """
    path = settings.kinds_file
    seen = path.stat() if path is not None else None
    return _read_kinds(f"{path}:{seen.st_mtime_ns}:{seen.st_size}" if seen else "", settings)


@st.cache_resource(show_spinner=False, max_entries=4)
def _read_kinds(fingerprint: str, _settings: Settings) -> KindTable:  # noqa: ARG001 - the fingerprint is the key
    return read_kinds(_settings)


def ledger_key(ledger: Ledger, settings: Settings) -> str:
    """Name the ledger, its state and the day: what every answer from it depends on."""
    kinds = settings.kinds_file
    seen = f"{kinds.stat().st_mtime_ns}" if kinds is not None else ""
    return f"{_address(settings)}|{ledger.label}|{read_version(ledger)}|{ledger.today()}|{seen}"


def find_entries(settings: Settings) -> tuple[OperationEntry, ...]:
    """List every operation with how much is recorded about it."""

    def ask() -> tuple[OperationEntry, ...]:
        with reading(settings) as ledger:
            return _find_entries(ledger_key(ledger, settings), ledger)

    return _find_last_good(settings, ("entries",), ask)


def _find_last_good(settings: Settings, question: tuple[str, ...], ask: Callable[[], _Answer]) -> _Answer:
    """Ask the ledger; while it cannot be read, give what it answered last, to those who are let in."""
    current_person(settings)
    return _GOOD.find(_address(settings), question, ask)


@st.cache_resource(show_spinner=False, max_entries=4)
def _find_entries(key: str, _ledger: Ledger) -> tuple[OperationEntry, ...]:  # noqa: ARG001 - the key is the key
    return list_operations(_ledger)


def find_operations_view(settings: Settings) -> OperationsView:
    """Set every operation beside the others."""
    kinds = current_kinds(settings)

    def ask() -> OperationsView:
        with reading(settings) as ledger:
            return _find_operations_view(ledger_key(ledger, settings), ledger, kinds, settings)

    return _find_last_good(settings, ("operations",), ask)


@st.cache_resource(show_spinner=False, max_entries=4)
def _find_operations_view(key: str, _ledger: Ledger, _kinds: KindTable, _settings: Settings) -> OperationsView:
    head, version, today, seen = key.rsplit("|", 3)
    entries = _find_entries(key, _ledger)
    versions = read_versions(_ledger)
    facts = {
        # A change among the operations' own log lines is a change of the operation; the pace changes with the day.
        entry.stored.record: _find_facts(
            f"{head}|{'' if _ledger.label != 'memory' else version}|{today}|{seen}",
            versions.get(entry.stored.record, 0),
            entry.stored.record,
            _ledger,
            _kinds,
            entry,
        )
        for entry in entries
    }
    return build_operations_view(entries, facts, today=_ledger.today())


@st.cache_resource(show_spinner=False, max_entries=2_000)
def _find_facts(
    head: str,  # noqa: ARG001 - part of the key
    version: int,  # noqa: ARG001 - part of the key
    code: str,  # noqa: ARG001 - part of the key
    _ledger: Ledger,
    _kinds: KindTable,
    _entry: OperationEntry,
) -> OperationFacts:
    return read_facts(_ledger, _kinds, _entry)


def find_operation_view(settings: Settings, code: str) -> OperationView:
    """Say everything about one operation.

    Raises
    ------
    UnknownNameError
        If there is no such operation.
    """
    kinds = current_kinds(settings)

    def ask() -> OperationView:
        with reading(settings) as ledger:
            return _find_operation_view(ledger_key(ledger, settings), code, ledger, kinds)

    return _find_last_good(settings, ("operation", code), ask)


@st.cache_resource(show_spinner=False, max_entries=VIEWS_KEPT)
def _find_operation_view(key: str, code: str, _ledger: Ledger, _kinds: KindTable) -> OperationView:  # noqa: ARG001 - part of the key
    return describe_operation(_ledger, _kinds, code)


def find_comparison(settings: Settings, entries: Sequence[OperationEntry], kind: str) -> Comparison:
    """Set operations on the same clock."""
    kinds = current_kinds(settings)
    codes = ",".join(entry.stored.record for entry in entries)

    def ask() -> Comparison:
        with reading(settings) as ledger:
            return _find_comparison(ledger_key(ledger, settings), codes, kind, ledger, kinds, entries)

    return _find_last_good(settings, ("comparison", codes, kind), ask)


@st.cache_resource(show_spinner=False, max_entries=VIEWS_KEPT)
def _find_comparison(
    key: str,  # noqa: ARG001 - part of the key
    codes: str,  # noqa: ARG001 - part of the key
    kind: str,
    _ledger: Ledger,
    _kinds: KindTable,
    _entries: Sequence[OperationEntry],
) -> Comparison:
    return compare_operations(_ledger, _kinds, _entries, kind=kind)
