"""Roles on the command line: the account decides, and what it may not do is one line and exit code 2."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from hotspots.access import LAPTOP
from hotspots.cli import main
from hotspots.pipeline.operations import open_operations
from hotspots.settings import read_settings
from hotspots.store.ledger import list_accesses, list_activities, list_audit
from hotspots.store.ledger.reading import ActivityFilter
from tests.people import use_account, write_roles
from tests.ui.operation_pages import make_activity, make_operation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

    from hotspots.store.ledger import Ledger

ROW = "operation,date,kind,quantity\n{code},2020-11-05,arrests,4\n"


@pytest.fixture
def ledger(home: Path) -> Iterator[Ledger]:
    write_roles(home)
    opened = open_operations(read_settings()).act_as(LAPTOP)
    make_operation(opened)
    make_operation(opened, "wear", area_code="benwell")
    for code in ("coquet", "wear"):
        make_activity(opened, code)
    yield opened
    opened.close()


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def refuse(says: str, *words: object) -> None:
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert says in result.output
    assert len(result.output.strip().splitlines()) == 1


def count(ledger: Ledger) -> int:
    return len(list_audit(ledger, limit=None))


def test_a_team_changes_and_takes_out_its_own_and_no_other(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_account(monkeypatch, "team")
    monkeypatch.setenv("USER", "ada")
    before = count(ledger)
    theirs, both = tmp_path / "theirs.csv", tmp_path / "both.csv"
    theirs.write_text(ROW.format(code="wear"), encoding="utf-8")
    both.write_text(ROW.format(code="coquet") + "wear,2020-11-05,arrests,4\n", encoding="utf-8")
    for words in (("import", theirs), ("import", both), ("import", both, "--keep-good"), ("validate", theirs)):
        refuse("not among the areas of your neighbourhood team", "ops", *words)
    refuse("names you as PS 1234 Ashington", "ops", "import", both, "--by", "Ada Administrator")
    for form in ("csv", "json", "xlsx"):
        out = tmp_path / f"out.{form}"
        refuse("not among the areas", "ops", "export", "--operation", "wear", "--format", form, "--out", out)
        assert not out.exists()
    refuse("records of every area", "ops", "export")
    refuse("records of every area", "ops", "backup", tmp_path / "a.zip")
    refuse("ask an administrator", "ops", "restore", tmp_path / "a.zip", "--replace")
    refuse("ask an administrator", "audit", "export")
    assert count(ledger) == before
    own = tmp_path / "own.csv"
    own.write_text(ROW.format(code="coquet"), encoding="utf-8")
    assert run("ops", "import", own).exit_code == 0
    assert list_audit(ledger)[0].actor == "PS 1234 Ashington"
    assert "arrests" in run("ops", "export", "--operation", "coquet").output
    document = json.loads(run("ops", "export", "--operation", "coquet", "--format", "json").output)
    document["operation"]["area"] = {"name": "Benwell", "area_code": "benwell"}
    moved = tmp_path / "moved.json"
    moved.write_text(json.dumps(document), encoding="utf-8")
    refuse("Benwell is not among the areas", "ops", "import", moved)
    assert list_activities(ledger, ActivityFilter(operation="coquet"))[1] == 2


@pytest.mark.parametrize("account", ["vi", "team"])
def test_what_is_loaded_is_for_analysts(
    ledger: Ledger, account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert count(ledger)
    use_account(monkeypatch, account)
    crime = tmp_path / "2022-01-x-street.csv"
    crime.write_text("Month\n2022-01\n", encoding="utf-8")
    for words in (
        ("ingest", crime),
        ("records", crime),
        ("rollback",),
        ("refresh", "--force", "northumbria"),
        ("boundaries", "reset"),
        ("boundaries", "import", crime, "--code", "a", "--name", "b"),
        ("extract", "use", "northumbria"),
        ("fetch", "--force", "northumbria"),
        ("fetch-boundaries", "--force", "northumbria"),
    ):
        refuse("may not change what is loaded; ask an analyst", *words)
    assert not (read_settings().home / "incidents").exists()


def test_an_evaluation_by_command_is_written_down(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotspots.pipeline.impact_operation.assess_operation", lambda *_, **__: None)
    monkeypatch.setattr("hotspots.pipeline.impact_text.write_text", lambda _impact: "")
    use_account(monkeypatch, "vi")
    assert run("impact", "--operation", "Coquet").exit_code == 0
    assert [(line.person, line.subject) for line in list_accesses(ledger)] == [("Vi Viewer", "operation/coquet/impact")]


def test_who_has_no_role_gets_nothing(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    assert count(ledger)
    for account in ("nobody", "gone"):
        use_account(monkeypatch, account)
        refuse(f"The account “{account}” of this machine has no role here", "ops", "list")
        refuse("has no role here", "audit", "roles")


def test_an_administrator_reads_who_took_what(ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert count(ledger)
    use_account(monkeypatch, "team")
    assert run("ops", "export", "--operation", "coquet").exit_code == 0
    use_account(monkeypatch, "ada")
    lines = json.loads(run("audit", "export", "--format", "json").output)["accesses"]
    assert [(line["person"], line["action"], line["subject"], line["route"]) for line in lines] == [
        ("PS 1234 Ashington", "export", "operation/coquet/csv", "command")
    ]
    out = tmp_path / "accesses.csv"
    assert run("audit", "export", "--out", out).exit_code == 0
    assert out.read_text(encoding="utf-8").splitlines()[-1].split(",")[2:6] == [
        "Ada Administrator", "administrator", "export", "audit/accesses"
    ]  # fmt: skip
    roles = json.loads(run("audit", "roles", "--json").output)
    assert [one["role"] for one in roles["people"]] == ["viewer", "neighbourhood", "analyst", "administrator", "none"]


def test_secrets_come_from_the_environment_and_stay_with_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "secrets.toml"
    refuse("Sign-in needs HOTSPOTS_OIDC_METADATA_URL", "sign-in", "--out", out)
    values = {
        "HOTSPOTS_OIDC_METADATA_URL": "https://id.force.example/.well-known/openid-configuration",
        "HOTSPOTS_OIDC_CLIENT_ID": "hotspots",
        "HOTSPOTS_OIDC_CLIENT_SECRET": 'a"b\\c\u00e9',
        "HOTSPOTS_OIDC_REDIRECT_URI": "https://hotspots.force.example/oauth2callback",
        "HOTSPOTS_COOKIE_SECRET": "x" * 32,
    }
    for variable, value in values.items():
        monkeypatch.setenv(variable, value)
    assert run("sign-in", "--out", out).exit_code == 0
    assert out.stat().st_mode & 0o077 == 0
    section = tomllib.loads(out.read_text(encoding="utf-8"))["auth"]
    assert section["client_secret"] == values["HOTSPOTS_OIDC_CLIENT_SECRET"]
    assert read_settings().sign_in
    for variable, value, says in (
        ("HOTSPOTS_COOKIE_SECRET", "short", "fewer than 32 characters"),
        ("HOTSPOTS_OIDC_METADATA_URL", "http://id.force.example/x", "does not begin with https"),
        ("HOTSPOTS_OIDC_REDIRECT_URI", "https://hotspots.force.example/", "does not end in /oauth2callback"),
        ("HOTSPOTS_OIDC_CLIENT_SECRET", "a\x07", "control character"),
    ):
        monkeypatch.setenv(variable, value)
        refuse(says, "sign-in", "--out", tmp_path / "other.toml")
        assert value not in run("sign-in", "--out", tmp_path / "other.toml").output
        monkeypatch.setenv(variable, values[variable])
    monkeypatch.setenv("HOTSPOTS_SIGN_IN", "none")
    refuse("unset one of them", "ops", "list")
