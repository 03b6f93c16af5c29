"""A publisher on this machine: range requests, the police.uk archive and API, feature services, and every fault."""

from __future__ import annotations

import atexit
import datetime as dt
import email.utils
import functools
import hashlib
import ipaddress
import json
import random
import re
import shutil
import ssl
import tempfile
import threading
import time
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import requests
import shapely
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@functools.cache
def make_certificate() -> Path:
    """Make a key and a certificate that nobody vouches for, once a test run; both in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = Path(tempfile.mkdtemp(prefix="hotspots-certificate-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "localhost.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    return path


@dataclass
class Fault:
    """What goes wrong with requests whose path matches.

    `kind` is ``cut`` (half of the answer, then the line goes dead), ``slow``, ``status``, ``type``, ``redirect``,
    ``ranges`` (the whole file instead of a part), ``corrupt``, ``truncate`` (JSON that ends early), or ``call`` (run
    `run`, then answer well).
    """

    kind: str
    path: str = "."
    times: int = 1
    skip: int = 0
    status: int = 500
    seconds: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)
    to: str = ""
    run: Callable[[], object] | None = None


def make_tag(path: Path) -> str:
    seen = path.stat()
    return hashlib.md5(f"{seen.st_mtime_ns}{seen.st_size}".encode(), usedforsecurity=False).hexdigest()


class Publisher:
    """What the server offers, and what it was asked."""

    def __init__(self) -> None:
        self.files: dict[str, Path] = {}
        self.documents: dict[str, Any] = {}
        self.crimes: dict[str, list[dict[str, Any]]] = {}
        self.features: dict[str, dict[str, Any]] = {}
        self.page_size = 2000
        self.most_crimes = 10_000
        self.faults: list[Fault] = []
        self.asked: list[str] = []
        self.sent = 0
        self.url = ""
        self.pace = 0.0
        self.checksums: dict[str, str] = {}
        self.residents: dict[tuple[str, str], dict[str, int]] = {}
        self._lock = threading.Lock()

    def next_fault(self, path: str) -> Fault | None:
        with self._lock:
            self.asked.append(path)
            for fault in self.faults:
                if re.search(fault.path, path) and fault.times > 0:
                    if fault.skip > 0:
                        fault.skip -= 1
                        continue
                    fault.times -= 1
                    return fault
        return None

    def write_residents(self, dataset: str, values: Mapping[str, str]) -> str:
        """Write a page of residents as Nomis does; `residents` by dataset and geography hold codes and people."""
        table = self.residents.get((dataset, values["geography"]))
        if table is None:
            return "error : Cannot create query\r\n"
        year = "2022" if values["date"] == "latest" else values["date"]
        first = int(values["recordoffset"])
        page = list(table.items())[first : first + min(int(values["recordlimit"]), self.page_size)]
        lines = ['"DATE_NAME","GEOGRAPHY_CODE","OBS_VALUE","RECORD_COUNT"']
        lines += [f'"{year}","{code}",{people},{len(table)}' for code, people in page]
        return "\r\n".join([*lines, ""])

    def tag_of(self, path: str) -> str:
        """Give the ETag that the server gives for a file."""
        return make_tag(self.files[path])

    def write_archive_page(self) -> str:
        """Write the page of archives, each with the checksum that is published for it."""
        rows = "".join(
            f'<tr><td><a href="/data/archive/{name}">{name}</a></td><td>MD5: <code>{md5}</code></td></tr>'
            for name, md5 in sorted(self.checksums.items(), reverse=True)
        )
        return f"<!DOCTYPE html><html><body><table>{rows}</table></body></html>"

    def offer_archive(self, month: str, path: Path) -> None:
        self.files[f"/data/archive/{month}.zip"] = path
        months = {entry["date"] for entry in self.documents.get("/api/crimes-street-dates", [])} | {month}
        self.documents["/api/crimes-street-dates"] = [
            {"date": month, "stop-and-search": []} for month in sorted(months, reverse=True)
        ]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self._answer({key: values[0] for key, values in parse_qs(body).items()})

    def do_GET(self) -> None:
        query = urlsplit(self.path).query
        self._answer({key: values[0] for key, values in parse_qs(query).items()})

    def _answer(self, values: dict[str, str]) -> None:
        publisher = self.server.publisher
        path = urlsplit(self.path).path
        fault = publisher.next_fault(path)
        kind = fault.kind if fault else ""
        if fault and fault.run:
            fault.run()
        if fault and kind == "slow":
            time.sleep(fault.seconds)
        if fault and kind == "status":
            self._send(fault.status, b"sorry", {"Content-Type": "text/plain", **fault.headers})
            return
        if fault and kind == "redirect":
            self._send(302, b"", {"Location": fault.to})
            return
        if path in publisher.files:
            self._send_file(publisher.files[path], kind)
            return
        text = self._find_text(path, values)
        if text is not None:
            content, whole = text
            sent = whole[: len(whole) // 2 if kind == "truncate" else None].encode()
            self._send(200, sent, {"Content-Type": "text/html" if kind == "type" else content}, cut=kind == "cut")
            return
        document = self._find_document(path, values)
        if document is None:
            self._send(404, b"no", {"Content-Type": "text/plain"})
        elif isinstance(document, int):
            self._send(document, b"too much", {"Content-Type": "text/plain"})
        else:
            body = json.dumps(document).encode()
            body = body[: len(body) // 2] if kind == "truncate" else body
            kind_told = "text/html" if kind == "type" else "application/json"
            self._send(200, body, {"Content-Type": kind_told}, cut=kind == "cut")

    def _find_text(self, path: str, values: dict[str, str]) -> tuple[str, str] | None:
        publisher = self.server.publisher
        if path == "/data/archive/" and publisher.checksums:
            return "text/html; charset=utf-8", publisher.write_archive_page()
        if match := re.fullmatch(r"/nomis/dataset/(\w+)\.data\.csv", path):
            return "text/csv", publisher.write_residents(match[1], values)
        return None

    def _find_document(self, path: str, values: dict[str, str]) -> Any:
        publisher = self.server.publisher
        if path == "/api/crimes-street/all-crime":
            ring = [tuple(map(float, pair.split(","))) for pair in values["poly"].split(":")]
            area = shapely.Polygon([(lon, lat) for lat, lon in ring])
            inside = [
                crime
                for crime in publisher.crimes.get(values["date"], [])
                if area.covers(
                    shapely.Point(float(crime["location"]["longitude"]), float(crime["location"]["latitude"]))
                )
            ]
            return inside if len(inside) <= publisher.most_crimes else 503
        if match := re.fullmatch(r"/services/(.+)/FeatureServer/0/query", path):
            return self._query_features(publisher.features.get(match[1]), values)
        if path == "/services":
            return {"services": [{"name": name, "type": "FeatureServer"} for name in sorted(publisher.features)]}
        return publisher.documents.get(path)

    def _query_features(self, document: dict[str, Any] | None, values: dict[str, str]) -> Any:
        if document is None:
            return {"error": {"code": 400, "message": "Invalid URL"}}
        features = document["features"]
        if match := re.fullmatch(r"(\w+)\s*=\s*'(.*)'", values.get("where", "")):
            features = [one for one in features if str(one["properties"].get(match[1])) == match[2].replace("''", "'")]
        if "geometry" in values:
            west, south, east, north = map(float, values["geometry"].split(","))
            box = shapely.box(west, south, east, north)
            shapes = shapely.from_geojson([json.dumps(one["geometry"]) for one in features])
            features = [one for one, shape in zip(features, shapes, strict=True) if shape.intersects(box)]
        if values.get("returnCountOnly") == "true":
            return {"count": len(features)}
        first = int(values.get("resultOffset", 0))
        size = min(
            int(values.get("resultRecordCount", self.server.publisher.page_size)), self.server.publisher.page_size
        )
        page = features[first : first + size]
        more = {"exceededTransferLimit": True} if first + size < len(features) else {}
        return {"type": "FeatureCollection", "features": page, "properties": more, **more}

    def _send_file(self, path: Path, kind: str) -> None:
        seen = path.stat()
        tag = f'"{make_tag(path)}"'
        headers = {
            "ETag": tag,
            "Last-Modified": email.utils.formatdate(seen.st_mtime, usegmt=True),
            "Content-Type": "application/zip",
        }
        wanted = self.headers.get("If-Match")
        if wanted and wanted != tag:
            self._send(412, b"", headers)
            return
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        with path.open("rb") as stream:
            if match is None or kind == "ranges":
                self._send(200, stream.read(1000), headers, length=seen.st_size)
                return
            start, end = int(match[1]), min(int(match[2]) + 1, seen.st_size)
            stream.seek(start)
            body = stream.read(end - start)
        if kind == "corrupt":
            half = len(body) // 2
            body = body[:half] + bytes([body[half] ^ 0xFF]) + body[half + 1 :]
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{seen.st_size}"
        self._send(206, body, headers, cut=kind == "cut")

    def _send(
        self, status: int, body: bytes, headers: Mapping[str, str], *, cut: bool = False, length: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        half = body[: len(body) // 2] if cut else body
        pace = self.server.publisher.pace
        try:
            if pace:
                for place in range(0, len(half), 1 << 16):
                    self.wfile.write(half[place : place + (1 << 16)])
                    time.sleep(pace)
            else:
                self.wfile.write(half)
        except OSError:
            self.close_connection = True
        self.server.publisher.sent += len(half)
        if cut or length is not None:
            self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    publisher: Publisher

    def handle_error(self, *_: Any) -> None:
        pass


@contextmanager
def serve_publisher(*, encrypted: bool = False) -> Iterator[Publisher]:
    """Serve until the block ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    publisher = server.publisher = Publisher()
    if encrypted:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(make_certificate())
        server.socket = context.wrap_socket(server.socket, server_side=True)
    publisher.url = f"http{'s' if encrypted else ''}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Proxy(BaseHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.server.passed.append(self.path)
        with requests.Session() as session:
            session.trust_env = False
            headers = {name: self.headers[name] for name in ("Range", "If-Match") if name in self.headers}
            answer = session.get(self.path, headers=headers, timeout=10)
        self.send_response(answer.status_code)
        for name, value in answer.headers.items():
            if name.lower() not in {"connection", "server", "date"}:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.content)


@contextmanager
def serve_proxy() -> Iterator[tuple[str, list[str]]]:
    """Serve a proxy; give its address, and the addresses that passed through it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Proxy)
    server.passed = []
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server.passed
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def write_archive(path: Path, members: Mapping[str, bytes], *, padding: int = 0) -> Path:
    """Write an archive in the bulk layout; `padding` bytes that cannot be packed stand between the members."""
    noise = random.Random(1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(members.items()):
            archive.writestr(zipfile.ZipInfo(name, (2022, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
            if padding:
                archive.writestr(zipfile.ZipInfo(f"{name}.txt", (2022, 1, 1, 0, 0, 0)), noise.randbytes(padding))
    return path
