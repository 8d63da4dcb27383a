"""The fee calculator: a JSON array of cases in, a JSON array of results out, in the same order."""

from collections.abc import Mapping
from typing import Any

from models.errors import InputError
from models.fees.facts import parse_case
from models.fees.lines import Quote, QuoteLine
from models.fees.quote import quote_fees
from models.rules.book import RuleBook, rule_book


def calculate(cases: object) -> list[dict[str, Any]]:
    """A malformed case gives a result that names the field, and does not stop the others; InputError: not an array."""
    if not isinstance(cases, list):
        raise InputError("cases", "is not an array; give a JSON array of cases, even for a single one")
    book = rule_book()
    return [_result(case, book) for case in cases]


def as_json(case_id: str, quote: Quote) -> dict[str, Any]:
    """`shown_only` is there only when there is something to show."""
    result = {
        "id": case_id,
        "total_fils": quote.total.fils,
        "lines": [_line(line) for line in quote.lines],
        "refused": [
            {"person": one.person, "rule": one.rule, "reason_en": one.reason_en, "reason_ar": one.reason_ar}
            for one in quote.refused
        ],
        "rule_book": quote.rule_book,
    }
    return result | ({"shown_only": [_line(line) for line in quote.shown_only]} if quote.shown_only else {})


def _result(raw: object, book: RuleBook) -> dict[str, Any]:
    try:
        case = parse_case(raw)
        return as_json(case.id, quote_fees(case, book))
    except InputError as error:
        case_id = raw.get("id") if isinstance(raw, Mapping) else None
        return {"id": case_id, "error": {"field": error.field, "message": error.message}}


def _line(line: QuoteLine) -> dict[str, Any]:
    return {
        "person": line.person,
        "rule": line.rule,
        "payee": line.payee,
        "amount_fils": line.amount.fils,
        "source": line.source,
        "in_force_from": line.in_force_from and line.in_force_from.isoformat(),
    }
