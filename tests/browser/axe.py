"""Axe, the accessibility checker: what is serious or critical on a page, by the rules of WCAG at levels A and AA."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

GRAVE = ("serious", "critical")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]


def find_grave(page: Page) -> list[str]:
    """Run the checker and list what is serious or critical, with where it is."""
    options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": LEVELS}}
    found = Axe().run(page, options=options).response["violations"]
    return [_describe(rule, node) for rule in found if rule["impact"] in GRAVE for node in rule["nodes"]]


def _describe(rule: dict[str, Any], node: dict[str, Any]) -> str:
    return f"{rule['id']} at {node['target']}: {node['html'][:160]}"
