"""Writing the ledger: a capture, a capture of another sum, a capture that was taken back, a refund."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, select

from infra.clock import kuwait_date
from infra.database import all_of, fetch, locked
from models.history import Act
from models.payments.attempt import PaymentAttempt
from models.payments.checks import PaymentTerms
from models.payments.evidence import GatewayEvidence
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.order import PaymentOrder
from models.payments.refund import Refund, RefundEvent, RefundState
from models.receipt import Receipt, Revoked

MACHINE_ACTOR = "machine"
_A = LedgerAccount


def book_capture(
    session: Session, order: PaymentOrder, attempt: PaymentAttempt, *, act: Act, terms: PaymentTerms
) -> None:
    """Money that pays the order goes to ORDERS. What comes when nothing is owed is surplus: it goes back in full."""
    pays = order.closed_as is None and paid_fils(session, order.id) == 0
    entry = _entry(order.id, attempt, LedgerKind.CAPTURE, fils=attempt.amount_fils, act=act)
    entry.debit, entry.credit = _A.GATEWAY, _A.ORDERS if pays else _A.SUSPENSE
    _keep_unique(session, entry, attempt)
    session.add(entry)
    session.flush()
    if not pays:
        _give_back(session, attempt, entry, reason="nothing was owed when this money came", act=act, terms=terms)


def book_mismatch(
    session: Session, order: PaymentOrder, attempt: PaymentAttempt, *, act: Act, terms: PaymentTerms
) -> None:
    """The sum that was taken, whatever it is, waits in SUSPENSE and goes back in full."""
    if not attempt.captured_fils:
        return
    entry = _entry(order.id, attempt, LedgerKind.CAPTURE, fils=attempt.captured_fils, act=act)
    entry.debit, entry.credit = _A.GATEWAY, _A.SUSPENSE
    _keep_unique(session, entry, attempt)
    session.add(entry)
    session.flush()
    _give_back(session, attempt, entry, reason="another sum was taken than was asked for", act=act, terms=terms)


def book_reversal(session: Session, order: PaymentOrder, attempt: PaymentAttempt, *, act: Act) -> None:
    """Money that the gateway took back leaves the account that it was booked to; its receipt is revoked."""
    for capture in captures_of(session, attempt):
        rest = left_fils(session, capture, counting=frozenset({RefundState.SUCCEEDED}))
        if rest > 0:
            entry = _entry(order.id, attempt, LedgerKind.VOID, fils=rest, act=act)
            entry.debit, entry.credit, entry.gateway_ref = capture.credit, _A.GATEWAY, capture.gateway_ref
            session.add(entry)
        for refund in all_of(session, Refund, capture_entry_id=capture.id):
            if refund.state in {RefundState.REQUESTED, RefundState.APPROVED}:
                session.add(refund.apply(RefundEvent.REJECT, act))
                refund.due_at = None
        revoke_receipts(session, capture, because=Revoked.TAKEN_BACK, act=act)
    session.flush()


def took_back_only_surplus(session: Session, attempt: PaymentAttempt) -> bool:
    """Whether what the gateway took back had paid nothing, and no refund of it went out or may have."""
    captures = captures_of(session, attempt)
    refunds = [refund for each in captures for refund in all_of(session, Refund, capture_entry_id=each.id)]
    surplus = bool(captures) and all(each.credit is _A.SUSPENSE for each in captures)
    return surplus and all(each.state is RefundState.REJECTED for each in refunds)


def book_refund(session: Session, refund: Refund, *, booked_on: date, act: Act) -> None:
    """The money leaves the account that its capture was booked to, once; the entry's reference is the refund's id."""
    capture = fetch(session, LedgerEntry, refund.capture_entry_id)
    attempt = fetch(session, PaymentAttempt, refund.attempt_id)
    if all_of(session, LedgerEntry, kind=LedgerKind.REFUND, gateway=attempt.gateway, gateway_ref=refund.id.hex):
        return  # it succeeded before, and was then not to be seen at the bank for a while
    entry = _entry(refund.order_id, attempt, LedgerKind.REFUND, fils=refund.amount_fils, act=act)
    entry.debit, entry.credit = capture.credit, _A.GATEWAY
    entry.gateway_ref, entry.booked_on = refund.id.hex, booked_on
    session.add(entry)
    session.flush()
    if left_fils(session, capture, counting=frozenset({RefundState.SUCCEEDED})) <= 0:
        revoke_receipts(session, capture, because=Revoked.REFUNDED, act=act)
    elif refund.case_id is not None:
        revoke_receipts(session, capture, because=Revoked.REFUNDED, act=act, case_id=refund.case_id)


def unbook_refund(session: Session, refund: Refund, *, act: Act) -> None:
    """What was booked of a refund that was never carried out after all is booked back, once."""
    for booked in refund_entries(session, refund.order_id, refund.id):
        attempt = fetch(session, PaymentAttempt, refund.attempt_id)
        entry = _entry(refund.order_id, attempt, LedgerKind.ADJUSTMENT, fils=booked.amount_fils, act=act)
        entry.debit, entry.credit, entry.gateway_ref = booked.credit, booked.debit, booked.gateway_ref
        session.add(entry)
    session.flush()


def refund_entries(session: Session, order_id: UUID, refund_id: UUID) -> list[LedgerEntry]:
    """The refund as it was booked; one at most."""
    return all_of(session, LedgerEntry, order_id=order_id, kind=LedgerKind.REFUND, gateway_ref=refund_id.hex)


def refunded_fils(session: Session, order_id: UUID) -> int:
    """What was given back of the money that pays the order, or paid it last.

    What went back of a capture that the bank took back as well is no part of it: another payment owes nothing for that.
    """
    entries = all_of(session, LedgerEntry, order_id=order_id)
    paying = [each for each in entries if each.kind is LedgerKind.CAPTURE and each.credit is _A.ORDERS]
    if not paying:
        return 0
    refunds = all_of(session, Refund, capture_entry_id=max(paying, key=lambda each: each.created_at).id)
    known = {each.id.hex for each in refunds} - {e.gateway_ref for e in entries if e.kind is LedgerKind.ADJUSTMENT}
    return sum(e.amount_fils for e in entries if e.kind is LedgerKind.REFUND and e.gateway_ref in known)


def paid_fils(session: Session, order_id: UUID) -> int:
    """What was captured for the order itself and not taken back by the bank; refunds are not counted."""
    entries = all_of(session, LedgerEntry, order_id=order_id)
    captured = sum(e.amount_fils for e in entries if e.kind is LedgerKind.CAPTURE and e.credit is _A.ORDERS)
    voided = sum(e.amount_fils for e in entries if e.kind is LedgerKind.VOID and e.debit is _A.ORDERS)
    return captured - voided


def captures_of(session: Session, attempt: PaymentAttempt) -> list[LedgerEntry]:
    """The capture that was booked for the attempt; one at most.

    By our own name of it first: the gateway's number may be that of another attempt too.
    """
    known = {"order_id": attempt.order_id, "kind": LedgerKind.CAPTURE, "gateway": attempt.gateway}
    ours = all_of(session, LedgerEntry, gateway_ref=attempt.trackid, **known)
    return ours or (all_of(session, LedgerEntry, gateway_ref=attempt.tranid, **known) if attempt.tranid else [])


def left_fils(session: Session, capture: LedgerEntry, *, counting: frozenset[RefundState]) -> int:
    """What is left of a capture when the refunds in these states, and what the bank took back, are counted off."""
    refunds = all_of(session, Refund, capture_entry_id=capture.id)
    return kept_fils(session, capture) - gone_fils(refunds, counting=counting)


def kept_fils(session: Session, capture: LedgerEntry) -> int:
    """What the bank did not take back of a capture, nor return beside the refunds that there was room for."""
    voids = all_of(session, LedgerEntry, kind=LedgerKind.VOID, gateway=capture.gateway, gateway_ref=capture.gateway_ref)
    return capture.amount_fils - sum(each.amount_fils for each in [*voids, *_unasked_refunds(session, capture)])


def _unasked_refunds(session: Session, capture: LedgerEntry) -> list[LedgerEntry]:
    """What the bank's files showed returned of the payment and no refund of ours stands for; not what was corrected."""
    attempt_id = fetch(session, GatewayEvidence, capture.evidence_id).attempt_id
    known = [each.id.hex for each in all_of(session, Refund, attempt_id=attempt_id)]
    back = all_of(session, LedgerEntry, order_id=capture.order_id, kind=LedgerKind.ADJUSTMENT)
    query = (
        select(LedgerEntry)
        .join(GatewayEvidence, col(GatewayEvidence.id) == col(LedgerEntry.evidence_id))
        .where(
            col(LedgerEntry.kind) == LedgerKind.REFUND,
            col(LedgerEntry.debit) == capture.credit,
            col(LedgerEntry.gateway_ref).not_in([*known, *(each.gateway_ref for each in back)]),
            col(GatewayEvidence.attempt_id) == attempt_id,
        )
    )
    return list(session.exec(query))


def gone_fils(refunds: Iterable[Refund], *, counting: frozenset[RefundState]) -> int:
    """What the refunds in these states give back."""
    return sum(each.amount_fils for each in refunds if each.state in counting)


def revoke_receipts(
    session: Session, capture: LedgerEntry, *, because: Revoked, act: Act, case_id: UUID | None = None
) -> None:
    """A receipt never stands without its money. The paper is out; its seal and its link lead to a page that says so."""
    wanted = {"capture_entry_id": capture.id, "revoked_at": None} | ({"case_id": case_id} if case_id else {})
    for receipt in all_of(session, Receipt, **wanted):
        held = locked(session, Receipt, receipt.id)
        held.revoked_at, held.revoked_because = act.at, because


def _give_back(
    session: Session, attempt: PaymentAttempt, entry: LedgerEntry, *, reason: str, act: Act, terms: PaymentTerms
) -> None:
    """In full, without asking anybody; a moment later, so that a gateway that takes it back itself has done so."""
    refund = Refund(
        created_at=act.at,
        order_id=attempt.order_id,
        attempt_id=attempt.id,
        capture_entry_id=entry.id,
        amount_fils=entry.amount_fils,
        reason=reason,
        automatic=True,
        requested_by=MACHINE_ACTOR,
        approved_by=MACHINE_ACTOR,
        due_at=act.at + terms.confirm_after,
    )
    session.add(refund)
    session.flush()
    session.add(refund.apply(RefundEvent.APPROVE, act))


def _keep_unique(session: Session, entry: LedgerEntry, attempt: PaymentAttempt) -> None:
    """The gateway gave one number to two payments: the second is booked under our own name of it."""
    known = {"kind": entry.kind, "gateway": entry.gateway, "gateway_ref": entry.gateway_ref}
    if all_of(session, LedgerEntry, **known):
        entry.gateway_ref = attempt.trackid


def _entry(order_id: UUID, attempt: PaymentAttempt, kind: LedgerKind, *, fils: int, act: Act) -> LedgerEntry:
    if act.evidence_id is None:
        raise ValueError("nothing is booked without evidence")
    return LedgerEntry(
        created_at=act.at,
        order_id=order_id,
        kind=kind,
        debit=_A.GATEWAY,
        credit=_A.SUSPENSE,
        amount_fils=fils,
        booked_on=kuwait_date(act.at),
        gateway=attempt.gateway,
        gateway_ref=attempt.tranid or attempt.trackid,
        evidence_id=act.evidence_id,
    )
