"""The invariants that hold after every step, each a function of the books, by its number in the specification."""

import re
from collections import Counter
from decimal import Decimal
from uuid import UUID

from models.base import CURRENCY
from models.case import CaseStatus
from models.money import FILS_PER_DINAR, Money
from models.payments.attempt import LIVE, AttemptState
from models.payments.evidence import EvidenceKind, EvidenceOutcome
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.refund import RefundState
from models.payments.review import ReviewKind
from tests.money.books import Books

_A, _K, _R = AttemptState, LedgerKind, RefundState
_AMOUNT = {"knet": "amt", "tap": "amount"}
_PROOFS = {EvidenceKind.INQUIRY, EvidenceKind.OPERATOR, EvidenceKind.SETTLEMENT_LINE}
_SAYS_NO = {EvidenceOutcome.DECLINED, EvidenceOutcome.CANCELLED, EvidenceOutcome.VOIDED}
_GONE_ON = {CaseStatus.PAID, CaseStatus.EXTENDED, CaseStatus.COMPLETED}


def i1_no_second_capture_without_its_refund(books: Books) -> None:
    """At all times: money that pays nothing is on its way back, or staff are asked about it."""
    for order in books.orders:
        captures = [each for each in books.entries_of(order) if each.kind is _K.CAPTURE and _left(books, each) > 0]
        assert sum(each.credit is LedgerAccount.ORDERS for each in captures) <= 1
        for surplus in (each for each in captures if each.credit is LedgerAccount.SUSPENSE):
            refunds = [each for each in books.refunds if each.capture_entry_id == surplus.id]
            rejected = {item.refund_id for item in books.reviews if item.kind is ReviewKind.REFUND_REJECTED}
            assert any(each.state is not _R.REJECTED or each.id in rejected for each in refunds)


def i2_a_receipt_stands_on_one_capture(books: Books) -> None:
    for receipt in (each for each in books.receipts if each.revoked_at is None):
        own = [each for each in books.entries if each.order_id == receipt.order_id]
        paying = [each for each in own if each.kind is _K.CAPTURE and each.credit is LedgerAccount.ORDERS]
        [capture] = [each for each in paying if _voided(books, each) == 0]
        assert capture.id == receipt.capture_entry_id
        assert books.attempt_of(capture).state is _A.CAPTURED


def i3_every_sum_is_the_same_to_the_fil(books: Books) -> None:
    quotes = {each.id: each for each in books.quotes}
    for receipt in books.receipts:
        [line] = [each for each in books.lines if (each.order_id, each.case_id) == (receipt.order_id, receipt.case_id)]
        assert receipt.amount_fils == line.amount_fils == quotes[line.quote_id].total_fils
        [order] = [each for each in books.orders if each.id == receipt.order_id]
        [capture] = [each for each in books.entries if each.id == receipt.capture_entry_id]
        attempt = books.attempt_of(capture)
        assert order.amount_fils == capture.amount_fils == attempt.amount_fils == attempt.captured_fils
        [evidence] = [each for each in books.evidence if each.id == capture.evidence_id]
        if evidence.kind is EvidenceKind.INQUIRY:
            assert Decimal(evidence.fields[_AMOUNT[evidence.gateway]]) * FILS_PER_DINAR == order.amount_fils
            assert evidence.fields.get("currency", CURRENCY) == CURRENCY
        assert receipt.currency == capture.currency == order.currency == quotes[line.quote_id].currency == "KWD"


def i5_nothing_is_booked_without_evidence(books: Books) -> None:
    known = {each.id for each in books.evidence}
    assert all(each.evidence_id in known for each in books.entries)


def i6_what_is_kept_ready_is_what_the_facts_say(books: Books) -> None:
    """Every entry is one sum on two accounts; the stored status is the one that the books give."""
    assert all(each.debit is not each.credit and each.amount_fils > 0 for each in books.entries)
    assert {each.id: each.status for each in books.orders} == books.derived


def i8_one_live_attempt_an_order(books: Books) -> None:
    live = Counter(each.order_id for each in books.attempts if each.state in LIVE)
    assert all(number == 1 for number in live.values())
    assert len({each.trackid for each in books.attempts}) == len(books.attempts)
    made_by_us = [each.trackid for each in books.attempts if each.gateway == "tap"]
    assert all(len(books.bank[trackid]) <= 1 for trackid in made_by_us), "one attempt, two charges"
    assert all(re.fullmatch(r"[A-Z0-9]{1,19}", each.trackid) for each in books.attempts)


def i10_no_more_goes_back_than_came(books: Books) -> None:
    for entry in (each for each in books.entries if each.kind is _K.CAPTURE):
        counted = [
            each for each in books.refunds if each.capture_entry_id == entry.id and each.state is not _R.REJECTED
        ]
        assert sum(each.amount_fils for each in counted) <= entry.amount_fils
        assert _left(books, entry) >= 0
    for line in books.payments(books.attempts):
        assert Money.parse(line["refunded"]) <= Money.parse(line["captured"] or "0.000")


def i11_one_refund_is_one_refund_at_the_bank(books: Books) -> None:
    """However often it was sent, where it may be sent again."""
    keys = Counter(key for line in books.payments(books.attempts) for key in line.get("refund_keys", ()))
    assert all(number == 1 for number in keys.values())


def i12_only_a_proof_books_money(books: Books) -> None:
    """A callback, whatever it says and under whatever key, is never one."""
    kinds: dict[UUID | None, EvidenceKind] = {each.id: each.kind for each in books.evidence}
    for step in books.steps:
        if step.entity == "payment_attempt" and step.after in {_A.CAPTURED, _A.MISMATCH, _A.CAPTURED_UNCONFIRMED}:
            assert kinds[step.evidence_id] in _PROOFS
    assert all(kinds[each.evidence_id] in _PROOFS for each in books.entries if each.kind is _K.CAPTURE)


def i14_a_case_goes_on_when_it_is_paid(books: Books) -> None:
    receipts = {each.case_id for each in books.receipts}
    orders = {line.case_id: line.order_id for line in books.lines}
    paying = {
        each.order_id for each in books.entries if each.kind is _K.CAPTURE and each.credit is LedgerAccount.ORDERS
    }
    for case in books.cases:
        assert case.status not in _GONE_ON or orders[case.id] in paying
        assert (case.status is CaseStatus.COMPLETED) <= (case.id in receipts)
        events = Counter(each.event for each in books.steps if each.entity_id == case.id)
        assert events["issue_receipt"] <= 1


def i18_time_alone_ends_nothing(books: Books) -> None:
    """What was once not known ends as declined only where the bank says no, and is never merely given up."""
    outcomes: dict[UUID | None, EvidenceOutcome] = {each.id: each.outcome for each in books.evidence}
    for attempt in books.attempts:
        unknown = False
        for step in (each for each in books.steps if each.entity_id == attempt.id):
            unknown = unknown or step.before == _A.UNKNOWN
            if unknown and step.after in {_A.DECLINED, _A.ABANDONED, _A.CANCELLED}:
                assert outcomes[step.evidence_id] in _SAYS_NO


def _left(books: Books, capture: LedgerEntry) -> int:
    done = [r.amount_fils for r in books.refunds if r.capture_entry_id == capture.id and r.state is _R.SUCCEEDED]
    return capture.amount_fils - sum(done) - _voided(books, capture)


def _voided(books: Books, capture: LedgerEntry) -> int:
    voids = [each for each in books.entries if each.kind is _K.VOID and each.gateway_ref == capture.gateway_ref]
    return sum(each.amount_fils for each in voids)


ALWAYS = (
    i1_no_second_capture_without_its_refund,
    i2_a_receipt_stands_on_one_capture,
    i3_every_sum_is_the_same_to_the_fil,
    i5_nothing_is_booked_without_evidence,
    i6_what_is_kept_ready_is_what_the_facts_say,
    i8_one_live_attempt_an_order,
    i10_no_more_goes_back_than_came,
    i11_one_refund_is_one_refund_at_the_bank,
    i12_only_a_proof_books_money,
    i14_a_case_goes_on_when_it_is_paid,
    i18_time_alone_ends_nothing,
)
