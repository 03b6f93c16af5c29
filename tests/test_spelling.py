"""What people read is in UK English: no American spelling in a sentence of the program, its scripts or its papers."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AMERICAN = re.compile(
    r"\b(?:behavior\w*|neighbor\w*|favorite\w*|(?:re)?organiz\w+|analyz\w+|summariz\w+|recogniz\w+|prioritiz\w+|"
    r"minimiz\w+|maximiz\w+|emphasiz\w+|standardiz\w+|visualiz\w+|categoriz\w+|customiz\w+|normaliz\w+|labeled|"
    r"labeling|cancell?ed\b(?<!cancelled)|modeled|modeling|traveled|(?:kilo|centi|milli)?meters?|offenses?|defense|"
    r"gray|colors?|colored|centers?|centered|catalogs?|fulfill|enroll|skillful|license[sd]? (?:is|of|for|that))\b",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"[A-Za-z]{2,} [a-z]{2,} [a-z]")


def list_sentences(path: Path) -> Iterator[str]:
    """List the sentences in a file: texts of a program, or the prose of a document without its code."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and SENTENCE.search(node.value):
                yield node.value
    elif path.suffix == ".md":
        yield re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)|<[^>]*>", " ", text, flags=re.DOTALL)
    else:
        yield from (text for text in re.findall(r'"([^"\n]*)"', text) if SENTENCE.search(text))


def find_american(sentence: str) -> list[str]:
    quoted = re.sub(r"“[^”]*”|``[^`]*``|`[^`]*`|:\w+:`[^`]*`", " ", sentence)
    return AMERICAN.findall(quoted)


FILES = sorted(
    path
    for pattern in (
        "hotspots/**/*.py",
        "pages/*.py",
        "app.py",
        "static/map/*.js",
        "static/page/*.js",
        "*.md",
        "docs/**/*.md",
    )
    for path in ROOT.glob(pattern)
)


@pytest.mark.parametrize("folder", sorted({str(path.parent.relative_to(ROOT)) for path in FILES}))
def test_sentences_are_in_uk_english(folder: str) -> None:
    here = [path for path in FILES if str(path.parent.relative_to(ROOT)) == folder]
    found = {
        f"{path.name}: {word}": sentence[:80]
        for path in here
        for sentence in list_sentences(path)
        for word in find_american(sentence)
    }
    assert found == {}


def test_american_spelling_would_be_found() -> None:
    assert find_american("Wards like their neighbors analyzed by color") == ["neighbors", "analyzed", "color"]
    assert find_american("Wards like their neighbours analysed by colour, a parameter in metres") == []
