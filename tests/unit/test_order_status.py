"""What an order's status is, for every picture of its attempts, money and questions; the machine can always follow."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.payments.order import ORDER, OrderEvent, OrderStatus
from models.payments.order_status import EVENT_TO, OrderFacts, derive

_S = OrderStatus

# Amounts in fils; `*` is everything that may stand there.
STATUS = """
in_review paid refunded refunding live closed_as | status
yes       *    *        *         *    *         | review
no        10   0        0         *    *         | paid
no        10   9        0         *    *         | paid
no        10   0        9         *    *         | paid
no        10   4        5         *    *         | paid
no        10   4        6         *    *         | refund_pending
no        10   0        10        *    *         | refund_pending
no        10   9        10        *    *         | refund_pending
no        10   10       0         *    *         | refunded
no        10   11       0         *    *         | refunded
no        10   10       10        *    *         | refunded
no        1    0        0         *    *         | paid
no        0    *        *         *    expired   | expired
no        0    *        *         *    cancelled | cancelled
no        0    *        *         yes  -         | in_progress
no        0    *        *         no   -         | open
"""
ANY = {
    "paid": ["0", "1", "10"],
    "refunded": ["0", "10"],
    "refunding": ["0", "10"],
    "live": ["yes", "no"],
    "closed_as": ["-", "expired", "cancelled"],
}


def pictures() -> list[tuple[OrderFacts, OrderStatus]]:
    heading, *rows = [line.replace("|", "").split() for line in STATUS.strip().splitlines()]
    found = []
    for *cells, status in rows:
        choices = [ANY[name] if cell == "*" else [cell] for name, cell in zip(heading, cells, strict=False)]
        found += [(_facts(each), _S(status)) for each in product(*choices)]
    return found


def _facts(row: tuple[str, ...]) -> OrderFacts:
    in_review, paid, refunded, refunding, live, closed_as = row
    return OrderFacts(
        in_review=in_review == "yes",
        paid_fils=int(paid),
        refunded_fils=int(refunded),
        refunding_fils=int(refunding),
        has_live_attempt=live == "yes",
        closed_as=None if closed_as == "-" else _S(closed_as),
    )


@pytest.mark.parametrize(("facts", "status"), pictures())
def test_the_status_is_what_the_table_says(facts: OrderFacts, status: OrderStatus) -> None:
    assert derive(facts) is status


def test_every_status_has_its_event_and_every_edge_to_it_is_by_that_event() -> None:
    words = {status.value: event.value for status, event in EVENT_TO.items()}
    assert words == {
        "open": "reopen",
        "in_progress": "start",
        "paid": "pay",
        "refund_pending": "request_refund",
        "refunded": "refund",
        "expired": "expire",
        "cancelled": "cancel",
        "review": "review",
    }
    assert {(after, event) for _, event, after in ORDER.edges()} == set(EVENT_TO.items())


def news(facts: OrderFacts, word: str) -> OrderFacts:  # noqa: C901, PLR0911 - one line for each
    """The picture after one piece of news, as the books and the work list are kept; the same one if it cannot come."""
    left = facts.paid_fils - facts.refunded_fils - facts.refunding_fils
    status = derive(facts)
    match word:
        case "payer starts" if status is _S.OPEN:
            return replace(facts, has_live_attempt=True)
        case "late news":
            return replace(facts, has_live_attempt=True)
        case "comes to nothing":
            return replace(facts, has_live_attempt=False)
        case "captured":  # it pays what nobody paid; of an order that is paid or closed it is surplus
            owed = facts.paid_fils == 0 and facts.closed_as is None
            return replace(facts, has_live_attempt=False, paid_fils=10 if owed else facts.paid_fils)
        case "taken back by the bank" if facts.paid_fils:
            return replace(facts, paid_fils=facts.refunded_fils, refunding_fils=0, in_review=True)
        case "refund of a share" | "refund of all" if left > 0:
            return replace(facts, refunding_fils=facts.refunding_fils + (left if word.endswith("all") else 1))
        case "refund done":
            return replace(facts, refunded_fils=facts.refunded_fils + facts.refunding_fils, refunding_fils=0)
        case "refund rejected":
            return replace(facts, refunding_fils=0)
        case "refund that is not ours" if left > 0:
            return replace(facts, refunded_fils=facts.refunded_fils + left, in_review=True)
        case "question" | "answered":
            return replace(facts, in_review=word == "question")
        case "expired" | "cancelled" if status is _S.OPEN:
            return replace(facts, closed_as=_S(word))
    return facts


NEWS = [
    "payer starts", "late news", "comes to nothing", "captured", "taken back by the bank", "refund of a share",
    "refund of all", "refund done", "refund rejected", "refund that is not ours", "question", "answered", "expired",
    "cancelled",
]  # fmt: skip


@given(st.lists(st.sampled_from(NEWS), max_size=30))
def test_the_machine_follows_wherever_the_facts_lead(story: list[str]) -> None:
    """Also where an order was closed, and one of its attempts is looked into again."""
    facts = OrderFacts(
        has_live_attempt=False, paid_fils=0, refunded_fils=0, refunding_fils=0, in_review=False, closed_as=None
    )
    for word in story:
        before, facts = facts, news(facts, word)
        old, new = derive(before), derive(facts)
        assert old is new or ORDER.allows(old, EVENT_TO[new]), (word, old, new)


@pytest.mark.parametrize("closed_as", [_S.EXPIRED, _S.CANCELLED])
@pytest.mark.parametrize("live", [True, False])
def test_a_closed_order_stays_closed_while_late_news_are_looked_into(closed_as: OrderStatus, *, live: bool) -> None:
    facts = OrderFacts(
        has_live_attempt=live, paid_fils=0, refunded_fils=0, refunding_fils=0, in_review=False, closed_as=closed_as
    )
    assert derive(facts) is closed_as
    assert not ORDER.allows(closed_as, OrderEvent.START)
