"""What no page and no picture may say, and what each effect must: found in texts, so that a test can fail on them."""

from __future__ import annotations

import dataclasses
import json
import re
from html.parser import HTMLParser
from typing import Any

from streamlit.testing.v1 import AppTest

BARE_P = re.compile(r"\bp\s*[=<>≤≥]\s*[0-9.]|\bp[-‑– ]?values?\b|\bsignifican", re.IGNORECASE)
"""A probability by itself, or the word that hides one."""
EFFECT = re.compile(r"\d% (?:fewer|more)\b|times as many", re.IGNORECASE)
SURE = re.compile(r"interval|between .+ and |at least|anything|would look like", re.IGNORECASE)
"""How sure an effect is, or that it is none: what would have been seen, what a drift would make of it."""


def find_bare_p(texts: list[str]) -> list[str]:
    """List the sentences that show a p-value, or speak of significance, without an interval beside it."""
    sentences = [part for text in texts for part in re.split(r"(?<=[.!?])\s+|\n", text)]
    return [part for part in sentences if BARE_P.search(part) and "interval" not in part.lower()]


def find_unsure_effects(texts: list[str]) -> list[str]:
    """List the texts that tell an effect without saying how sure it is."""
    return [text for text in texts if EFFECT.search(text) and not SURE.search(text)]


class _Blocks(HTMLParser):
    """The texts of a page's blocks, and the rows of its effects."""

    ENDS = frozenset({"p", "td", "th", "li", "div", "h1", "h2", "h3", "tr", "caption", "small", "section", "span"})

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.rows: list[dict[str, Any]] = []
        self._cell: str | None = None
        self._parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._flush(tag)
        self.texts += [given[name] for name in ("title", "aria-label", "alt") if given.get(name)]
        kind = given.get("class", "").split()
        if tag == "tr" and "effect" in kind:
            self.rows.append({"numbers": [], "sentence": "", "bar": False})
        if tag == "td":
            self._cell = kind[0] if kind else ""
        if tag == "i" and self._cell == "bar":
            self.rows[-1]["bar"] = True

    def handle_endtag(self, tag: str) -> None:
        self._flush(tag)
        if tag == "td":
            self._cell = None

    def handle_data(self, data: str) -> None:
        self._parts.append(data)
        if self._cell == "num" and self.rows:
            self.rows[-1]["numbers"].append(data.strip())
        if self._cell == "words" and self.rows:
            self.rows[-1]["sentence"] += data

    def _flush(self, tag: str) -> None:
        if tag in self.ENDS:
            text = "".join(self._parts).strip()
            self._parts = []
            if text:
                self.texts.append(text)


def read_blocks(html: str) -> _Blocks:
    """Read HTML into texts and rows of effects."""
    blocks = _Blocks()
    blocks.feed(html)
    blocks.close()
    return blocks


def find_faulty_effects(html: str) -> list[str]:
    """List the effects without interval or without a sentence, and intervals that are not drawn."""
    faults = []
    for row in read_blocks(html).rows:
        value, interval = [*row["numbers"], "", ""][:2]
        known = value not in ("–", "")
        if not row["sentence"].strip().endswith("."):
            faults.append(f"{row} has no sentence")
        if known and " to " not in interval:
            faults.append(f"{row} has no interval")
        if known and not row["bar"]:
            faults.append(f"{row} is not drawn")
    return faults


def strings_in(value: Any) -> list[str]:
    """List every text in lists, mappings and dataclasses."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for part in (*value.keys(), *value.values()) for text in strings_in(part)]
    if isinstance(value, list | tuple | set):
        return [text for part in value for text in strings_in(part)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [text for field in dataclasses.fields(value) for text in strings_in(getattr(value, field.name))]
    return []


def gather_html(test: AppTest) -> str:
    """Return what our own panels say, as HTML."""
    bodies = [part.proto.body for part in test.get("html")]
    return "\n".join(body for body in bodies if not body.lstrip().startswith(("<style", "/*")))


def gather_texts(test: AppTest) -> list[str]:
    """List every text that a page shows: panels, charts and what they say on hovering, maps, tables and widgets."""
    texts = read_blocks(gather_html(test)).texts
    for chart in test.get("vega_lite_chart"):
        texts += strings_in(json.loads(chart.proto.spec))
    for part in test.get("bidi_component"):
        texts += strings_in(json.loads(part.proto.json or part.proto.mixed.json))
    for table in test.dataframe:
        texts += [str(column) for column in table.value.columns]
        for column in table.value.select_dtypes(include=["object", "string"]):
            texts += [str(cell) for cell in table.value[column]]
        texts += strings_in(json.loads(table.proto.columns or "{}"))
    for kind in (
        test.button,
        test.selectbox,
        test.toggle,
        test.multiselect,
        test.number_input,
        test.caption,
        test.markdown,
    ):
        for widget in kind:
            texts += [str(getattr(widget, name, "") or "") for name in ("label", "help", "value")]
    return [text for text in texts if text.strip()]
