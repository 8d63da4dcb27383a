"""Proof that the rules answer: for each combination that may be applied with, on each day, one entry and only one.

Each function gives the faults that it finds, in words.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice, product
from typing import Any

from models.rules.dated import Dated
from models.rules.rule import Rule
from models.rules.scope import Scope
from models.rules.situation import NO_ARTICLE, Range, Situation, SponsorKind

_FIRST_NUMBER = {"worker_no": 1, "age": 0, "age_months": 0}
_TRUTHS = ("within_quota", "newborn", "farm", "degree")


def one_answer(
    file: str, rules: Sequence[Rule], scope: Sequence[Scope], *, exemptions: Sequence[Rule] = ()
) -> Iterator[str]:
    """Two exemptions, or two prices, for the same facts on one day: overlap. Neither: gap, or missing price."""
    for row, article in _articles(scope):
        mine = [rule for rule in rules if _concerns(rule, article)]
        lifting = [rule for rule in exemptions if _concerns(rule, article)]
        situations = _situations(row, article, [*mine, *lifting])
        yield from _first(fault for each in situations for fault in _faults(file, each, mine, lifting))


def one_answer_at_most(file: str, rules: Sequence[Rule], scope: Sequence[Scope]) -> Iterator[str]:
    """Two entries of one kind for the same facts on one day: overlap. None at all is no fault."""
    for row, article in _articles(scope):
        mine = [rule for rule in rules if _concerns(rule, article)]
        yield from _first(fault for each in _situations(row, article, mine) for fault in _overlaps(file, each, mine))


def some_answer(file: str, rules: Sequence[Rule], scope: Sequence[Scope]) -> Iterator[str]:
    """At least one entry answers for each article on each day, whatever the facts that only tighten it."""
    for article in sorted({article for _, article in _articles(scope)}):
        mine = [rule for rule in rules if set(rule.when.conditions) <= {"article"} and _concerns(rule, article)]
        bare = [day for day in turning_days(mine) if not any(rule.in_force(day) for rule in mine)]
        yield from _first(_hole(file, Situation(article=article), day, mine) for day in bare)


def one_in_force(file: str, subject: str, entries: Sequence[Dated]) -> Iterator[str]:
    """Exactly one of these entries, all of one subject, is in force on any day."""
    for day in turning_days(entries):
        found = [entry for entry in entries if entry.in_force(day)]
        if len(found) > 1:
            yield f"{file}: overlap: {_ids(found)} are all in force on {_on(day)}"
        if not found:
            always = "; without effective_from the first entry holds from the beginning" if day == date.min else ""
            yield f"{file}: gap: no entry for {subject} is in force on {_on(day)}{always}"


def _articles(scope: Sequence[Scope]) -> Iterator[tuple[Scope, int]]:
    return ((row, article) for row in scope for article in row.article)


def _first(faults: Iterable[str]) -> Iterator[str]:
    """One slip in one entry shows in hundreds of combinations: the first tells it."""
    return islice(faults, 1)


def turning_days(entries: Sequence[Dated]) -> list[date]:
    """The first day of each stretch in which the same entries are in force; `date.min` opens the first."""
    starts = {entry.effective_from for entry in entries if entry.effective_from}
    ends = {entry.effective_to + timedelta(days=1) for entry in entries if entry.effective_to}
    return sorted({date.min} | starts | ends)


def _faults(file: str, situation: Situation, mine: Sequence[Rule], lifting: Sequence[Rule]) -> Iterator[str]:
    holding = [rule for rule in mine if rule.when.holds(situation)]
    lifted = [rule for rule in lifting if rule.when.holds(situation)]
    for day in turning_days([*holding, *lifted]):
        exempt = [rule for rule in lifted if rule.in_force(day)]
        priced = [rule for rule in holding if rule.in_force(day)]
        for found in (exempt, priced):
            yield from _at_most_one(file, situation, day, found)
        if not exempt and not priced:
            yield _hole(file, situation, day, [*holding, *lifted])


def _overlaps(file: str, situation: Situation, mine: Sequence[Rule]) -> Iterator[str]:
    holding = [rule for rule in mine if rule.when.holds(situation)]
    for day in turning_days(holding):
        yield from _at_most_one(file, situation, day, [rule for rule in holding if rule.in_force(day)])


def _at_most_one(file: str, situation: Situation, day: date, found: Sequence[Dated]) -> Iterator[str]:
    if len(found) > 1:
        yield f"{file}: overlap: {_ids(found)} all answer {situation} on {_on(day)}"


def _hole(file: str, situation: Situation, day: date, near: Sequence[Dated]) -> str:
    if not near:
        return f"{file}: missing: no entry answers {situation}"
    return f"{file}: gap: neither {_ids(near)} nor any other entry answers {situation} on {_on(day)}"


def _on(day: date) -> str:
    return "the earliest days" if day == date.min else day.isoformat()


def _ids(entries: Sequence[Dated]) -> str:
    return ", ".join(entry.id for entry in entries)


def _concerns(rule: Rule, article: int) -> bool:
    return rule.when.article is None or article in rule.when.article


def _situations(row: Scope, article: int, rules: Sequence[Rule]) -> Iterator[Situation]:
    """All that may be applied with, cut down to the facts that these rules ask about."""
    asked = {fact for rule in rules for fact in rule.when.conditions}
    choices: dict[str, Sequence[Any]] = {}
    for fact in ("relation", "sponsor", "sponsor_article"):
        if fact in asked:
            choices[fact] = getattr(row, fact) or _usual(fact)
    choices |= {fact: (True, False) for fact in _TRUTHS if fact in asked}
    choices |= {fact: _turning_numbers(fact, rules) for fact in _FIRST_NUMBER if fact in asked}
    for values in product(*choices.values()):
        yield Situation(article=article, **dict(zip(choices, values, strict=True)))


def _usual(fact: str) -> Sequence[object]:
    """A fact that the scope leaves open, as a person has it to whom it does not apply."""
    return {"sponsor": tuple(SponsorKind), "sponsor_article": (NO_ARTICLE,)}.get(fact, (None,))


def _turning_numbers(fact: str, rules: Sequence[Rule]) -> list[int]:
    ranges = [condition for rule in rules if isinstance(condition := rule.when.conditions.get(fact), Range)]
    starts = {limits.min for limits in ranges if limits.min is not None}
    ends = {limits.max + 1 for limits in ranges if limits.max is not None}
    return sorted({_FIRST_NUMBER[fact]} | starts | ends)
