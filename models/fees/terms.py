"""Whether the term that a person asks for may be granted: every reason against it, at once."""

from collections.abc import Iterator
from datetime import date

from models.fees.days import months_later
from models.fees.lines import Refusal
from models.fees.subject import Subject
from models.rules.durations import Durations, EndCap
from models.rules.rule import Refusing


def refuse(rule: Refusing, subject: Subject, **words: object) -> Refusal:
    """The rule's reason, filled with this person's figures."""
    known = {"article": subject.facts.article, "years": subject.facts.years, "new_end": subject.end} | words
    return Refusal(
        person=subject.label,
        rule=rule.id,
        reason_en=rule.reason_en.format_map(known),
        reason_ar=rule.reason_ar.format_map(known),
        source=rule.source,
        needs_confirmation=rule.needs_confirmation,
    )


def term_refusals(subject: Subject, durations: Durations) -> list[Refusal]:
    """Health insurance is not asked about here: its price decides whether it is needed (see `pricing`)."""
    return [
        *_by_years(subject, durations),
        *_by_end(subject, durations),
        *_by_passport(subject, durations),
        *_by_window(subject, durations),
    ]


def insurance_cap(subject: Subject, durations: Durations) -> EndCap | None:
    """The rule that the insurance already paid breaks by ending before the new permit."""
    ends = subject.facts.insured_until
    caps = (cap for cap in durations.end_caps if cap.bounded_by == "health_insurance" and _applies(cap, subject))
    return next(caps, None) if ends is not None and ends < subject.end else None


def _applies(rule: Refusing, subject: Subject) -> bool:
    return rule.in_force(subject.on) and rule.when.holds(subject.situation)


def _by_years(subject: Subject, durations: Durations) -> Iterator[Refusal]:
    years = subject.facts.years
    for least in durations.min_years:
        if _applies(least, subject) and years < least.years:
            yield refuse(least, subject, limit=least.years)
    limits = [most for most in durations.max_years if _applies(most, subject) and years > most.years]
    if limits:
        shortest = min(limits, key=lambda most: most.years)
        yield refuse(shortest, subject, limit=shortest.years)


def _by_end(subject: Subject, durations: Durations) -> Iterator[Refusal]:
    facts = subject.facts
    ends: dict[str, date | None] = {
        "passport": facts.passport_expires,
        "sponsor_permit": facts.sponsor_permit_expires,
        "work_permit": facts.work_permit_expires,
    }
    for cap in durations.end_caps:
        bound = ends.get(cap.bounded_by)
        if bound is not None and _applies(cap, subject) and subject.end > bound:
            yield refuse(cap, subject, date=bound)


def _by_passport(subject: Subject, durations: Durations) -> Iterator[Refusal]:
    expires = subject.facts.passport_expires
    for rule in durations.passport_months:
        if expires is not None and _applies(rule, subject) and expires < months_later(subject.on, rule.months):
            yield refuse(rule, subject, date=expires, limit=rule.months)


def _by_window(subject: Subject, durations: Durations) -> Iterator[Refusal]:
    expires = subject.facts.permit_expires
    for window in durations.renewal_window:
        if expires is not None and _applies(window, subject):
            earliest = months_later(expires, -window.months_before)
            if subject.on < earliest:
                yield refuse(window, subject, date=expires, earliest=earliest)
