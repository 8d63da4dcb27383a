"""A quote and its parts: each line says which rule made it, each refusal what to do about it."""

from dataclasses import dataclass
from datetime import date

from models.money import Money
from models.rules.rule import FeeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLine:
    """`explain_*` shows the arithmetic; `in_force_from` None: since before the rule book reaches back."""

    person: str | None
    kind: FeeKind
    rule: str
    payee: str
    amount: Money
    source: str
    in_force_from: date | None
    label_en: str
    label_ar: str
    explain_en: str
    explain_ar: str
    needs_confirmation: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    person: str
    rule: str
    reason_en: str
    reason_ar: str
    source: str
    needs_confirmation: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """`lines` are collected, `shown_only` are not. A refused person is in `refused` and nowhere else."""

    lines: tuple[QuoteLine, ...]
    refused: tuple[Refusal, ...]
    shown_only: tuple[QuoteLine, ...]
    periods: dict[str, tuple[date, date]]
    rule_book: str

    @property
    def total(self) -> Money:
        return Money.total(line.amount for line in self.lines)
