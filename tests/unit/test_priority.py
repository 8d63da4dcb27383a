"""The order of the queue: what another day costs, then the end of the permit, persons, age; stored so that it holds."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.money import Money
from models.priority import Rank, Waiting, in_words, rank, urgency
from models.rules.book import rule_book

TODAY = date(2026, 11, 23)
FINES = rule_book().fees.fines


def worker(days: int | None, *, article: int = 18) -> Waiting:
    """A person whose permit ends in so many days; below zero: it has ended."""
    return Waiting(article, None if days is None else TODAY + timedelta(days=days))


def cost(*persons: Waiting) -> int:
    return -urgency(persons, FINES, on=TODAY).saved


@pytest.mark.parametrize(
    ("days", "fils"),
    [(1, 0), (0, 2000), (-1, 2000), (-29, 2000), (-30, 4000), (-314, 4000), (-315, 0), (-900, 0), (None, 0)],
)
def test_another_day_costs_what_the_fine_grows_by(days: int | None, fils: int) -> None:
    """30 days at KD 2, then KD 4, and KD 1200 at most: the cap is owed on the 315th day."""
    assert cost(worker(days)) == fils


def test_fines_of_all_persons_count_together_and_one_at_its_cap_no_more() -> None:
    assert cost(worker(-5), worker(-40), worker(-900), worker(20)) == 6000


def test_a_domestic_workers_fine_has_its_own_rate_and_cap() -> None:
    assert [cost(worker(days, article=20)) for days in (-40, -299, -300)] == [2000, 2000, 0]


def test_an_article_that_the_rule_book_does_not_know_costs_nothing_and_stops_nobody() -> None:
    assert urgency([worker(-40, article=99)], FINES, on=TODAY) == (0, 0, 0, -1)


def test_the_promised_order() -> None:
    expected: list[Sequence[Waiting]] = [
        [worker(-40), worker(-40)],  # KD 8 a day
        [worker(-40)],  # KD 4 a day
        [worker(-5), worker(9), worker(9)],  # KD 2 a day, three persons
        [worker(-5)],  # KD 2 a day, one person
        [worker(None), worker(None)],  # not known yet: nobody may be forgotten for that
        [worker(None)],
        [worker(-900)],  # the cap is reached: another day costs nothing
        [worker(1)],
        [worker(2), worker(7)],
        [worker(2)],
        [worker(60)],
    ]
    assert sorted(expected, key=lambda each: urgency(each, FINES, on=TODAY)) == expected


persons = st.builds(
    Waiting,
    st.sampled_from([17, 18, 20, 22, 99]),
    st.none() | st.integers(-700, 120).map(lambda days: date(2024, 12, 20) + timedelta(days=days)),
)
groups = st.lists(persons, min_size=1, max_size=4)


def brought_up_to_date(kept: Rank, group: Sequence[Waiting], *, on: date) -> Rank:
    """As `rank_again` does: only those whose day has come are looked at."""
    return rank(group, FINES, on=on) if kept.again_on is not None and kept.again_on <= on else kept


@settings(max_examples=400, deadline=None)
@given(st.lists(groups, min_size=2, max_size=8), st.lists(st.integers(0, 120), min_size=1, max_size=4))
def test_on_every_day_the_stored_keys_give_the_order_of_the_rule(cases: list[list[Waiting]], steps: list[int]) -> None:
    """Around the day on which the law changed, so that rates change under running fines too."""
    day = date(2024, 12, 20)
    kept = [rank(group, FINES, on=day) for group in cases]
    for step in steps:
        day += timedelta(days=step)
        kept = [brought_up_to_date(each, group, on=day) for each, group in zip(kept, cases, strict=True)]
        by_rule = sorted(range(len(cases)), key=lambda at: (urgency(cases[at], FINES, on=day), at))
        by_key = sorted(range(len(cases)), key=lambda at: (kept[at].key, at))
        assert by_key == by_rule


@given(persons, st.integers(0, 400))
def test_a_person_is_looked_at_a_few_times_and_not_every_day(person: Waiting, days: int) -> None:
    day, kept, looks = date(2025, 1, 5), rank([person], FINES, on=date(2025, 1, 5)), 0
    for _ in range(days):
        day += timedelta(days=1)
        again = brought_up_to_date(kept, [person], on=day)
        looks += again is not kept
        kept = again
    assert looks <= 5


def test_the_place_is_explained_in_a_few_words() -> None:
    def said(*group: Waiting) -> str:
        made = rank(group, FINES, on=TODAY)
        return in_words(made.key, made.expires, on=TODAY)

    assert said(worker(-40)) == f"each day costs {Money(4000).english}: the permit ended 40 days ago"
    assert said(worker(0)) == f"each day costs {Money(2000).english}: the permit ends today"
    assert said(worker(-900)) == "the fine is at its cap: the permit ended 900 days ago"
    assert said(worker(1)) == "the permit ends in 1 day"
    assert said(worker(None)) == "the permit's last day is not known yet"
