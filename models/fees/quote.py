"""The fee engine: from the facts of a case and the rule book to one itemised quote."""

from models.fees.facts import CaseFacts
from models.fees.lines import Quote, QuoteLine, Refusal
from models.fees.pricing import Pricing
from models.fees.subject import Subject, subjects_of
from models.fees.terms import term_refusals
from models.rules.book import RuleBook

__all__ = ["Quote", "QuoteLine", "Refusal", "quote_fees"]


def quote_fees(case: CaseFacts, book: RuleBook) -> Quote:
    """Each person is priced alone. InputError names a fact that a price depends on and that is missing."""
    lines: list[QuoteLine] = []
    refused: list[Refusal] = []
    periods = {}
    for subject in subjects_of(case):
        granted, reasons = _assess(subject, book)
        lines += granted
        refused += reasons
        if not reasons:
            periods[subject.label] = (subject.start, subject.end)
    return Quote(
        lines=tuple(line for line in lines if _collected(line, book, case)),
        refused=tuple(refused),
        shown_only=tuple(line for line in lines if not _collected(line, book, case)),
        periods=periods,
        rule_book=book.version,
    )


def _assess(subject: Subject, book: RuleBook) -> tuple[list[QuoteLine], list[Refusal]]:
    """All lines of one person, or all reasons against; never both."""
    pricing = Pricing(subject, book.fees)
    found = [*term_refusals(subject, book.fees.durations), *pricing.owed()]
    reasons = [part for part in found if isinstance(part, Refusal)]
    if reasons:
        return [], reasons
    return [*(part for part in found if isinstance(part, QuoteLine)), *pricing.other_fees()], []


def _collected(line: QuoteLine, book: RuleBook, case: CaseFacts) -> bool:
    return book.fees.collection(line.kind, on=case.on).collected
