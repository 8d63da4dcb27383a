"""`make demo` keeps its word: every story ends as it must, with the right fees, one capture, one receipt."""

import hashlib
from collections import Counter
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]  # it has no types
import pytest

from models.case import Case
from models.money import Money
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.ledger import LedgerEntry, LedgerKind
from models.payments.order import OrderLine, PaymentOrder
from models.receipt import Receipt
from tests.demo_run import DemoRun, Entry

pytestmark = pytest.mark.timeout(600)

FEES = {
    "individual_18": ["120.000"],
    "individual_24": ["1000.000"],
    "individual_photo": ["20.000"],
    "family": ["120.000"],
    "domestic_kuwaiti": ["10.000"],
    "domestic_expat": ["150.000"],
    "company": ["120.000", "120.000", "240.000", "-", "360.000"],
    "government": ["20.000", "40.000"],
    "late": ["220.000"],
    "blocked": ["-"],
    "declined_then_paid": ["120.000"],
    "abandoned": ["120.000"],
}
RUN_STATES = {
    "completed": ("COMPLETED", "Completed"),
    "rejected": ("COMPLETED", "Rejected"),
    "awaiting_payment": ("PAUSED", "Suspended"),
}
FIELDS = {
    "reference",
    "service",
    "persons",
    "status",
    "amount_fils",
    "flow_run_id",
    "receipt",
    "seconds_submission_to_quote",
    "seconds_payment_to_receipt",
}


def test_every_story_ends_as_it_must_with_the_fees_of_the_rule_book(demo: DemoRun) -> None:
    told = demo.entries_by_story()
    amounts = {story: sorted(amount_of(each) for each in entries) for story, entries in told.items()}
    assert amounts == {story: sorted(fees) for story, fees in FEES.items()}
    assert Counter(each["status"] for each in demo.entries) == {"completed": 14, "rejected": 2, "awaiting_payment": 1}


def test_the_report_tells_of_each_case_what_was_asked_for(demo: DemoRun) -> None:
    for entry in demo.entries:
        assert entry.keys() >= FIELDS
        assert entry["reference"] in demo.said
        done = entry["status"] == "completed"
        assert (entry["receipt"] is not None) == done
        assert (entry["seconds_submission_to_quote"] is not None) == (entry["status"] != "rejected")
        assert (entry["seconds_payment_to_receipt"] is not None) == done


def test_each_receipt_file_is_the_stored_one_and_shows_its_number_and_the_amount_paid(demo: DemoRun) -> None:
    entries = [each for each in demo.entries if each["receipt"]]
    stored = {receipt.number: receipt for receipt in demo.rows(Receipt)}
    assert {each["receipt"]["number"] for each in entries} == stored.keys()
    for entry in entries:
        path = demo.folder / entry["receipt"]["path"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["receipt"]["sha256"]
        assert stored[entry["receipt"]["number"]].sha256 == entry["receipt"]["sha256"]
        text = words_of(path)
        assert entry["receipt"]["number"] in text
        assert entry["reference"] in text
        assert f"KD {Money(entry['amount_fils'])}" in text


def test_the_banks_books_and_our_ledger_agree_to_the_fil_and_nothing_was_taken_twice(demo: DemoRun) -> None:
    taken = [each for each in demo.bank() if each["result"] == "CAPTURED" and not each["voided"]]
    theirs = [(each["tranid"], Money.parse(each["amount"]).fils) for each in taken]
    ours = [(entry.gateway_ref, entry.amount_fils) for entry in demo.rows(LedgerEntry) if is_capture(entry)]
    assert Counter(theirs) == Counter(ours)
    assert max(Counter(theirs).values()) == 1
    assert all(each["acknowledged"] for each in taken)
    orders = [entry.order_id for entry in demo.rows(LedgerEntry) if is_capture(entry)]
    assert max(Counter(orders).values()) == 1
    paid = sum(each["amount_fils"] for each in demo.entries if each["status"] == "completed")
    assert sum(fils for _, fils in ours) == paid


def test_a_blocked_applicant_reads_both_reasons_in_both_languages_and_is_never_asked_to_pay(demo: DemoRun) -> None:
    [entry] = demo.entries_by_story()["blocked"]
    reasons = entry["obstacles"]
    assert {each["rule"] for each in reasons} == {"traffic_fines_unpaid", "biometrics_missing"}
    for each in reasons:
        assert each["reason_en"]
        assert any("\u0600" <= letter <= "\u06ff" for letter in each["reason_ar"])
    assert demo.rows(OrderLine, case_id=case_of(demo, entry).id) == []


def test_after_a_decline_the_second_attempt_is_the_only_capture(demo: DemoRun) -> None:
    [entry] = demo.entries_by_story()["declined_then_paid"]
    states = [attempt.state for attempt in attempts_of(demo, entry)]
    assert states == [AttemptState.DECLINED, AttemptState.CAPTURED]


def test_an_abandoned_attempt_is_noticed_and_the_run_still_waits_for_the_payer(demo: DemoRun) -> None:
    [entry] = demo.entries_by_story()["abandoned"]
    assert [attempt.state for attempt in attempts_of(demo, entry)] == [AttemptState.ABANDONED]
    assert demo.flow_run(entry["flow_run_id"])["state"]["name"] == "Suspended"


def test_a_company_pays_once_for_four_employees_who_each_get_a_receipt(demo: DemoRun) -> None:
    entries = [each for each in demo.entries_by_story()["company"] if each["status"] == "completed"]
    [order_id] = {order_of(demo, each).id for each in entries}
    [order] = demo.rows(PaymentOrder, id=order_id)
    assert len(demo.rows(OrderLine, order_id=order_id)) == 4
    assert [attempt.state for attempt in attempts_of(demo, entries[0])] == [AttemptState.CAPTURED]
    [capture] = [entry for entry in demo.rows(LedgerEntry, order_id=order_id) if is_capture(entry)]
    assert capture.amount_fils == order.amount_fils == sum(each["amount_fils"] for each in entries)
    assert len({each["receipt"]["number"] for each in entries}) == 4


def test_each_case_is_one_run_whose_state_says_what_the_case_waits_for(demo: DemoRun) -> None:
    assert len({each["flow_run_id"] for each in demo.entries}) == len(demo.entries)
    for entry in demo.entries:
        run = demo.flow_run(entry["flow_run_id"])
        assert run["name"].startswith(entry["reference"])
        assert (run["state"]["type"], run["state"]["name"]) == RUN_STATES[entry["status"]]


def test_documents_and_receipts_lie_in_minio(demo: DemoRun) -> None:
    assert demo.ports.settings.store.endpoint == f"127.0.0.1:{demo.stack.ports.documents}"
    assert "MinIO" in demo.said


def amount_of(entry: Entry) -> str:
    return str(Money(entry["amount_fils"])) if entry["amount_fils"] else "-"


def is_capture(entry: LedgerEntry) -> bool:
    return entry.kind is LedgerKind.CAPTURE


def case_of(demo: DemoRun, entry: Entry) -> Case:
    case: Case = demo.rows(Case, reference=entry["reference"])[0]
    return case


def order_of(demo: DemoRun, entry: Entry) -> PaymentOrder:
    [line] = demo.rows(OrderLine, case_id=case_of(demo, entry).id)
    order: PaymentOrder = demo.rows(PaymentOrder, id=line.order_id)[0]
    return order


def attempts_of(demo: DemoRun, entry: Entry) -> list[PaymentAttempt]:
    return demo.rows(PaymentAttempt, order_id=order_of(demo, entry).id)


def words_of(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()
