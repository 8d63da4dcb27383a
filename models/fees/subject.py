"""One person of a case as the rules see them: the facts, and the term asked for."""

from dataclasses import dataclass
from datetime import date

from models.errors import InputError
from models.fees.days import age_in_months, age_in_years, years_later
from models.fees.facts import CaseFacts, PersonFacts, SponsorFacts
from models.rules.situation import NO_ARTICLE, Situation
from models.rules.tariff import UndecidedError

# Where a fact of the rules stands in the input, and how to give it.
_REMEDIES = {
    "relation": ("relation", "article {article} is priced by relation: spouse, child, parent or other"),
    "sponsor": ("sponsor", 'article {article} is priced by sponsor: {{"kuwaiti": true}} or {{"article": 18}}'),
    "sponsor_article": ("sponsor.article", "article {article} is priced by the sponsor's own article, like 18"),
    "worker_no": ("worker_no", "article {article} is priced by which of the sponsor's workers this is, from 1 on"),
    "age": ("born", "the rule depends on age: give the day of birth, like 2015-01-31"),
    "age_months": ("born", "the rule depends on age: give the day of birth, like 2026-01-31"),
    "article": ("article", "permits of articles 17 to 31 are renewed, not of article {article}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    label: str
    position: int
    facts: PersonFacts
    situation: Situation
    on: date
    start: date
    end: date

    def input_error(self, error: UndecidedError) -> InputError:
        """The missing or odd fact, as the path of the field to fill in."""
        field, remedy = _REMEDIES.get(error.fact, (error.fact, f"no rule answers this value of {error.fact}"))
        path = field if field.startswith("sponsor") else f"persons.{self.position}.{field}"
        state = "is missing: " if error.unknown else "has no price here: "
        return InputError(path, state + remedy.format(article=self.facts.article))


def subjects_of(case: CaseFacts) -> list[Subject]:
    labelled = zip(case.labels(), case.persons, strict=True)
    return [_subject(case, label, position, person) for position, (label, person) in enumerate(labelled)]


def _subject(case: CaseFacts, label: str, position: int, person: PersonFacts) -> Subject:
    if person.born is not None and person.born > case.on:
        raise InputError(f"persons.{position}.born", f"is after {case.on}, the day of the price; correct one of them")
    start = person.permit_expires or case.on
    return Subject(
        label=label,
        position=position,
        facts=person,
        situation=_situation(person, case.sponsor, on=case.on),
        on=case.on,
        start=start,
        end=years_later(start, person.years),
    )


def _situation(person: PersonFacts, sponsor: SponsorFacts | None, *, on: date) -> Situation:
    return Situation(
        article=person.article,
        relation=person.relation,
        sponsor=sponsor.kind if sponsor else None,
        sponsor_article=(sponsor.article or NO_ARTICLE) if sponsor else None,
        within_quota=person.within_quota,
        worker_no=person.worker_no,
        age=age_in_years(person.born, on=on) if person.born else None,
        age_months=age_in_months(person.born, on=on) if person.born else None,
        newborn=person.newborn,
        farm=person.farm,
        degree=person.degree,
    )
