"""One kind of fee: all its prices and exemptions, and the search for the one that answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from models.errors import RuleError
from models.rules.rule import Exemption, Price, Rule, Unpriced
from models.rules.situation import FACTS, Situation

AnyRule = TypeVar("AnyRule", bound=Rule)


class UndecidedError(RuleError):
    """The rules need `fact`, which is not known (`wanted`: unknown) or has a value that none of them answers."""

    def __init__(self, fact: str, *, unknown: bool) -> None:
        super().__init__(f"{fact} is {'not known' if unknown else 'not one that the rules answer'}")
        self.fact = fact
        self.unknown = unknown


@dataclass(frozen=True, slots=True)
class Tariff:
    """An exemption lifts the price beside it; apart from that exactly one entry answers (checked on load)."""

    file: str
    prices: tuple[Price, ...]
    exemptions: tuple[Exemption, ...]
    unpriced: tuple[Unpriced, ...] = ()

    def answer(self, situation: Situation, *, on: date) -> Price | Exemption | Unpriced:
        entries: tuple[Price | Exemption | Unpriced, ...] = (*self.exemptions, *self.prices, *self.unpriced)
        return the_one(entries, situation, on=on)


def the_one(rules: Iterable[AnyRule], situation: Situation, *, on: date) -> AnyRule:
    """The first rule that holds, or UndecidedError: a missing fact is asked for, never assumed."""
    in_force = [rule for rule in rules if rule.in_force(on)]
    open_rules = [(rule, unknown) for rule in in_force if (unknown := rule.when.unknown(situation)) is not None]
    asked = {fact for _, unknown in open_rules for fact in unknown}
    if asked:
        raise UndecidedError(next(fact for fact in FACTS if fact in asked), unknown=True)
    if not open_rules:
        raise UndecidedError(_odd_fact(in_force, situation), unknown=False)
    return open_rules[0][0]


def _odd_fact(in_force: Iterable[Rule], situation: Situation) -> str:
    """The fact that rules out most narrowly: what the rule that comes closest does not admit."""
    misses = ([fact for fact in rule.when.conditions if _misses(rule, fact, situation)] for rule in in_force)
    return min(misses, key=lambda facts: (("article" in facts), len(facts)), default=["article"])[0]


def _misses(rule: Rule, fact: str, situation: Situation) -> bool:
    alone = type(rule.when).model_construct(**{fact: getattr(rule.when, fact)})
    return alone.unknown(situation) is None
