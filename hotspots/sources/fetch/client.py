"""A patient and wary web client: it tries again what may pass, and says in one sentence what will not.

The proxy and certificate settings of the environment (``HTTPS_PROXY``, ``NO_PROXY``, ``REQUESTS_CA_BUNDLE``) are
honoured. Redirects are followed only to the hosts that were named beforehand, and never from https to http.
"""

from __future__ import annotations

import json
import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from hotspots.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import requests

_AGAIN = frozenset((408, 425, 429, 500, 502, 503, 504))
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_MOST_REDIRECTS = 5
_LONGEST_WAIT = 60.0
_LONGEST_ANSWER = 200_000_000
_CHUNK = 1 << 14
_AGENT = "hotspots (open-source crime dashboard; Python requests)"


class FetchError(InputError):
    """A publisher cannot be reached, or does not give what it should; what was loaded before is untouched."""


class NotThereError(FetchError):
    """The publisher has no such file."""


class TooMuchError(FetchError):
    """The publisher will not answer a question this large; ask several smaller ones."""


class ChangedError(FetchError):
    """The file changed between two requests, so that their parts do not belong together."""


class StoppedError(FetchError):
    """The user paused; what has come is kept."""


@dataclass(frozen=True)
class Answer:
    """What came back, whole.

    Attributes
    ----------
    url
        The address that answered, after redirects.
    status
        200, or 206 for a part.
    headers
        Names in lower case.
    body
        The bytes.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(eq=False)
class Client:
    """Asks for files and documents.

    Attributes
    ----------
    hosts
        Hosts that may be asked, redirects included.
    tries
        How often a request that may pass is made before giving up.
    timeout
        Seconds to wait for a connection, and for the next bytes of an answer.
    first_wait
        Seconds before the second try; doubled for each further one, and drawn at random up to a half shorter, so that
        many clients do not return at once. What the server asks for (``Retry-After``) goes first.
    per_second
        Most requests a second; data.police.uk allows 15.
    stop
        Called between pieces; a true answer ends the work with `StoppedError`.
    """

    hosts: frozenset[str]
    tries: int = 6
    timeout: tuple[float, float] = (10.0, 30.0)
    first_wait: float = 1.0
    per_second: float = 10.0
    stop: Callable[[], bool] = lambda: False
    bytes_received: int = 0
    requests_made: int = 0
    _session: requests.Session | None = None
    _next: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def read_json(self, url: str, *, form: Mapping[str, str] | None = None) -> Any:
        """Read a JSON document; `form` is posted when given.

        Raises
        ------
        FetchError
            If it cannot be had, or is not JSON.
        """

        def check(answer: Answer) -> Any:
            kind = answer.headers.get("content-type", "")
            if "json" not in kind:
                raise _FaultyError(f"answers with {kind or 'no content type'} instead of JSON")
            try:
                return json.loads(answer.body)
            except ValueError:
                raise _FaultyError("answers with JSON that is cut short or damaged") from None

        return self._ask(url, check=check, form=form)

    def read_text(self, url: str, *, kinds: tuple[str, ...]) -> str:
        """Read a whole text, such as a page or a table; `kinds` are the content types that it may have.

        Raises
        ------
        FetchError
            If it cannot be had, or is something else.
        """

        def check(answer: Answer) -> str:
            kind = answer.headers.get("content-type", "").partition(";")[0].strip().casefold()
            if kind not in kinds:
                raise _FaultyError(f"answers with {kind or 'no content type'} instead of {' or '.join(kinds)}")
            try:
                return answer.body.decode("utf-8-sig")
            except UnicodeDecodeError:
                raise _FaultyError("answers with text that is damaged") from None

        text: str = self._ask(url, check=check)
        return text

    def read_range(self, url: str, start: int, end: int, *, like: Mapping[str, str] | None = None) -> Answer:
        """Read bytes `start` to `end` (excluded) of a file.

        Parameters
        ----------
        url
            The file.
        start, end
            Bytes, counted from 0.
        like
            Headers of an earlier answer; the file must not have changed since.

        Raises
        ------
        ChangedError
            If it has.
        FetchError
            If it cannot be had.
        """
        pieces: list[bytes] = []
        answer = self._stream(url, start, end, like=like, take=pieces.append)
        return Answer(answer.url, answer.status, answer.headers, b"".join(pieces))

    def stream_range(
        self, url: str, start: int, end: int, *, like: Mapping[str, str], take: Callable[[bytes], object]
    ) -> None:
        """Give bytes `start` to `end` (excluded) piece by piece; after a cut, the rest is asked for.

        Raises
        ------
        FetchError
            As for `read_range`; the pieces given so far are good.
        """
        self._stream(url, start, end, like=like, take=take)

    def _stream(
        self, url: str, start: int, end: int, *, like: Mapping[str, str] | None, take: Callable[[bytes], object]
    ) -> Answer:
        done = 0
        last: Answer | None = None

        def begin() -> dict[str, str]:
            if last is not None and done == end - start:
                raise _CompleteError  # the connection broke after the last byte
            # Compression on the way would change what the bytes of a range are.
            wanted = {"Range": f"bytes={start + done}-{end - 1}", "Accept-Encoding": "identity"}
            if like is not None and (tag := like.get("etag", "")) and not tag.startswith("W/"):
                wanted["If-Match"] = tag
            return wanted

        def count(piece: bytes) -> None:
            nonlocal done
            take(piece)
            done += len(piece)

        def check(answer: Answer) -> Answer:
            nonlocal last
            before = like if last is None else last.headers
            if before is not None:
                _check_same(before, answer, url)
            last = answer
            return answer

        try:
            answer: Answer = self._ask(url, check=check, headers=begin, take=count, size=end - start)
        except _CompleteError:
            return last  # type: ignore[return-value] # it is set before the error is raised
        return answer

    def _ask(
        self,
        url: str,
        *,
        check: Callable[[Answer], Any],
        form: Mapping[str, str] | None = None,
        headers: Callable[[], Mapping[str, str]] = dict,
        take: Callable[[bytes], object] | None = None,
        size: int | None = None,
    ) -> Any:
        """Ask until the answer passes, with growing pauses; an attempt that brought new bytes does not count."""
        import requests  # noqa: PLC0415 - most commands never ask anybody

        host = urlsplit(url).hostname or url
        tried, why, received = 0, "", self.bytes_received
        while tried < self.tries:
            self._check_stop()
            wait = 0.0
            try:
                return self._ask_once(url, check, form, headers(), take, size)
            except _FaultyError as error:
                why, wait = error.why, error.wait
            except requests.exceptions.SSLError:
                raise FetchError(
                    f"The certificate of {host} cannot be verified, so nothing was taken from it; if your network puts "
                    "its own certificate in between, set REQUESTS_CA_BUNDLE to the file that holds it."
                ) from None
            except requests.exceptions.ProxyError:
                why = "cannot be reached through the proxy that HTTPS_PROXY or HTTP_PROXY names"
            except requests.exceptions.Timeout:
                why = f"has not answered for {self.timeout[1]:g} seconds"
            except (requests.exceptions.RequestException, OSError):
                why = "cannot be reached, or breaks the connection off"
            tried = 1 if take is not None and self.bytes_received > received else tried + 1
            received = self.bytes_received
            if tried < self.tries:
                self._pause(max(wait, self.first_wait * 2.0 ** (tried - 1) * random.uniform(0.5, 1)))  # noqa: S311 - no secret
        raise FetchError(
            f"{host} {why} (asked {self.tries} times for {urlsplit(url).path}); try again later. What came so far is "
            "kept, and nothing was loaded."
        )

    def _ask_once(  # noqa: PLR0917 - called above only
        self,
        url: str,
        check: Callable[[Answer], Any],
        form: Mapping[str, str] | None,
        headers: Mapping[str, str],
        take: Callable[[bytes], object] | None,
        size: int | None,
    ) -> Any:
        with self._open(url, form, headers) as response:
            _check_status(response, url, posted=form is not None)
            answer = Answer(
                response.url or url,
                response.status_code,
                {name.lower(): value for name, value in response.headers.items()},
                b"",
            )
            if take is None:
                body = b"".join(self._pieces(response, _LONGEST_ANSWER))
                return check(Answer(answer.url, answer.status, answer.headers, body))
            if answer.status != HTTPStatus.PARTIAL_CONTENT:
                raise FetchError(
                    f"{urlsplit(answer.url).hostname} does not give parts of {urlsplit(url).path} (range requests), so "
                    "the whole of a very large file would have to come; download it by hand and use “hotspots ingest”."
                )
            result = check(answer)
            _check_span(answer, headers["Range"], url)
            for piece in self._pieces(response, size or _LONGEST_ANSWER):
                take(piece)
            return result

    def _open(self, url: str, form: Mapping[str, str] | None, headers: Mapping[str, str]) -> requests.Response:
        if self._session is None:
            import requests  # noqa: PLC0415 - as above

            self._session = requests.Session()
            self._session.headers["User-Agent"] = _AGENT
        for _ in range(_MOST_REDIRECTS):
            self._check_host(url)
            self._keep_pace()
            self.requests_made += 1
            response = self._session.request(
                "GET" if form is None else "POST",
                url,
                data=form,
                headers=dict(headers),
                stream=True,
                timeout=self.timeout,
                allow_redirects=False,
            )
            if response.status_code not in _REDIRECTS:
                return response
            to = urljoin(url, response.headers.get("Location", ""))
            response.close()
            if urlsplit(url).scheme == "https" and urlsplit(to).scheme != "https":
                raise FetchError(
                    f"{urlsplit(url).hostname} redirects to {to.partition('?')[0]}, which is not encrypted; it was "
                    "not followed."
                )
            url = to
        raise FetchError(f"{urlsplit(url).hostname} redirects without end; try again later.")

    def _check_host(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or parts.hostname not in self.hosts:
            raise FetchError(
                f"The publisher redirects to {parts.hostname or url}, which is not one of the hosts that may be asked "
                f"({', '.join(sorted(self.hosts))}); it was not followed. Add it to HOTSPOTS_FETCH_HOSTS if you "
                "trust it."
            )

    def _pieces(self, response: requests.Response, most: int) -> Iterator[bytes]:
        size = 0
        for piece in response.iter_content(_CHUNK):
            self.bytes_received += len(piece)
            size += len(piece)
            if size > most:
                raise FetchError(f"{urlsplit(response.url).hostname} sends more than was asked for; it was not kept.")
            yield piece
            self._check_stop()
        told = response.headers.get("Content-Length")
        if told is not None and told.isdigit() and "Content-Encoding" not in response.headers and size < int(told):
            raise _FaultyError("breaks answers off before their end")

    def _keep_pace(self) -> None:
        with self._lock:
            now = time.monotonic()
            wait = self._next - now
            self._next = max(now, self._next) + 1 / self.per_second
        if wait > 0:
            self._pause(wait)

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + min(seconds, _LONGEST_WAIT)
        while (left := until - time.monotonic()) > 0:
            self._check_stop()
            time.sleep(min(left, 0.2))

    def _check_stop(self) -> None:
        if self.stop():
            raise StoppedError("Paused; what has come is kept, and the next fetch goes on from there.")


class _FaultyError(Exception):
    """An answer that may be better the next time."""

    def __init__(self, why: str, wait: float = 0.0) -> None:
        super().__init__(why)
        self.why = why
        self.wait = wait


class _CompleteError(Exception):
    """Nothing is left to ask for."""


def _check_status(response: requests.Response, url: str, *, posted: bool) -> None:
    status, host, path = response.status_code, urlsplit(url).hostname, urlsplit(url).path
    if status in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
        return
    if status == HTTPStatus.PRECONDITION_FAILED:
        raise ChangedError(f"{path} changed at {host} while it was being read; fetch again.")
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        raise NotThereError(f"{host} has no {path}; check the force and the months.")
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        raise FetchError("The proxy asks for a name and a password; put them into HTTPS_PROXY, or ask its keeper.")
    if posted and status == HTTPStatus.SERVICE_UNAVAILABLE and "Retry-After" not in response.headers:
        # So does the API of police.uk answer for an area with more than 10,000 crimes.
        raise TooMuchError(f"{host} has too much to answer for {path}; ask for a smaller area.")
    if status in _AGAIN:
        raise _FaultyError(f"answers with error {status}", _read_wait(response.headers.get("Retry-After", "")))
    raise FetchError(
        f"{host} refuses {path} (status {status}); check the address in HOTSPOTS_POLICE_UK or HOTSPOTS_ONS."
    )


def _check_same(like: Mapping[str, str], answer: Answer, url: str) -> None:
    for name in ("etag", "last-modified"):
        if like.get(name) and answer.headers.get(name) and like[name] != answer.headers[name]:
            raise ChangedError(f"{urlsplit(url).path} changed while it was being read; fetch again.")
    if read_total(like) != read_total(answer.headers):
        raise ChangedError(f"{urlsplit(url).path} changed its size while it was being read; fetch again.")


def _check_span(answer: Answer, wanted: str, url: str) -> None:
    given = answer.headers.get("content-range", "").removeprefix("bytes ").partition("/")[0]
    if given != wanted.removeprefix("bytes="):
        raise FetchError(f"{urlsplit(url).hostname} sends bytes {given or 'unknown'} where {wanted} was asked for.")


def read_total(headers: Mapping[str, str]) -> int:
    """Read the size of a whole file from the headers of a part; -1 where they do not say."""
    total = headers.get("content-range", "").rpartition("/")[2]
    return int(total) if total.isdigit() else -1


def _read_wait(text: str) -> float:
    if text.isdigit():
        return float(text)
    try:
        return max((parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return 0.0
