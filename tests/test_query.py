"""A query survives its address, and equal selections are equal queries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.errors import InputError
from hotspots.query import CELL_SHAPES, GEOGRAPHIES, MAX_BANDWIDTH, MAX_EPS, PANELS, Query, Weights
from hotspots.terms import CRIME_TYPES, LENSES, METRICS, OUTCOME_GROUPS, slug

weights = st.lists(st.floats(0, 1000, allow_subnormal=False), min_size=5, max_size=5).filter(lambda w: sum(w) > 0)


@st.composite
def queries(draw: st.DrawFn) -> Query:
    first, last = sorted((draw(st.integers(0, 2000)), draw(st.integers(0, 2000))))
    return Query(
        month_from=draw(st.sampled_from([None, first])),
        month_to=draw(st.sampled_from([None, last])),
        lens=draw(st.sampled_from([lens.code for lens in LENSES])),
        types=tuple(draw(st.lists(st.sampled_from([crime_type.code for crime_type in CRIME_TYPES])))),
        outcomes=tuple(draw(st.lists(st.sampled_from([slug(name) for name in OUTCOME_GROUPS])))),
        by=draw(st.sampled_from(GEOGRAPHIES)),
        area=draw(st.sampled_from(["", "ashington", "E05009096"])),
        show=draw(st.sampled_from([metric.code for metric in METRICS])),
        eps=draw(st.none() | st.floats(1e-3, MAX_EPS)),
        min_samples=draw(st.none() | st.integers(1, 10**6)),
        weights=Weights(*draw(weights)),
        cell=draw(st.none() | st.floats(50, 5000)),
        cell_shape=draw(st.sampled_from(CELL_SHAPES)),
        bandwidth=draw(st.none() | st.floats(1e-3, MAX_BANDWIDTH)),
        panels=tuple(draw(st.lists(st.sampled_from(PANELS), min_size=1, max_size=2, unique=True))),
        operation=draw(st.sampled_from(["", "momentum"])),
        measure=draw(st.sampled_from(["", "violence", "harm"])),
        start=draw(st.none() | st.integers(0, 2000)),
        template=draw(st.sampled_from(["", "daily-tasking"])),
        sections=draw(st.sampled_from([(), ("map", "-trend"), ("trend",)])),
    )


@given(queries())
def test_a_query_survives_its_address(query: Query) -> None:
    params = query.to_params()
    assert Query.from_params(params) == query
    assert all(isinstance(value, str) and value for value in params.values())


def test_the_default_query_needs_no_address() -> None:
    assert Query().to_params() == {}
    assert Query.from_params({}) == Query()
    assert Query.from_params({"utm_source": "mail", "from": "", "eps": ""}) == Query()


def test_equal_selections_are_equal_queries() -> None:
    assert Query(types=("drugs", "burglary", "drugs")) == Query(types=("burglary", "drugs"))
    assert hash(Query(types=("drugs", "burglary"))) == hash(Query(types=("burglary", "drugs")))


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"from": "2022-13"}, "not a month"),
        ({"from": "2023-01", "to": "2022-01"}, "swap the two"),
        ({"start": "March"}, "not a month"),
        ({"lens": "violense"}, "Did you mean violence"),
        ({"by": "parish"}, "not a geography"),
        ({"show": "scores"}, "Did you mean score"),
        ({"eps": "-150"}, "above 0"),
        ({"cell": "10"}, "50 to 5000 metres"),
        ({"cell": "wide"}, "number of metres"),
        ({"shape": "round"}, "not a shape of cells"),
        ({"bandwidth": "0"}, "above 0"),
        ({"panels": "tarot"}, "not a method of this page"),
        ({"panels": "cells,cells"}, "two different ones"),
        ({"panels": "surface,cells,emerging"}, "one or two"),
        ({"eps": "nan"}, "above 0"),
        ({"eps": "inf"}, "above 0"),
        ({"eps": "wide"}, "number of metres"),
        ({"min": "0"}, "1 or more"),
        ({"min": "2.5"}, "whole number"),
        ({"weights": "rate=-1"}, "zero or more"),
        ({"weights": "rate=0"}, "All score weights are zero"),
        ({"weights": "speed=1"}, "not a part of the score"),
        ({"weights": "rate=much"}, "not a weight"),
        ({"weights": "rate=inf"}, "zero or more"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(params: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Query.from_params(params)


@given(weights)
def test_shares_sum_to_one_and_keep_their_proportions(values: list[float]) -> None:
    chosen = Weights(*values)
    assert sum(chosen.shares) == pytest.approx(1)
    largest = max(range(5), key=lambda part: values[part])
    assert chosen.shares[largest] == max(chosen.shares)
