"""The log: lines for a person, or one JSON object a line for a machine; neither says who looked at what.

A line tells what happened and how long it took. It never holds the address's choices, a name, or text that somebody
typed. As the message of a fault may quote such text, a JSON line has the fault's type and the places in the program
that it passed through, which is what a repair needs; a laptop's plain lines have the whole of it.
"""

from __future__ import annotations

import json
import logging
import secrets
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

LOG = logging.getLogger("hotspots")
"""What pages and server log to."""
REFERENCE = "reference"
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Letters and digits that nobody confuses when they are read out."""
_FIELDS = (REFERENCE, "page", "milliseconds", "status", "part")
"""What a line may hold besides its own words: none of it comes from a user."""
_PLACES = 30
"""Of a fault's way through the program, the last places that a line keeps."""


def make_reference() -> str:
    """Make a number by which a person can name one fault to whoever reads the log, as in ``K7M2-9QXD``."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def report_fault(error: BaseException, *, page: str, what: str = "A page failed.") -> str:
    """Write a fault to the log; return the number under which it stands there."""
    reference = make_reference()
    LOG.error(
        "%s Reference %s, page %s.", what, reference, page, exc_info=error, extra={REFERENCE: reference, "page": page}
    )
    return reference


def set_up_log(form: str) -> None:
    """Send every line of the program, of Streamlit and of the web server to standard error, in one form.

    Parameters
    ----------
    form
        ``text`` or ``json``.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    LOG.handlers[:] = [handler]
    LOG.setLevel(logging.INFO)
    LOG.propagate = False
    if form == "json":
        logging.captureWarnings(capture=True)
        for name in ("streamlit", "uvicorn.error", "py.warnings"):
            _take_over(name, handler)
        # Below a warning, it says from which address each visit came.
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    # The address of a request holds what somebody chose, and so there is no log of requests.
    logging.getLogger("uvicorn.access").disabled = True
    # What is made ready before anybody comes belongs to no visit, which Streamlit thinks worth a warning each time.
    logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel(logging.ERROR)


def _take_over(name: str, handler: logging.Handler) -> None:
    """Let everything at and below a name be written by one handler, once."""
    for known in [other for other in logging.root.manager.loggerDict if other.startswith(f"{name}.")]:
        logging.getLogger(known).handlers[:] = []
        logging.getLogger(known).propagate = True
    top = logging.getLogger(name)
    top.handlers[:] = [handler]
    top.propagate = False


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the record without anything that a user may have typed."""
        ours = record.name == LOG.name or record.name.startswith(f"{LOG.name}.")
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "log": record.name,
            # A message of another program's may quote an address or a value; that it was logged, and where, is enough.
            "message": record.getMessage() if ours or record.levelno < logging.WARNING else record.msg,
        }
        line |= {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[1] is not None:
            line["fault"] = describe_fault(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def describe_fault(error: BaseException) -> list[dict[str, Any]]:
    """Describe a fault and what it came from, the outermost first, without what its message says."""
    chain: list[dict[str, Any]] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        places = traceback.extract_tb(current.__traceback__)[-_PLACES:]
        chain.append(
            {
                "type": f"{type(current).__module__}.{type(current).__qualname__}",
                "at": [f"{place.filename}:{place.lineno} {place.name}" for place in places],
            }
        )
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return chain
