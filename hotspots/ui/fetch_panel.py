"""Fetching from the page: progress, pause and resume. The work goes on in a thread of its own, whoever looks at it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import streamlit as st

from hotspots.access import Action, require
from hotspots.errors import HotspotsError
from hotspots.months import list_months, parse_month
from hotspots.pipeline.fetch import fetch
from hotspots.pipeline.publisher import fetch_catalogue, make_client, read_catalogue
from hotspots.pipeline.refresh import refresh
from hotspots.sources.fetch.client import StoppedError
from hotspots.sources.street import FORCES
from hotspots.ui import panels
from hotspots.ui.sign_in import current_person

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotspots.settings import Settings


_WRONG = "fetch-wrong"
_SEEN = "fetch-seen"


@dataclass(eq=False)
class FetchJob:
    """One fetch of a data home, seen by every session.

    Attributes
    ----------
    state
        ``idle``, ``running``, ``paused``, ``done`` or ``failed``.
    text
        What happened last, in words.
    done, total
        Bytes, or areas.
    unit
        Which of them.
    runs
        How often some work has ended well.
    asked
        What was asked for last, to go on with in the hands of whoever resumes it.
    """

    state: str = "idle"
    text: str = ""
    done: int = 0
    total: int = 0
    unit: str = "MB"
    runs: int = 0
    asked: Callable[[Settings, FetchJob], str] | None = None
    _work: Callable[[FetchJob], str] | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, work: Callable[[FetchJob], str] | None = None, unit: str | None = None) -> None:
        """Start some work, or go on with what was paused; nothing happens while some is running."""
        with self._lock:
            if self.state == "running":
                return
            self._work = work or self._work
            self.unit = unit or ("MB" if work else self.unit)
            self.done = self.total = 0
            self._stop.clear()
            self.state, self.text = "running", "Asking the publisher…"
        threading.Thread(target=self._run, name="fetch", daemon=True).start()

    def pause(self) -> None:
        """Stop after the next piece; what has come is kept."""
        self._stop.set()

    @property
    def stopping(self) -> bool:
        """True once a pause was asked for."""
        return self._stop.is_set()

    def advance(self, name: str, done: int, total: int) -> None:
        """Take note of progress."""
        self.text, self.done, self.total = name, done, total

    def _run(self) -> None:
        try:
            text = self._work(self) if self._work else ""
        except StoppedError as error:
            self.state, self.text = "paused", str(error)
        except HotspotsError as error:
            self.state, self.text = "failed", str(error)
        except Exception:
            self.state, self.text = (
                "failed",
                "The fetch ended unexpectedly; nothing half-fetched was loaded. See the log.",
            )
            raise
        else:
            self.state, self.text = "done", text
            self.runs += 1


@st.cache_resource(show_spinner=False)
def find_job(home: str) -> FetchJob:  # noqa: ARG001 - a job for each data home
    """Find the job of a data home; all sessions share it."""
    return FetchJob()


def start_job(
    settings: Settings, work: Callable[[Settings, FetchJob], str] | None = None, unit: str | None = None
) -> None:
    """Start some work in the hands of whoever pressed the button, or go on with what was paused; only in a callback.

    A callback runs before the page looks at who is there, with the settings of the run before.
    """
    try:
        mine = replace(settings, person=require(current_person(settings), Action.LOAD))
    except HotspotsError as error:
        st.session_state[_WRONG] = str(error)
        return
    job = find_job(str(settings.home))
    asked = work or job.asked
    if asked is None or job.state == "running":
        return
    job.asked = asked
    job.start(lambda one: asked(mine, one), unit or (None if work else job.unit))


def draw_fetch(settings: Settings) -> None:
    """Draw the form, and the job that runs.

    Raises
    ------
    AccessError
        If the person may not change what is loaded.
    """
    require(settings.person, Action.LOAD)
    job = find_job(str(settings.home))
    panels.draw_section("Fetch from data.police.uk", "only the force's own part of the archive comes over the line")
    catalogue = read_catalogue(settings)
    known = sorted(catalogue.months) if catalogue else sorted(FORCES)
    running = job.state == "running"
    left, middle, right, last = st.columns([4, 2, 2, 2], vertical_alignment="bottom")
    start = known.index("northumbria") if "northumbria" in known else 0
    force = left.selectbox("Force", known, index=start, key="fetch-force")
    middle.text_input("From", placeholder="2022-01", key="fetch-from")
    right.text_input("To", placeholder="the latest", key="fetch-to")
    last.button("Fetch", type="primary", key="fetch-start", disabled=running, on_click=_start, args=(settings,))
    st.html(
        '<div class="hs-caption"><p>Without a first month, the 36 months before the last one are fetched. Nothing is '
        "loaded until all of it is whole and checked.</p></div>"
    )
    with st.container(horizontal=True):
        st.button(
            "Look for new and revised months",
            key="fetch-refresh",
            disabled=running,
            on_click=start_job,
            args=(settings, _refresh),
        )
        st.button(
            "Ask what is published",
            key="fetch-catalogue",
            disabled=running,
            on_click=start_job,
            args=(settings, _ask_catalogue),
        )
    if wrong := st.session_state.pop(_WRONG, ""):
        panels.draw_message("This cannot be fetched", wrong, wrong=True)
    draw_job(settings)
    if catalogue:
        gaps = catalogue.gaps(force)
        panels.draw_strip(
            f"{force}: {list_months(catalogue.months[force])}",
            f"Published in {catalogue.archive}, read on {catalogue.read_at[:10]}"
            + (f"; not published: {list_months(gaps)}" if gaps else "; no gap"),
        )


def _start(settings: Settings) -> None:
    """Start a fetch of what the fields say."""
    state = st.session_state
    try:
        first, last = (parse_month(state[key]) if state[key].strip() else None for key in ("fetch-from", "fetch-to"))
    except HotspotsError as error:
        state[_WRONG] = str(error)
        return
    force = str(state["fetch-force"])
    start_job(settings, lambda mine, job: _fetch(mine, job, force, first, last))


@st.fragment(run_every=1.0)
def draw_job(settings: Settings) -> None:
    """Draw how far the job of a data home is; once it ends well, the whole page is drawn anew with what it brought."""
    job = find_job(str(settings.home))
    if job.runs != st.session_state.setdefault(_SEEN, job.runs):
        st.session_state[_SEEN] = job.runs
        st.rerun()
    if job.state == "idle":
        return
    if job.state == "running":
        share = min(job.done / job.total, 1.0) if job.total else 0.0
        scale, digits = (1e6, 1) if job.unit == "MB" else (1, 0)
        far = f"{job.done / scale:,.{digits}f} of {job.total / scale:,.{digits}f} {job.unit}"
        st.progress(share, text=f"{job.text} · {far}")
        st.button("Pause", key="fetch-pause", on_click=job.pause)
        return
    titles = {"paused": "Paused", "failed": "The fetch did not work", "done": "Done"}
    panels.draw_message(titles[job.state], job.text, wrong=job.state == "failed")
    if job.state in {"paused", "failed"}:
        st.button("Resume", key="fetch-resume", on_click=start_job, args=(settings,))


def _fetch(settings: Settings, job: FetchJob, force: str, first: int | None, last: int | None) -> str:
    client = make_client(settings, stop=lambda: job.stopping)
    try:
        report = fetch(settings, forces=[force], month_from=first, month_to=last, progress=job.advance, client=client)
    finally:
        client.close()
    return report.to_text()


def _refresh(settings: Settings, job: FetchJob) -> str:
    client = make_client(settings, stop=lambda: job.stopping)
    try:
        return refresh(settings, progress=job.advance, client=client).to_text()
    finally:
        client.close()


def _ask_catalogue(settings: Settings, job: FetchJob) -> str:
    client = make_client(settings, stop=lambda: job.stopping)
    try:
        catalogue = fetch_catalogue(settings, client=client)
    finally:
        client.close()
    return f"{catalogue.archive} holds {len(catalogue.months)} forces; choose one above."
