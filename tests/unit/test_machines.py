"""The five machines: their tables are whole, and nothing moves but by them."""

import ast
import inspect
from enum import StrEnum
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import case, document
from models.case import CASE
from models.document import DocumentEvent, DocumentState
from models.errors import IllegalTransitionError
from models.history import Act
from models.payments import attempt, order, refund
from models.payments.attempt import ATTEMPT, LIVE, AttemptEvent, AttemptState
from models.payments.order import OrderEvent, OrderStatus
from models.payments.refund import RefundEvent, RefundState
from models.states import Machine, Party
from tests.machine_samples import AT, SAMPLES, Sample

_LATE_CAPTURE: set[StrEnum] = {AttemptEvent.HOLD_CAPTURE, AttemptEvent.CAPTURE, AttemptEvent.MISMATCH}
LATE: dict[str, dict[StrEnum, set[StrEnum]]] = {
    "document": {DocumentState.ACCEPTED: {DocumentEvent.REPLACE}},
    "attempt": {
        AttemptState.CAPTURED: {AttemptEvent.VOID},
        AttemptState.DECLINED: _LATE_CAPTURE,
        AttemptState.CANCELLED: _LATE_CAPTURE,
        AttemptState.ABANDONED: _LATE_CAPTURE | {AttemptEvent.HEAR},
        AttemptState.VOIDED: _LATE_CAPTURE,
    },
    "refund": {RefundState.SUCCEEDED: {RefundEvent.LOSE_SIGHT}},
    "order": {
        OrderStatus.PAID: {OrderEvent.REQUEST_REFUND, OrderEvent.REVIEW},
        OrderStatus.EXPIRED: {OrderEvent.REVIEW},
        OrderStatus.CANCELLED: {OrderEvent.REVIEW},
        OrderStatus.REFUNDED: {OrderEvent.REVIEW, OrderEvent.PAY, OrderEvent.REQUEST_REFUND},
    },
}
"""Settled, until somebody hands in a better paper, or money moves when nobody expects it any more."""

each = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
samples = st.sampled_from(SAMPLES)


def reachable(machine: Machine[Any, Any]) -> set[Any]:
    reached, frontier = {machine.start}, {machine.start}
    while frontier:
        frontier = {after for before, _, after in machine.edges() if before in frontier} - reached
        reached |= frontier
    return reached


@each
def test_every_status_is_in_the_table_and_can_be_reached(sample: Sample) -> None:
    in_table = {state for before, _, after in sample.machine.edges() for state in (before, after)}
    assert in_table == set(sample.states) == reachable(sample.machine)


@each
def test_every_status_says_whom_it_waits_for(sample: Sample) -> None:
    assert set(sample.machine.waits_on) == set(sample.states)
    assert set(sample.machine.waits_on.values()) <= set(Party)


@each
def test_every_event_is_used(sample: Sample) -> None:
    assert {event for _, event, _ in sample.machine.edges()} == set(sample.events)


@pytest.mark.parametrize("module", [case, document, attempt, order, refund], ids=lambda module: module.__name__)
def test_no_edge_is_written_twice(module: ModuleType) -> None:
    """Python keeps the last of two equal keys and says nothing."""
    for table in (node for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Dict)):
        keys = [ast.unparse(key) for key in table.keys if key is not None]
        assert sorted(keys) == sorted(set(keys))


def test_a_case_is_final_exactly_where_nobody_is_waited_for() -> None:
    for state, party in CASE.waits_on.items():
        assert CASE.is_final(state) == (party is Party.NOBODY), state


@each
def test_whoever_is_waited_for_can_move_it_on(sample: Sample) -> None:
    waiting = {state for state, party in sample.machine.waits_on.items() if party is not Party.NOBODY}
    assert {state for state in waiting if sample.machine.is_final(state)} == set()


@each
def test_what_is_settled_moves_only_by_the_late_events_that_are_listed(sample: Sample) -> None:
    settled = {state for state, party in sample.machine.waits_on.items() if party is Party.NOBODY}
    late = {state: set(sample.machine.events_from(state)) for state in settled}
    assert {state: events for state, events in late.items() if events} == LATE.get(sample.name, {})


def test_an_attempt_is_live_exactly_while_the_payer_or_we_are_at_it() -> None:
    """Of another sum staff decide at the order, which is under review; the attempt holds nobody up."""
    at_it = {state for state, party in ATTEMPT.waits_on.items() if party in {Party.PAYER, Party.US}}
    assert at_it == LIVE


@given(st.data())
def test_a_walk_obeys_the_table_and_never_leaves_a_final_state(data: st.DataObject) -> None:
    sample = data.draw(samples)
    edges = {(before, event): after for before, event, after in sample.machine.edges()}
    record = sample.make()
    assert sample.where(record) is sample.machine.start
    for event in data.draw(st.lists(st.sampled_from(list(sample.events)), max_size=25)):
        before = sample.where(record)
        if (before, event) in edges:
            record.apply(event, Act(actor="walker", at=AT))
            assert sample.where(record) is edges[before, event]
        else:
            with pytest.raises(IllegalTransitionError):
                record.apply(event, Act(actor="walker", at=AT))
            assert sample.where(record) is before
        assert not sample.machine.is_final(before) or sample.where(record) is before


@each
def test_an_edge_that_is_not_in_the_table_is_refused_and_changes_nothing(sample: Sample) -> None:
    edges = {(before, event) for before, event, _ in sample.machine.edges()}
    for state in sample.states:
        for event in sample.events:
            assert sample.machine.allows(state, event) == ((state, event) in edges)
            if (state, event) in edges:
                continue
            record = sample.standing_at(state)
            with pytest.raises(IllegalTransitionError, match=f"'{state.value}' does not allow '{event.value}'") as no:
                record.apply(event, Act(actor="anybody", at=AT))
            assert (no.value.state, no.value.event) == (state, event)
            assert sample.where(record) is state


@each
def test_every_move_returns_the_row_of_history_that_tells_it(sample: Sample) -> None:
    evidence = uuid4()
    act = Act(actor="staff-7", at=AT, reason="because", evidence_id=evidence)
    for before, event, after in sample.machine.edges():
        record = sample.standing_at(before)
        row = record.apply(event, act)
        assert sample.where(record) is after
        assert (row.entity, row.entity_id) == (sample.table, record.id)
        assert (row.event, row.before, row.after) == (event.value, before.value, after.value)
        assert (row.actor, row.at, row.created_at) == ("staff-7", AT, AT)
        assert (row.reason, row.evidence_id) == ("because", evidence)


@each
def test_a_new_record_stands_at_the_start(sample: Sample) -> None:
    assert sample.where(sample.make()) is sample.machine.start
    assert sample.machine.waits_on[sample.machine.start] is not Party.NOBODY
