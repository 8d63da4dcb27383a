"""Laws of the fee engine, whatever the case: sums, monotony, independence of persons."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from models.money import Money
from tests.fee_cases import case, person, quote, reasons

DAYS = st.dates(date(2016, 1, 1), date(2027, 12, 31))
ORDINARY = [17, 18, 19, 21, 23, 24, 25, 26, 27, 28, 30, 31]


@st.composite
def people(draw: st.DrawFn) -> dict[str, Any]:
    """A person that any sponsor with an article of their own may stand for."""
    facts = {"years": draw(st.integers(1, 6)), "born": "1990-05-17", "farm": draw(st.booleans())}
    if draw(st.booleans()):
        return person(draw(st.sampled_from(ORDINARY)), **facts)
    return person(22, relation=draw(st.sampled_from(["spouse", "child", "parent", "other"])), **facts)


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    on = draw(DAYS)
    persons = draw(st.lists(people(), min_size=1, max_size=4))
    for who in persons:
        if draw(st.booleans()):
            who["permit_expires"] = (on - timedelta(days=draw(st.integers(-90, 700)))).isoformat()
    return case(*persons, on=on.isoformat(), sponsor={"article": draw(st.sampled_from([17, 18, 19, 23, 24, 25, 31]))})


@given(raw=cases())
def test_total_is_the_sum_of_its_lines_and_no_line_is_negative(raw: dict[str, Any]) -> None:
    priced = quote(raw)
    assert priced.total == Money.total(line.amount for line in priced.lines)
    assert all(line.amount.fils >= 0 for line in priced.lines + priced.shown_only)


@given(raw=cases())
def test_each_person_is_priced_or_refused_never_both(raw: dict[str, Any]) -> None:
    priced = quote(raw)
    charged = {line.person for line in priced.lines}
    refused = {refusal.person for refusal in priced.refused}
    assert charged.isdisjoint(refused)
    assert charged | refused == {f"p{number}" for number in range(1, len(raw["persons"]) + 1)}
    assert charged == set(priced.periods)


@given(raw=cases())
def test_persons_cost_together_what_they_cost_alone(raw: dict[str, Any]) -> None:
    alone = [quote(raw | {"persons": [who]}).total for who in raw["persons"]]
    assert quote(raw).total == Money.total(alone)


@given(raw=cases())
def test_one_more_year_is_never_cheaper(raw: dict[str, Any]) -> None:
    longer = raw | {"persons": [who | {"years": who["years"] + 1} for who in raw["persons"]]}
    if not reasons(longer):
        assert quote(raw).total <= quote(longer).total


@given(raw=cases(), days=st.integers(0, 400))
def test_waiting_is_never_cheaper_under_the_same_price_list(raw: dict[str, Any], days: int) -> None:
    raw |= {"on": "2026-01-01"}
    later = raw | {"on": (date(2026, 1, 1) + timedelta(days=days)).isoformat()}
    if not reasons(raw) and not reasons(later):
        assert quote(raw).total <= quote(later).total


@given(raw=cases())
def test_the_same_facts_give_the_same_quote(raw: dict[str, Any]) -> None:
    assert quote(raw) == quote(raw)
