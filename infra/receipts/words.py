"""What the receipt prints, as it prints it: plain words and pictures of the view, for the template."""

import io
import re
import unicodedata
from datetime import date, datetime
from typing import Any, Final

import segno

from infra.clock import KUWAIT
from models.money import Money
from models.receipt_view import Basis, PayeeLines, ReceiptPerson, ReceiptView, Words

# What our fonts have no letter for (templates/fonts/README.md). PDF/A has no sign for a letter that is missing.
_NOT_IN_FONTS: Final = re.compile(
    "[^ -~\u00a0-\u024f\u2010-\u2015\u2018-\u201e\u2020-\u2022\u2026\u2039\u203a\u20ac"
    "\u060c\u061b\u061f\u0620-\u0652\u0654\u0655\u066e-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06ff]"
)


def to_words(view: ReceiptView) -> dict[str, Any]:
    """All that the page prints. A registry's letter that our fonts lack becomes its plain form, or a question mark."""
    payment, together = view.payment, view.together
    return {
        "receipt_number": view.receipt_number,
        "case_reference": view.case_reference,
        "service": _both(view.service),
        "issued_at": _kuwait_minute(view.issued_at),
        "applicant_civil_number": view.applicant_civil_number,
        "together": together and f"{together.organisation_file} – KD {together.amount} – {together.cases}",
        "persons": [_person(person) for person in view.persons],
        "payees": [_payee(group, view.bases) for group in view.payees],
        "total": _money(view.total),
        "total_words": _both(view.total_words),
        "bases": [_basis(basis) for basis in view.bases],
        "payment": [
            payment.payment_id,
            payment.transaction_id,
            payment.reference,
            payment.auth_code,
            payment.track_id,
            _kuwait_minute(payment.paid_at),
        ],
        "verify_url": view.verify_url,
        "qr": _qr(view.qr_text),
    }


def _both(words: Words) -> dict[str, str]:
    return {"ar": words.ar, "en": words.en}


def _money(amount: Money) -> dict[str, str]:
    return {"ar": amount.arabic, "en": amount.english}


def _day(on: date) -> str:
    return f"{on:%d/%m/%Y}"


def _kuwait_minute(at: datetime) -> str:
    return f"{at.astimezone(KUWAIT):%d/%m/%Y %H:%M}"


def _person(person: ReceiptPerson) -> dict[str, str]:
    return {
        "position": str(person.position),
        "name_ar": _in_our_letters(person.name_ar),
        "name_latin": _in_our_letters(person.name_latin),
        "civil_number": person.civil_number,
        "article": str(person.article),
        "period": f"{_day(person.period_start)} – {_day(person.period_end)}",
        "years": str(person.years),
    }


def _in_our_letters(name: str) -> str:
    return _NOT_IN_FONTS.sub(_instead, unicodedata.normalize("NFC", name))


def _instead(found: re.Match[str]) -> str:
    letter = found[0]
    kind = unicodedata.category(letter)
    if kind in {"Cc", "Cf", "Zs", "Zl", "Zp"}:  # direction marks are nothing, line ends and wide spaces are a space
        return "" if kind == "Cf" else " "
    return _NOT_IN_FONTS.sub("?", unicodedata.normalize("NFKC", letter)).strip()


def _payee(group: PayeeLines, bases: tuple[Basis, ...]) -> dict[str, Any]:
    lines = [
        {
            "position": "–" if line.position is None else str(line.position),
            "label": _both(line.label),
            "basis": f"[{bases.index(line.basis) + 1}]",
            "amount": _money(line.amount),
        }
        for line in group.lines
    ]
    return {"payee": _both(group.payee), "lines": lines, "subtotal": _money(group.subtotal)}


def _basis(basis: Basis) -> dict[str, str]:
    words, since = basis.instrument, basis.in_force_from
    return {
        "ar": f"{words.ar} – نافذ من {_day(since)}" if since else words.ar,
        "en": f"{words.en} – in force from {_day(since)}" if since else words.en,
        "rule": basis.rule,
    }


def _qr(text: str) -> str:
    """An SVG of one path."""
    picture = io.BytesIO()
    code = segno.make_qr(text, error="m")
    code.save(picture, kind="svg", border=2, omitsize=True, svgclass=None, lineclass=None, xmldecl=False)
    return picture.getvalue().decode()
