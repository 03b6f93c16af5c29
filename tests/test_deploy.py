"""What deploy/ says fits the program and itself: ports, limits, headers, and the parts that the wheel is made of."""

from __future__ import annotations

import re
import tomllib

from hotspots.settings import read_settings
from hotspots.ui.web_headers import FIXED
from tests.conftest import ROOT

NGINX = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
UNIT = (ROOT / "deploy" / "hotspots@.service").read_text(encoding="utf-8")
CONTAINER = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")


def test_each_process_of_the_proxy_has_its_ring() -> None:
    named = dict(re.findall(r"^    (\d+)\s+(hotspots_\d+);", NGINX, re.MULTILINE))
    rings = {
        name: re.findall(r"server 127\.0\.0\.1:(\d+)( backup)?", body.replace(" max_fails=1 fail_timeout=5s", ""))
        for name, body in re.findall(r"^upstream (\w+) \{(.*?)^\}", NGINX, re.MULTILINE | re.DOTALL)
    }
    assert {port for port, _ in rings.pop("hotspots_any")} == set(named)
    assert set(rings) == set(named.values())
    for port, name in named.items():
        (first, own), (second, backup) = rings[name]
        assert (first, own, backup) == (port, "", " backup")
        assert second in set(named) - {port}


def test_the_proxy_keeps_visits_whole_and_sets_no_header_that_the_program_sets() -> None:
    assert "proxy_pass http://$hotspots_process;" in NGINX[NGINX.index("/_stcore/stream") :]
    assert "error_log /var/log/nginx/hotspots-error.log crit;" in NGINX, "lesser errors quote whole addresses"
    assert "$request_uri" not in NGINX[NGINX.index("log_format") : NGINX.index("server {")]
    added = {name.lower() for name in re.findall(r"add_header (\S+)", NGINX)}
    assert added == {"strict-transport-security", "set-cookie"}
    assert not added & {name.lower() for name in FIXED}
    servers = NGINX[NGINX.index("server {") :]
    assert not any("add_header" in location for location in re.findall(r"location [^{]+\{(.*?)\}", servers, re.DOTALL))


def test_the_proxy_takes_a_little_more_than_a_page() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    (taken,) = re.findall(r"client_max_body_size (\d+)m;", NGINX)
    page = read_settings({}).page_upload_bytes
    assert page <= config["server"]["maxUploadSize"] * 2**20 < int(taken) * 2**20 < 1.2 * page


def test_the_unit_refuses_calls_instead_of_killing() -> None:
    assert "SystemCallErrorNumber=EPERM" in UNIT
    assert "--port %i" in UNIT
    assert "Environment=HOTSPOTS_HOME=/var/lib/hotspots " in UNIT
    assert "StateDirectory=hotspots\n" in UNIT


def test_the_image_gets_every_part_of_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {part.split("/")[0] for part in [*wheel["packages"], *wheel["force-include"]]}
    copied = {part for line in re.findall(r"^COPY (?!--)(.+)$", CONTAINER, re.MULTILINE) for part in line.split()[:-1]}
    assert needed | {"pyproject.toml", "constraints.txt", project["project"]["readme"]} <= copied
    assert all((ROOT / part).exists() for part in copied)
