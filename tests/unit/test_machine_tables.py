"""The money machines' tables, written out a second time: whoever changes an edge says so here too."""

from enum import StrEnum
from typing import Any

import pytest

from models.payments.attempt import ATTEMPT, LIVE, AttemptEvent, AttemptState
from models.payments.order import ORDER, OrderEvent, OrderStatus
from models.payments.refund import REFUND, RefundEvent, RefundState
from models.states import Machine

# Rows by state, columns by event; in the last columns, whom the state waits for, and whether it holds the order.
ATTEMPTS = """
state      redirect   hear      hold_capture capture  decline  cancel    abandon   lose_sight void   mismatch | waits  live
created    redirected verifying held         captured declined -         abandoned -          voided mismatch | payer  yes
redirected -          verifying held         captured declined cancelled abandoned unknown    voided mismatch | payer  yes
verifying  -          -         held         captured declined cancelled abandoned unknown    voided mismatch | us     yes
held       -          -         -            captured -        -         -         -          voided mismatch | us     yes
unknown    -          verifying held         captured declined cancelled -         -          voided mismatch | us     yes
captured   -          -         -            -        -        -         -         -          voided -        | nobody no
declined   -          -         held         captured -        -         -         -          -      mismatch | nobody no
cancelled  -          -         held         captured -        -         -         -          -      mismatch | nobody no
abandoned  -          verifying held         captured -        -         -         -          -      mismatch | nobody no
voided     -          -         held         captured -        -         -         -          -      mismatch | nobody no
mismatch   -          -         -            -        -        -         -         -          voided -        | staff  no
"""  # noqa: E501 - a table

ORDERS = """
state          start       reopen pay  expire  cancel    review request_refund refund   | waits
open           in_progress -      paid expired cancelled review -              -        | payer
in_progress    -           open   paid -       -         review -              -        | payer
paid           -           -      -    -       -         review refund_pending -        | nobody
refund_pending -           -      paid -       -         review -              refunded | us
refunded       -           -      paid -       -         review refund_pending -        | nobody
expired        -           -      -    -       -         review -              -        | nobody
cancelled      -           -      -    -       -         review -              -        | nobody
review         in_progress open   paid expired cancelled -      refund_pending refunded | staff
"""

REFUNDS = """
state      approve  submit     succeed   reject   lose_sight hand_back | waits
requested  approved -          -         rejected -          -         | staff
approved   -        submitting -         rejected -          -         | us
submitting -        -          succeeded rejected unknown    approved  | us
unknown    -        -          succeeded rejected -          -         | staff
succeeded  -        -          -         -        unknown    -         | nobody
rejected   -        -          -         -        -          -         | nobody
"""

MONEY = [
    pytest.param(ATTEMPTS, ATTEMPT, AttemptState, AttemptEvent, id="attempt"),
    pytest.param(ORDERS, ORDER, OrderStatus, OrderEvent, id="order"),
    pytest.param(REFUNDS, REFUND, RefundState, RefundEvent, id="refund"),
]
_SHORT = {"held": AttemptState.CAPTURED_UNCONFIRMED.value}


def rows(table: str) -> tuple[list[str], list[tuple[str, list[str], list[str]]]]:
    """The events' names, and of each state its name, where the events lead, and the columns after the bar."""
    heading, *lines = table.strip().splitlines()
    events = heading.partition("|")[0].split()[1:]
    found = []
    for line in lines:
        left, _, right = line.partition("|")
        state, *cells = [_SHORT.get(word, word) for word in left.split()]
        assert len(cells) == len(events), line
        found.append((state, cells, right.split()))
    return events, found


@pytest.mark.parametrize(("table", "machine", "states", "events"), MONEY)
def test_the_machine_moves_as_the_table_says(
    table: str, machine: Machine[Any, Any], states: type[StrEnum], events: type[StrEnum]
) -> None:
    names, found = rows(table)
    assert sorted(names) == sorted(events)
    assert sorted(state for state, _, _ in found) == sorted(states)
    written = {
        (state, event, after)
        for state, cells, _ in found
        for event, after in zip(names, cells, strict=True)
        if after != "-"
    }
    assert {(before.value, event.value, after.value) for before, event, after in machine.edges()} == written


@pytest.mark.parametrize(("table", "machine", "states", "events"), MONEY)
def test_the_machine_waits_for_whom_the_table_says_and_starts_at_its_first_row(
    table: str, machine: Machine[Any, Any], states: type[StrEnum], events: type[StrEnum]
) -> None:
    _, found = rows(table)
    assert {state.value: party.value for state, party in machine.waits_on.items()} == {
        state: waits for state, _, (waits, *_) in found
    }
    assert machine.start is states(found[0][0])
    assert all(set(machine.events_from(states(state))) <= set(events) for state, _, _ in found)


def test_the_attempts_that_hold_their_order_are_those_that_the_table_says() -> None:
    assert {state.value for state in LIVE} == {state for state, _, (_, live) in rows(ATTEMPTS)[1] if live == "yes"}
