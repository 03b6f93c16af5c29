"""The operations ledger: what was done, where, in which phase and towards what; nothing is overwritten."""

from hotspots.store.ledger.accesses import Access, list_accesses, note_access
from hotspots.store.ledger.engine import Ledger
from hotspots.store.ledger.exporting import check_export, require_export
from hotspots.store.ledger.importing import ImportOutcome, import_activities, import_document
from hotspots.store.ledger.integrity import IntegrityReport, check_integrity
from hotspots.store.ledger.opening import back_up, open_ledger, restore
from hotspots.store.ledger.reading import (
    ActivityFilter,
    DayTotal,
    KindTotal,
    OperationEntry,
    find_operation,
    list_activities,
    list_audit,
    list_milestones,
    list_operations,
    list_targets,
    list_versions,
    list_windows,
    total_activities,
    total_by_date,
)
from hotspots.store.ledger.recording import add, correct, withdraw

__all__ = [
    "Access",
    "ActivityFilter",
    "DayTotal",
    "ImportOutcome",
    "IntegrityReport",
    "KindTotal",
    "Ledger",
    "OperationEntry",
    "add",
    "back_up",
    "check_export",
    "check_integrity",
    "correct",
    "find_operation",
    "import_activities",
    "import_document",
    "list_accesses",
    "list_activities",
    "list_audit",
    "list_milestones",
    "list_operations",
    "list_targets",
    "list_versions",
    "list_windows",
    "note_access",
    "open_ledger",
    "require_export",
    "restore",
    "total_activities",
    "total_by_date",
    "withdraw",
]
