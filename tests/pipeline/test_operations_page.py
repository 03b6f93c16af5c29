"""What docs/operations.md shows is what the program does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from hotspots.activity_kinds import KINDS, KindTable
from hotspots.cli_ops import ops
from hotspots.settings import read_settings
from hotspots.sources.activities import ALL_COLUMNS
from hotspots.sources.kinds import read_kinds
from hotspots.sources.operation_documents import read_document

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_its_document_and_its_kinds_can_be_used(home: Path) -> None:
    file = read_document(Path("page.json"), _block("json").encode(), KindTable())
    assert file.problems == ()
    assert len(file.document.activities) == len(json.loads(_block("json"))["activities"]) == 1
    home.mkdir(parents=True)
    (home / "kinds.toml").write_text(_block("toml"), encoding="utf-8")
    assert read_kinds(read_settings()).find("UAV hours").code == "drone-flights"


def test_it_names_every_kind_column_and_command() -> None:
    text = " ".join(PAGE.split())
    for kind in KINDS:
        stem = re.sub(r"-(class-[bc]|(major|moderate|minor)-\w+)$", "", kind.code)
        assert stem in text, f"docs/operations.md does not name {kind.code}"
    for column in ALL_COLUMNS:
        assert re.search(rf"\b{column}\b", text), column
    for command in ops.commands:
        assert f"ops {command}" in text, command
