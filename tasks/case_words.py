"""What staff read about each status of a case: where it stands, in plain words, and what they can do about it."""

from dataclasses import dataclass
from typing import Final

from infra.remedies import MANAGE
from models.case import CaseStatus
from models.states import Party


@dataclass(frozen=True, slots=True)
class Words:
    """`do` is for staff: a button of the Prefect UI, a deployment, or a command; "Nothing" is said where it is so."""

    stands: str
    do: str


PARTY_WORDS: Final = {
    Party.APPLICANT: "the applicant (مقدم الطلب)",
    Party.PAYER: "the payer (الدافع)",
    Party.STAFF: "staff (الموظف)",
    Party.US: "this service",
    Party.NOBODY: "nobody: it is closed",
}

_GOES_ON: Final = (
    "Nothing: it goes on by itself within seconds. If it has not moved for a minute, `heal` takes it up; "
    "if it has not moved for ten, run `reprocess` with its reference."
)

WORDS: Final = {
    CaseStatus.SUBMITTED: Words("Handed in; waiting in the intake queue.", "Run `release`, or wait for its schedule."),
    CaseStatus.RELEASED: Words("Released; identity and registries are being checked.", _GOES_ON),
    CaseStatus.IDENTIFIED: Words("Identity is checked; the documents are being looked at.", _GOES_ON),
    CaseStatus.DOCUMENTS_NEEDED: Words(
        "Documents are missing or were refused.",
        "Nothing: once the applicant hands in what is listed below, it goes on by itself. "
        f"If the applicant gives up: `{MANAGE} cancel REFERENCE --as NAME --reason TEXT`.",
    ),
    CaseStatus.DOCUMENTED: Words("Documents are accepted; the fees are being computed.", _GOES_ON),
    CaseStatus.QUOTED: Words("The fees are quoted; the payment order is being opened.", _GOES_ON),
    CaseStatus.AWAITING_PAYMENT: Words(
        "The fees are quoted and can be paid.",
        "Nothing: it goes on by itself when the payment is confirmed. If the payer says it is paid: run `reprocess` "
        "with this reference, first `preview`, then `do`; the bank is asked, and nobody is charged.",
    ),
    CaseStatus.PAID: Words("Paid; the residency registry is being told to extend.", _GOES_ON),
    CaseStatus.EXTENDED: Words("Paid and extended; the receipt is being made.", _GOES_ON),
    CaseStatus.COMPLETED: Words("Renewed, and the receipt is issued.", "Nothing."),
    CaseStatus.REJECTED: Words(
        "Refused, for every reason listed below.",
        "Nothing: the applicant applies again when the reasons are gone. Nothing was charged.",
    ),
    CaseStatus.CANCELLED: Words(
        "Cancelled, never paid in time, or its money went back.", "Nothing: the applicant may apply again."
    ),
    CaseStatus.PAYMENT_REVIEW: Words(
        "What became of a payment is not certain; nothing more is charged or sent meanwhile.",
        f"Work through the questions below with `{MANAGE} payments work`. Then press *Retry* on this run, or run "
        "`reprocess` with this reference.",
    ),
    CaseStatus.REGISTRY_REFUSED: Words(
        "A registry refused to answer about this case (not the same as a refused renewal).",
        "Find the cause with the registry's office and have it mended, then press *Retry* on this run. "
        "For many cases at once: run `reprocess` with status registry_refused.",
    ),
    CaseStatus.RENEWAL_REFUSED: Words(
        "Paid, but the residency registry refused to extend. The person has paid: this is urgent.",
        "Have the cause mended, then press *Retry* on this run; nothing is charged again. If it cannot be renewed: "
        f"`{MANAGE} cancel REFERENCE --as NAME --reason TEXT` asks for the money back; a second person approves it.",
    ),
}

HELD: Final = Words(
    "Held by staff; nothing happens to it except that money which comes is still settled.",
    f"`{MANAGE} unhold REFERENCE --as NAME --reason TEXT` lets it go on; `{MANAGE} status REFERENCE` says who holds "
    "it and why. Of a run that was cancelled here, *Retry* does the same.",
)
