"""Cases for the fee engine: plain dictionaries as the calculator takes them, and short ways to price them."""

from datetime import date, timedelta
from typing import Any

from models.fees.facts import parse_case
from models.fees.lines import Quote
from models.fees.quote import quote_fees
from models.rules.book import rule_book

BEFORE, AFTER = "2025-12-22", "2025-12-23"  # both sides of the cut-over of fees and health insurance
LAW_BEFORE, LAW_AFTER = "2025-01-04", "2025-01-05"  # both sides of the law that set today's fines


def case(*persons: dict[str, Any], on: str = AFTER, sponsor: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"id": "case-1", "on": on, "persons": list(persons)} | ({"sponsor": sponsor} if sponsor else {})


def person(article: int, **facts: Any) -> dict[str, Any]:
    return {"article": article, "years": 1} | facts


def quote(raw: dict[str, Any]) -> Quote:
    return quote_fees(parse_case(raw), rule_book())


def amounts(raw: dict[str, Any]) -> dict[str, str]:
    """What each rule takes, as text in dinars."""
    return {line.rule: str(line.amount) for line in quote(raw).lines}


def reasons(raw: dict[str, Any]) -> list[str]:
    return [refusal.rule for refusal in quote(raw).refused]


def days_before(day: str, days: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()
