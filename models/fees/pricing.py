"""What one person costs: a line for each fee, or the reasons why there is no price."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from models.fees import wording
from models.fees.days import months_later
from models.fees.lines import QuoteLine, Refusal
from models.fees.subject import Subject
from models.fees.terms import insurance_cap, refuse
from models.fees.wording import Explanation
from models.money import Money
from models.rules.fee_rules import FeeRules
from models.rules.rule import Exemption, FeeKind, Fine, Labelled, Price, Unpriced
from models.rules.tariff import UndecidedError, the_one


@dataclass(frozen=True, slots=True)
class Pricing:
    """The fees of one person by the rules in force on the day of the price."""

    subject: Subject
    rules: FeeRules

    def owed(self) -> list[QuoteLine | Refusal]:
        """InputError names the fact that the price depends on and that is missing."""
        try:
            return [*self._residency_fee(), *self._health_insurance(), *self._fine()]
        except UndecidedError as error:
            raise self.subject.input_error(error) from None

    def other_fees(self) -> Iterator[QuoteLine]:
        """Fees beside the residency fee and insurance. InputError names the fact that one which we collect depends on.

        Of a fee that is only shown, a fact that is not known adds no line: that is a hint, not a bill.
        """
        subject = self.subject
        for fee in self.rules.other_fees:
            needed = fee.when.unknown(subject.situation) if fee.in_force(subject.on) else None
            if needed and self.rules.collection(fee.kind, on=subject.on).collected:
                raise subject.input_error(UndecidedError(needed[0], unknown=True))
            if needed == []:
                yearly = fee.per == "year"
                times = subject.facts.years if yearly else 1
                explanation = wording.by_years(fee.amount, times) if yearly else wording.once(fee.amount)
                yield self._line(fee.kind, fee, amount=fee.amount * times, explanation=explanation)

    def _residency_fee(self) -> Iterator[QuoteLine | Refusal]:
        answer = self.rules.residency_fees.answer(self.subject.situation, on=self.subject.on)
        yield self._yearly(FeeKind.RESIDENCY_FEE, answer)

    def _health_insurance(self) -> Iterator[QuoteLine | Refusal]:
        """Insurance paid elsewhere must reach to the new end, unless the person is exempt."""
        insured_until = self.subject.facts.insured_until
        cap = insurance_cap(self.subject, self.rules.durations)
        if insured_until is not None and cap is None:
            return
        answer = self.rules.health_insurance.answer(self.subject.situation, on=self.subject.on)
        if cap is not None and not isinstance(answer, Exemption):
            yield refuse(cap, self.subject, date=insured_until)
        else:
            yield self._yearly(FeeKind.HEALTH_INSURANCE, answer)

    def _fine(self) -> Iterator[QuoteLine]:
        """One line for a late person: the first day late is the day after the permit, or the grace, ended."""
        if self.subject.facts.permit_expires is None and not self.subject.facts.newborn:
            return
        fine = the_one(self.rules.fines, self.subject.situation, on=self.subject.on)
        days = (self.subject.on - self._last_free_day(fine)).days
        if days > 0:
            yield self._line(FeeKind.FINE, fine, amount=fine.due(days), explanation=wording.late(fine, days))

    def _last_free_day(self, fine: Fine) -> date:
        facts = self.subject.facts
        since = facts.born if fine.counts_from == "birth" else facts.permit_expires
        if since is None:
            raise UndecidedError("age_months", unknown=True)
        return months_later(since, fine.grace_months)

    def _yearly(self, kind: FeeKind, answer: Price | Exemption | Unpriced) -> QuoteLine | Refusal:
        if isinstance(answer, Unpriced):
            return refuse(answer, self.subject)
        if isinstance(answer, Exemption):
            return self._line(kind, answer, amount=Money(0), explanation=wording.exempt(answer))
        yearly, years = answer.yearly(self.subject.situation), self.subject.facts.years
        return self._line(kind, answer, amount=yearly * years, explanation=wording.by_years(yearly, years))

    def _line(self, kind: FeeKind, rule: Labelled, *, amount: Money, explanation: Explanation) -> QuoteLine:
        return QuoteLine(
            person=self.subject.label,
            kind=kind,
            rule=rule.id,
            payee=self.rules.collection(kind, on=self.subject.on).payee,
            amount=amount,
            source=rule.source,
            in_force_from=rule.effective_from,
            label_en=rule.label_en,
            label_ar=rule.label_ar,
            explain_en=explanation.en,
            explain_ar=explanation.ar,
            needs_confirmation=rule.needs_confirmation,
        )
