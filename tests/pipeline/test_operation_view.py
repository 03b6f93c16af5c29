"""Scorecards, curves and pace: every figure is the sum of its records, each counted once, in one phase."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotspots.pipeline.operation_view import describe_operation, draw_curves, list_kinds_shown, trace_figure
from hotspots.pipeline.operations_view import build_operations_view, list_bars, read_facts
from hotspots.settings import read_settings
from hotspots.store.ledger import ActivityFilter, list_activities, list_operations, open_ledger
from hotspots.store.ledger.timelines import count_by_month, count_by_ward, read_version, read_versions, sum_by_day
from hotspots.terms import Phase
from tests.pipeline.ledgers import (
    KINDS,
    TODAY,
    enter_activity,
    enter_operation,
    enter_target,
    enter_window,
    open_at,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hotspots.store.ledger import Ledger

START = date(2020, 10, 1)
RECORDS = st.lists(
    st.tuples(
        st.integers(0, 600), st.sampled_from(["arrests", "warrants", "cash", "patrol-hours", "safeguarding-referrals"]),
        st.integers(1, 500), st.sampled_from(["clear", "hold"]),
    ),
    max_size=25,
)  # fmt: skip


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    opened = open_at()
    yield opened
    opened.close()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=RECORDS)
def test_every_figure_equals_the_sum_of_its_records(records: list[tuple[int, str, int, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = read_settings({"HOTSPOTS_HOME": folder})
        ledger = open_ledger(home, today=lambda: TODAY)
        enter_operation(ledger)
        enter_window(ledger, phase="hold", start="1 October 2020")
        sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for days, kind, quantity, phase in records:
            day = (START + timedelta(days=days)).isoformat()
            enter_activity(ledger, date=day, kind=kind, quantity=str(quantity), phase=phase)
            sums[kind, phase] += quantity
        view = describe_operation(ledger, KINDS, "tyne")
        shown = {
            (card.metric.kind, scorecard.phase): card.metric.quantity
            for scorecard in view.scorecards
            for card in scorecard.cards
        }
        assert shown == {(kind, Phase(phase)): total for (kind, phase), total in sums.items()}
        for (kind, phase), total in shown.items():
            rows, traced = trace_figure(ledger, "tyne", kind, phase)
            assert traced == total
            card = next(
                card for one in view.scorecards if one.phase is phase for card in one.cards if card.metric.kind == kind
            )
            assert card.metric.records == len(rows)
            assert card.total.quantity == sum((sums[kind, other] for other in ("clear", "hold")), Decimal(0))
        for kind in {kind for kind, _phase in sums}:
            ends = sum((curve.values[-1] for curve in draw_curves(view.days, kind)), Decimal(0))
            assert ends == sum((total for (own, _phase), total in sums.items() if own == kind), Decimal(0))
        assert view.records == len(records)
        assert sum(one.records for one in view.months) == len(records)
        assert sum(one.records for one in view.wards) == len(records)
        ledger.close()


def test_curves_step_on_the_last_day_on_which_it_may_have_happened(ledger: Ledger) -> None:
    enter_operation(ledger)
    enter_activity(ledger, date="October 2020", quantity="2")
    enter_activity(ledger, date="20 October 2020", quantity="over 3")
    (curve,) = draw_curves(describe_operation(ledger, KINDS, "tyne").days, "arrests")
    assert curve.days == (date(2020, 10, 20), date(2020, 10, 31))
    assert curve.values == (3, 5)
    assert curve.at_least
    assert curve.phase is Phase.CLEAR


def test_score_that_does_not_add_up_keeps_its_latest_value(ledger: Ledger) -> None:
    enter_operation(ledger)
    for when, value in (("5 October 2020", "61"), ("5 October 2021", "58.5")):
        enter_activity(ledger, date=when, kind="confidence-score", quantity=value)
    view = describe_operation(ledger, KINDS, "tyne")
    card = view.scorecards[0].cards[0]
    assert card.metric.quantity == Decimal("58.5")
    assert card.total.quantity == Decimal("58.5")
    assert card.spark[0] == 61
    assert card.spark[-1] == 58.5
    (curve,) = draw_curves(view.days, "confidence-score", adds=False)
    assert curve.values == (61, Decimal("58.5"))


@pytest.mark.parametrize(
    ("quantity", "by", "state", "expected"),
    [
        ("40", "31 December 2022", "reached", None),
        ("20", "1 June 2022", "missed", None),
        ("31", "31 December 2022", "on pace", 31),
        ("30", "31 December 2022", "behind", 31),
    ],
)
def test_pace_is_even_from_the_first_day_of_the_phase(
    ledger: Ledger, quantity: str, by: str, state: str, expected: int | None
) -> None:
    enter_operation(ledger)
    enter_target(ledger, by=by)
    enter_activity(ledger, quantity=quantity)
    pace = describe_operation(ledger, KINDS, "tyne").scorecards[0].cards[0].pace
    assert pace is not None
    assert (pace.state, pace.expected) == (state, expected)
    # 638 of 822 days have gone, and 40 of them would be 31.04.
    assert pace.share == pytest.approx(int(quantity) / 40)


def test_target_without_record_or_phase_has_no_pace_but_is_shown(ledger: Ledger) -> None:
    enter_operation(ledger, clear="", started="")
    enter_target(ledger, phase="hold")
    view = describe_operation(ledger, KINDS, "tyne")
    (card,) = next(one for one in view.scorecards if one.phase is Phase.HOLD).cards
    assert card.pace is not None
    assert card.pace.state == "open"
    assert card.metric.records == 0
    assert list_kinds_shown(view) == ("arrests",)


def test_records_in_no_phase_have_a_scorecard_of_their_own(ledger: Ledger) -> None:
    enter_operation(ledger, clear="", started="1 September 2020")
    enter_activity(ledger)
    view = describe_operation(ledger, KINDS, "tyne")
    assert [one.phase for one in view.scorecards] == [*Phase, None]
    assert view.scorecards[-1].cards[0].metric.quantity == 3


def test_safeguarding_stands_beside_enforcement(ledger: Ledger) -> None:
    enter_operation(ledger)
    enter_activity(ledger)
    enter_activity(ledger, kind="modern-slavery-referrals", quantity="2")
    enter_activity(ledger, kind="patrol-hours", quantity="12.5")
    view = describe_operation(ledger, KINDS, "tyne")
    assert [one.kind for one in view.enforcement] == ["arrests"]
    assert [(one.kind, one.quantity) for one in view.safeguarding] == [("modern-slavery-referrals", 2)]


def test_open_bar_reaches_today_and_a_plan_its_own_end(ledger: Ledger) -> None:
    enter_operation(ledger)
    enter_window(ledger, phase="hold", planned_start="1 January 2023", planned_end="30 June 2023")
    view = describe_operation(ledger, KINDS, "tyne")
    clear, hold = view.bars
    assert (clear.first, clear.last, clear.open_ended, clear.planned) == (START, TODAY, True, False)
    assert (hold.first, hold.last, hold.planned) == (date(2023, 1, 1), date(2023, 6, 30), True)
    assert clear.words == "1 October 2020 to now"
    assert hold.words == "1 January 2023 to 30 June 2023 (planned)"
    assert view.now == (Phase.CLEAR,)
    assert view.weeks == (TODAY - START).days // 7
    assert list_bars((), today=TODAY) == ()


def test_glances_say_where_each_operation_stands_and_what_is_missing(ledger: Ledger) -> None:
    enter_operation(ledger, "alpha", clear="")
    enter_operation(ledger, "bravo")
    enter_operation(ledger, "charlie")
    enter_activity(ledger, "charlie")
    enter_target(ledger, "charlie", quantity="3")
    enter_operation(ledger, "delta", status="closed")
    entries = list_operations(ledger)
    facts = {entry.stored.record: read_facts(ledger, KINDS, entry) for entry in entries}
    view = build_operations_view(entries, facts, today=TODAY)
    told = {glance.code: (glance.standing, glance.next_step, glance.targets) for glance in view.glances}
    assert told == {
        "bravo": ("Clear", "Record its first activity", "–"),
        "charlie": ("Clear", "", "1 of 1"),
        "delta": ("Closed", "Record its first activity", "–"),
        "alpha": ("No phase entered", "Enter when Clear began", "–"),
    }
    assert view.glances[-1].code == "alpha"
    assert (view.active, view.activities, view.statements) == (3, 1, 0)
    assert view.find("bravo") is not None
    assert view.find("zulu") is None


def test_version_changes_with_every_change_and_only_its_operation_is_read_anew(ledger: Ledger) -> None:
    enter_operation(ledger)
    enter_operation(ledger, "wear")
    before, each = read_version(ledger), read_versions(ledger)
    enter_activity(ledger, "wear")
    assert read_version(ledger) != before
    now = read_versions(ledger)
    assert now["tyne"] == each["tyne"]
    assert now["wear"] > each["wear"]


def test_counts_by_month_ward_and_day_agree_with_the_log(ledger: Ledger) -> None:
    enter_operation(ledger)
    enter_activity(ledger, date="31 October 2020", ward_code="E05009096", quantity="2")
    enter_activity(ledger, date="1 November 2020", quantity="5")
    enter_activity(ledger, date="November 2020", kind="cash", quantity="12.50", ward_code="E05009096")
    _rows, total = list_activities(ledger, ActivityFilter(operation="tyne"))
    months = count_by_month(ledger, "tyne")
    assert total == 3
    assert [(one.month, one.records) for one in months] == [(50 * 12 + 9, 1), (50 * 12 + 10, 2)]
    wards = {(one.ward_code, one.kind): one.quantity for one in count_by_ward(ledger, "tyne")}
    assert wards == {("", "arrests"): 5, ("E05009096", "arrests"): 2, ("E05009096", "cash"): Decimal("12.5")}
    sums = sum_by_day(ledger, "arrests", ["tyne", "wear"])
    assert [(one.day, one.quantity) for one in sums] == [(date(2020, 10, 31), 2), (date(2020, 11, 1), 5)]
    assert Path(ledger.label).exists()
