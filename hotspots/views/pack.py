"""A briefing pack as plain data: a first page, pictures in order, notes, and a speaking note."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotspots.errors import InputError
from hotspots.record_dates import name_day

if TYPE_CHECKING:
    from datetime import date

    from hotspots.views.pictures import Picture
    from hotspots.views.sheet import Size

LONGEST_NOTE = 6_000
"""Characters of a note: some three minutes of speaking."""
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of what follows: a name needs none, and they can make text read as other text."""


@dataclass(frozen=True)
class PackPage:
    """One picture of a pack.

    Attributes
    ----------
    key, kind
        What the section is called, and the code of the kind of picture.
    heading, note
        Above and below it, cleaned; the note may be empty.
    picture
        What is drawn.
    """

    key: str
    kind: str
    heading: str
    note: str
    picture: Picture


@dataclass(frozen=True, kw_only=True)
class PackDocument:
    """A pack before it is written in a format.

    Attributes
    ----------
    name
        File name without an ending.
    title, subject, period
        What kind of pack it is, what it is about, and when: ``Daily tasking``, ``Southwick``, ``May 2020 to …``.
    audience, summary
        Of the template; may be empty.
    pages
        Its pictures.
    speaking_note
        What the speaker says; may be empty.
    left_out
        Sections that the data do not allow, each as heading and reason.
    marking
        Protective marking; empty for none.
    made_on
        The day; None to leave out. It is never read from the clock.
    address
        Query that shows the same view.
    source, data_version
        As printed on the pictures.
    size, dark
        Of the pictures.
    public
        Whether it was made for the public.
    """

    name: str
    title: str
    subject: str
    period: str
    pages: tuple[PackPage, ...]
    audience: str = ""
    summary: str = ""
    speaking_note: str = ""
    left_out: tuple[tuple[str, str], ...] = ()
    marking: str = ""
    made_on: date | None = None
    address: str = ""
    source: str = ""
    data_version: str = ""
    size: Size = "slide"
    dark: bool = False
    public: bool = False

    @property
    def full_title(self) -> str:
        """Title and subject as one line."""
        return f"{self.title}: {self.subject}"

    @property
    def made(self) -> str:
        """The day it was made and the data version, in one sentence."""
        parts = [f"Made on {name_day(self.made_on)}." if self.made_on else ""]
        parts.append(f"Data version {self.data_version}." if self.data_version else "")
        return " ".join(part for part in parts if part)

    @property
    def basis(self) -> str:
        """What it rests on, when it was made and from which data, in whole sentences."""
        source = self.source.strip()
        ended = source if not source or source.endswith(".") else f"{source}."
        return " ".join(part for part in (ended, self.made) if part)

    @property
    def way_back(self) -> str:
        """Where to see the same view again; empty where the pack has no address, or its reader no dashboard.

        The address itself is for machines: on a page it breaks anywhere, and without the server's name it is no link.
        """
        if self.public or not self.address:
            return ""
        return "The same view is in the dashboard, under Briefing. This file keeps its address among its properties."

    @property
    def told_left_out(self) -> tuple[tuple[str, str], ...]:
        """What the file itself says is left out: the public is not told what there would have been."""
        return () if self.public else self.left_out


def clean_note(text: str, *, what: str = "note") -> str:
    """Make a note safe for every format: paragraphs of plain text without control characters.

    Parameters
    ----------
    text
        As somebody typed or pasted it.
    what
        What to call it in an error.

    Raises
    ------
    InputError
        If it is longer than `LONGEST_NOTE`.
    """
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n"))
    kept = "".join(
        " " if character == "\t" else character
        for character in plain.replace("\u2029", "\n\n")
        if character in "\n\t" or not (unicodedata.category(character) in {"Cc", "Cs", "Cn"} or character in _TURNS)
    )
    lines = [" ".join(line.split()) for line in kept.split("\n")]
    cleaned = "\n".join(lines).strip()
    if len(cleaned) > LONGEST_NOTE:
        raise InputError(f"The {what} has {len(cleaned):,} characters; write {LONGEST_NOTE:,} at most.")
    return cleaned


def list_paragraphs(text: str) -> tuple[str, ...]:
    """Split cleaned text into its lines, without empty ones."""
    return tuple(line for line in text.split("\n") if line)
