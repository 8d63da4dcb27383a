"""The receipt: numbered without gap, only for money that came, issued once and never changed."""

from functools import partial
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from infra.errors import TransientError
from models.case import CaseStatus
from models.payments.evidence import EvidenceKind, EvidenceOutcome, GatewayEvidence
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.order import OrderLine
from models.receipt import Receipt
from tests.racing import at_once
from tests.world import World

_S = CaseStatus
ORDERS, SUSPENSE = LedgerAccount.ORDERS, LedgerAccount.SUSPENSE


def test_receipt_is_the_paper_that_was_stored(world: World) -> None:
    world.pool.prints = True
    case_id = world.at(_S.COMPLETED)
    [receipt] = world.rows(Receipt, case_id=case_id)
    assert receipt.object_key is not None
    assert receipt.sha256 is not None
    paper = world.store.get(receipt.object_key, sha256=receipt.sha256)
    assert (paper[:5], len(paper)) == (b"%PDF-", receipt.size)
    assert receipt.number == "RC-2026-000001"


@pytest.mark.parametrize("size", [1, 3])
def test_each_case_has_a_receipt_over_its_own_share(world: World, size: int) -> None:
    cases = world.submitted(world.company(*(world.person() for _ in range(size))))
    world.release()
    for case_id in cases:
        world.run(case_id)
    world.pay(cases[0])
    assert {world.run(case_id) for case_id in cases} == {_S.COMPLETED}
    receipts = world.rows(Receipt)
    shares = {line.case_id: line.amount_fils for line in world.rows(OrderLine)}
    assert {each.case_id: each.amount_fils for each in receipts} == shares
    assert sum(each.amount_fils for each in receipts) == world.order(cases[0]).amount_fils
    assert len({each.capture_entry_id for each in receipts}) == 1


def test_two_receipts_at_once_have_two_numbers_without_a_gap(world: World) -> None:
    cases = [world.at(_S.EXTENDED) for _ in range(3)]
    assert at_once(*(partial(world.step, case_id) for case_id in cases)) == [_S.COMPLETED] * 3
    assert sorted(each.number for each in world.rows(Receipt)) == [f"RC-2026-{count:06d}" for count in (1, 2, 3)]


def test_same_receipt_at_once_is_issued_once(world: World) -> None:
    case_id = world.at(_S.EXTENDED)
    assert at_once(*[partial(world.step, case_id)] * 2) == [_S.COMPLETED] * 2
    assert len(world.rows(Receipt)) == len(world.store.keys("receipts")) == 1
    assert world.history(world.case(case_id))[-2:] == ["extend", "issue_receipt"]


def test_numbers_begin_anew_with_the_year_in_kuwait(world: World) -> None:
    world.at(_S.COMPLETED)
    case_id = world.at(_S.EXTENDED)
    world.clock.at = world.clock.at.replace(month=12, day=31, hour=21, minute=30)
    world.step(case_id)
    assert [each.number for each in world.rows(Receipt)] == ["RC-2026-000001", "RC-2027-000001"]


def test_rerun_after_the_store_failed_keeps_the_number(world: World) -> None:
    case_id = world.at(_S.EXTENDED)
    world.store.writes_left = 0
    with pytest.raises(TransientError):
        world.step(case_id)
    [numbered] = world.rows(Receipt)
    assert numbered.object_key is None
    world.store.writes_left = None
    world.clock.advance(hours=3)
    assert world.step(case_id) is _S.COMPLETED
    [issued] = world.rows(Receipt)
    assert (issued.number, issued.issued_at) == (numbered.number, numbered.issued_at)


def forge(world: World, case_id: UUID, **false: object) -> None:
    order = world.order(case_id)
    [entry] = world.rows(LedgerEntry, order_id=order.id, credit=ORDERS) or [None]
    true = {
        "created_at": world.clock(),
        "case_id": case_id,
        "order_id": order.id,
        "capture_entry_id": entry.id if entry else UUID(int=0),
        "number": "RC-2026-999999",
        "amount_fils": order.amount_fils,
        "issued_at": world.clock(),
    }
    with world.session() as session:
        session.add(Receipt(**(true | false)))


def test_receipt_without_money_is_refused_by_the_database(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    with pytest.raises(IntegrityError, match="no captured money"):
        forge(world, case_id)


def test_receipt_over_another_amount_is_refused_by_the_database(world: World) -> None:
    case_id = world.at(_S.PAID)
    with pytest.raises(IntegrityError, match="amount differs"):
        forge(world, case_id, amount_fils=world.order(case_id).amount_fils - 1)


@pytest.mark.parametrize(("kind", "credit"), [(LedgerKind.REFUND, ORDERS), (LedgerKind.CAPTURE, SUSPENSE)])
def test_receipt_for_money_that_pays_nothing_is_refused_by_the_database(
    world: World, kind: LedgerKind, credit: LedgerAccount
) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    order = world.order(case_id)
    proof = GatewayEvidence(
        created_at=world.clock(),
        received_at=world.clock(),
        gateway="knet",
        kind=EvidenceKind.INQUIRY,
        outcome=EvidenceOutcome.CAPTURED,
        raw=b"",
        digest="1",
    )
    entry = LedgerEntry(
        created_at=world.clock(),
        order_id=order.id,
        kind=kind,
        debit=LedgerAccount.GATEWAY,
        credit=credit,
        amount_fils=order.amount_fils,
        booked_on=world.today,
        gateway="knet",
        gateway_ref="1",
        evidence_id=proof.id,
    )
    with world.session() as session:
        session.add(proof)
        session.flush()
        session.add(entry)
    with pytest.raises(IntegrityError, match="no captured money"):
        forge(world, case_id, capture_entry_id=entry.id)


def test_second_receipt_of_a_case_is_refused_by_the_database(world: World) -> None:
    case_id = world.at(_S.COMPLETED)
    with pytest.raises(IntegrityError, match="case_id"):
        forge(world, case_id)
