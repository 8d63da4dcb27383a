"""What a file's lines add to the ledger: payouts, money of unknown payments, fees; and what is booked back."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, select

from infra.database import all_of, locked
from infra.payments.reconciling.line import Line, line_name
from models.history import Act
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.posting import PostingKind
from models.payments.settlement_file import SettlementFile, SettlementLine

_A = LedgerAccount


def book_payout(session: Session, line: Line, *, order_id: UUID | None, act: Act) -> None:
    """The bank pays a capture out to us, and takes a refund off what it pays."""
    taken = line.posting.kind is PostingKind.REFUND
    debit, credit = (_A.GATEWAY, _A.BANK) if taken else (_A.BANK, _A.GATEWAY)
    entry = _entry(line, LedgerKind.SETTLEMENT, order_id=order_id, act=act)
    entry.debit, entry.credit = debit, credit
    _add(session, entry, line)


def book_unowned(session: Session, line: Line, *, order_id: UUID | None, act: Act) -> None:
    """Captured money that pays nothing we know waits in SUSPENSE. Nobody's money is sent back by guess."""
    entry = _entry(line, LedgerKind.CAPTURE, order_id=order_id, act=act)
    entry.debit, entry.credit = _A.GATEWAY, _A.SUSPENSE
    _add(session, entry, line)


def book_unasked_refund(
    session: Session, line: Line, capture: LedgerEntry | None, *, order_id: UUID | None, act: Act
) -> None:
    """Money that left without a refund of ours that could stand for it."""
    entry = _entry(line, LedgerKind.REFUND, order_id=order_id, act=act)
    entry.debit, entry.credit = capture.credit if capture else _A.SUSPENSE, _A.GATEWAY
    _add(session, entry, line)


def book_unowned_reversal(session: Session, line: Line, *, act: Act) -> None:
    """Of money that waits in SUSPENSE; a reversal of money that never came, or of a part of it, moves nothing."""
    capture = next((each for each in _unowned(session, line) if not _is_undone(session, each)), None)
    if capture is not None:
        entry = _entry(line, LedgerKind.VOID, order_id=None, act=act)
        entry.debit, entry.credit, entry.gateway_ref = _A.SUSPENSE, _A.GATEWAY, capture.gateway_ref
        _add(session, entry, line)


def _unowned(session: Session, line: Line) -> list[LedgerEntry]:
    """The captures of this sum that nobody owns and that earlier lines booked under the same numbers."""
    said = line.posting
    if not said.tranid:
        return []
    query = (
        select(LedgerEntry)
        .join(SettlementLine, col(SettlementLine.evidence_id) == col(LedgerEntry.evidence_id))
        .where(
            col(LedgerEntry.kind) == LedgerKind.CAPTURE,
            col(LedgerEntry.gateway) == line.file.gateway,
            col(LedgerEntry.order_id).is_(None),
            col(LedgerEntry.amount_fils) == said.amount.fils,
            col(SettlementLine.tranid) == said.tranid,
            col(SettlementLine.trackid) == said.trackid,
        )
    )
    return list(session.exec(query))


def _is_undone(session: Session, capture: LedgerEntry) -> bool:
    known = {"gateway": capture.gateway, "gateway_ref": capture.gateway_ref}
    return any(all_of(session, LedgerEntry, kind=kind, **known) for kind in (LedgerKind.VOID, LedgerKind.ADJUSTMENT))


def book_fees(
    session: Session, file: SettlementFile, lines: list[SettlementLine], *, fees_deducted: bool, act: Act
) -> None:
    """One entry for each day of the file, of the lines that count.

    A fee that is not deducted from the payout is owed to the gateway.
    """
    by_day: dict[date, list[SettlementLine]] = defaultdict(list)
    counting = counting_payouts(session, [line.evidence_id for line in lines if line.fee_fils])
    for line in lines:
        if line.evidence_id in counting:
            by_day[line.posted_on].append(line)
    for day, those in sorted(by_day.items()):
        session.add(
            LedgerEntry(
                created_at=act.at,
                kind=LedgerKind.FEE,
                debit=_A.GATEWAY_FEES,
                credit=_A.BANK if fees_deducted else _A.GATEWAY,
                amount_fils=sum(line.fee_fils for line in those),
                booked_on=day,
                gateway=file.gateway,
                gateway_ref=_fees_ref(file, day),
                evidence_id=those[-1].evidence_id,
            )
        )


def counting_payouts(session: Session, evidence_ids: Sequence[UUID]) -> dict[UUID, LedgerEntry]:
    """By their evidence, the payouts that lines were booked as and that were not booked back."""
    query = select(LedgerEntry).where(
        col(LedgerEntry.kind) == LedgerKind.SETTLEMENT, col(LedgerEntry.evidence_id).in_(evidence_ids)
    )
    payouts = {each.id.hex: each for each in session.exec(query)}
    undone = select(LedgerEntry.gateway_ref).where(
        col(LedgerEntry.kind) == LedgerKind.ADJUSTMENT, col(LedgerEntry.gateway_ref).in_(payouts.keys())
    )
    back = set(session.exec(undone)) if payouts else set()
    return {each.evidence_id: each for key, each in payouts.items() if key not in back}


def book_back(session: Session, line: Line, entry: LedgerEntry, *, act: Act) -> None:
    """The line says otherwise: the entry's reverse, of its own day. A payout's is called by the entry's id."""
    back = _entry(line, LedgerKind.ADJUSTMENT, order_id=entry.order_id, act=act)
    back.debit, back.credit = entry.credit, entry.debit
    back.amount_fils, back.booked_on = entry.amount_fils, entry.booked_on
    back.gateway_ref = entry.id.hex if entry.kind is LedgerKind.SETTLEMENT else entry.gateway_ref
    _add(session, back, line)


def book_back_fee(session: Session, line: Line, before: SettlementLine, *, act: Act) -> None:
    """What an earlier file said of the same line; the fees of one that is not closed yet are not booked yet."""
    file = locked(session, SettlementFile, before.file_id)
    if file.finished_at is None or not before.fee_fils:
        return
    ref = _fees_ref(file, before.posted_on)
    for fees in all_of(session, LedgerEntry, kind=LedgerKind.FEE, gateway=file.gateway, gateway_ref=ref):
        back = _entry(line, LedgerKind.FEE, order_id=None, act=act)
        back.debit, back.credit = fees.credit, fees.debit
        back.amount_fils, back.booked_on = before.fee_fils, fees.booked_on
        back.gateway_ref = f"{line_name(file, before.number)}:fee"
        _add(session, back, line)


def _fees_ref(file: SettlementFile, day: date) -> str:
    return f"{file.sha256[:32]}:{day}"


def _entry(line: Line, kind: LedgerKind, *, order_id: UUID | None, act: Act) -> LedgerEntry:
    if act.evidence_id is None:
        raise ValueError("nothing is booked without evidence")
    return LedgerEntry(
        created_at=act.at,
        order_id=order_id,
        kind=kind,
        debit=_A.GATEWAY,
        credit=_A.BANK,
        amount_fils=line.posting.amount.fils,
        booked_on=line.posting.posted_on,
        gateway=line.file.gateway,
        gateway_ref=line.posting.tranid or line.name,
        evidence_id=act.evidence_id,
    )


def _add(session: Session, entry: LedgerEntry, line: Line) -> None:
    """Under the bank's number; a number that it gave twice is told apart by the line."""
    known = {"kind": entry.kind, "gateway": entry.gateway, "gateway_ref": entry.gateway_ref}
    if all_of(session, LedgerEntry, **known):
        entry.gateway_ref = line.name
    session.add(entry)
    session.flush()
