"""Every message in both languages: it renders in each of its shapes, and reads in the right order."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from jinja2 import UndefinedError

from infra.messages.wording import isolated, worded
from models.case import CASE, Case, CaseEvent, CaseStatus
from models.message import MessageKind, caused_by, message_rules
from models.payments.refund import Refund, RefundEvent
from models.service import Language
from tests.checkout import CHECKOUT

K = MessageKind
LINK = "https://renewal.example/pay/00000000-0000-0000-0000-000000000001"
ONE: dict[str, Any] = {
    "reference": "RN-2222-2222",
    "gathered": False,
    "fils": 120_500,
    "pay_by": datetime(2026, 11, 30, 21, 30, tzinfo=UTC),
    "link": LINK,
    "number": "RC-2026-000001",
    "reasons_en": ["The passport expired on 01/02/2026."],
    "reasons_ar": ["انتهت صلاحية جواز السفر بتاريخ 01/02/2026."],
    "more": 0,
    "count": 1,
    "expires": date(2027, 1, 9),
    "days": 14,
    "last": None,
}
ROW = {"row": 3, "reference": "RN-4444-4444", "en": "The passport expired on 01/02/2026.", "ar": "السبب"}
GATHERED = {
    "reference": "BT-3333-3333",
    "gathered": True,
    "count": 3,
    "link": LINK,
    "last": None,
    "rows": [ROW, ROW | {"en": "", "ar": ""}],
    "more": 0,
}
SHAPES = [
    *[(kind, ONE) for kind in K],
    *[(kind, GATHERED) for kind, rule in message_rules().items() if rule.gathered],
    *[(K.PAYMENT_ASKED_AGAIN, {**one, "last": last}) for one in (ONE, GATHERED) for last in ("mismatch", "voided")],
    *[(K.PAYMENT_ASKED_AGAIN, {**one, "last": "not_taken"}) for one in (ONE, GATHERED)],
    (K.RECEIPT_ISSUED, {**GATHERED, "link": None}),
    (K.REFUSED, {**GATHERED, "more": 2}),
    (K.DOCUMENTS_NEEDED, {**ONE, "more": 2}),
    (K.REFUSED, {**ONE, "more": 2}),
    (K.EXPIRY_NEAR, {**ONE, "count": 4}),
    (K.EXPIRY_NEAR, {**ONE, "days": 1}),
    (K.EXPIRY_NEAR, {**ONE, "days": 0}),
]
EN, AR = Language.ENGLISH, Language.ARABIC


@pytest.mark.parametrize(("kind", "facts"), SHAPES)
@pytest.mark.parametrize("language", Language)
def test_it_renders_names_its_reference_and_has_western_digits(
    kind: MessageKind, facts: dict[str, Any], language: Language
) -> None:
    text = worded(kind, language, facts)
    assert facts["reference"] in text
    assert not re.search(r"[\u0660-\u0669\u06f0-\u06f9]", text)
    assert "{" not in text
    assert "None" not in text
    assert "\n\n" not in text
    assert not re.search(r" [,.،]| {2}|\n[,.،]", text)
    assert len(text) < 600
    assert bool(re.search(r"[\u0621-\u064a]", text)) == (language is AR)


@pytest.mark.parametrize(("kind", "facts"), SHAPES)
def test_in_arabic_whatever_reads_left_to_right_is_isolated(kind: MessageKind, facts: dict[str, Any]) -> None:
    """But for a link, which has its line to itself, and the reasons, which are stored as sentences."""
    text = worded(kind, AR, {**facts, "reasons_ar": ["سبب"]} if "reasons_ar" in facts else facts)
    assert text.count("\u2066") == text.count("\u2069") > 0
    outside = re.sub("\u2066[^\u2069]*\u2069", "", text)
    rest = [line for line in outside.splitlines() if line != LINK]
    assert not re.search(r"[A-Za-z0-9]", "\n".join(rest)), rest


@pytest.mark.parametrize("language", Language)
def test_amounts_have_three_decimals_and_times_are_of_kuwait(language: Language) -> None:
    text = worded(K.PAYMENT_ASKED, language, ONE)
    amount = "KD 120.500" if language is EN else f"{isolated('120.500')} د.ك."
    assert amount in text
    assert "01/12/2026 00:30" in text
    assert text.splitlines()[1] == LINK


def test_the_last_days_are_called_by_their_names() -> None:
    words = {days: worded(K.EXPIRY_NEAR, EN, {**ONE, "days": days}) for days in (0, 1, 14)}
    assert "ends on 09/01/2027, today." in words[0]
    assert "ends on 09/01/2027, tomorrow." in words[1]
    assert "ends on 09/01/2027, in 14 days." in words[14]
    assert "أي غدًا" in worded(K.EXPIRY_NEAR, AR, {**ONE, "days": 1})


def test_a_missing_fact_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        worded(K.REFUND_SENT, EN, {"reference": "RN-2222-2222"})


def test_every_template_is_of_a_kind_and_every_kind_has_both() -> None:
    found = {path.name for path in (CHECKOUT / "templates" / "messages").iterdir()}
    assert found == {f"{kind}.{language}.txt" for kind in K for language in Language}


def test_every_cause_is_an_event_that_happens() -> None:
    known = {f"{Case.__tablename__}.{event}" for event in CaseEvent}
    known |= {f"{Refund.__tablename__}.{event}" for event in RefundEvent} | {"order_line.created"}
    assert caused_by().keys() <= known


def test_whoever_ends_or_waits_is_told() -> None:
    """Each event that ends a case, or makes it wait for a person, has a message."""
    told = {name.partition(".")[2] for name in caused_by()}
    ends = {event for _, event, after in CASE.edges() if CASE.is_final(after)}
    assert ends <= told
    assert CaseEvent.ASK_DOCUMENTS in told
    assert message_rules()[K.PAYMENT_ASKED].still == {CaseStatus.AWAITING_PAYMENT}
