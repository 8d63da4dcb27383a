"""One line of a file under way: what it says, how it is kept as evidence, and what it goes by in the books."""

import json
from dataclasses import dataclass
from typing import Final

from infra.gateway import Evidence
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import EvidenceOutcome
from models.payments.posting import Posting, PostingKind
from models.payments.settlement_file import SettlementFile

_OUTCOMES: Final = {
    PostingKind.CAPTURE: EvidenceOutcome.CAPTURED,
    PostingKind.REVERSAL: EvidenceOutcome.VOIDED,
    PostingKind.REFUND: EvidenceOutcome.REFUNDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`doubted` is whether the totals of its file are not those of its lines."""

    file: SettlementFile
    number: int
    posting: Posting
    doubted: bool

    @property
    def name(self) -> str:
        return line_name(self.file, self.number)

    @property
    def note(self) -> str:
        """Where staff find the line."""
        return f"{self.file.name}, line {self.number}"

    @property
    def raw(self) -> bytes:
        """The values that were read, under the line's name: the same line of another file is other evidence."""
        return f"{self.file.sha256}:{self.number}|{json.dumps(values_of(self.posting))}".encode()

    def evidence(self, attempt: PaymentAttempt | None) -> Evidence:
        """Of the payment that it was found to be about; what is booked under a number keeps that number."""
        said = self.posting
        known = attempt if attempt is not None and attempt.captured_at is not None else None
        return Evidence(
            _OUTCOMES[said.kind],
            attempt.trackid if attempt else said.trackid,
            paymentid=(known and known.paymentid) or said.paymentid,
            tranid=(known and known.tranid) or said.tranid,
            ref=(known and known.ref) or said.ref,
            auth=(known and known.auth) or said.auth,
            amount=said.amount,
            postdate=f"{said.posted_on:%m%d}",
            fields=values_of(said),
        )


def line_name(file: SettlementFile, number: int) -> str:
    """Unique for ever: a file is imported once."""
    return f"{file.sha256[:32]}:{number}"


def values_of(posting: Posting) -> dict[str, str]:
    """Every value as text, in one order."""
    return {
        "kind": posting.kind.value,
        "trackid": posting.trackid,
        "paymentid": posting.paymentid,
        "tranid": posting.tranid,
        "ref": posting.ref,
        "auth": posting.auth,
        "amount": str(posting.amount),
        "fee": str(posting.fee),
        "posted_on": posting.posted_on.isoformat(),
        "terminal": posting.terminal,
    }
