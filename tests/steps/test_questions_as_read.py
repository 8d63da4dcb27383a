"""What staff read of a question: whose it is, both answers with their amounts, and what to do as things stand."""

from io import StringIO

import pytest
from rich.console import Console

from infra.payments.reconciling import Report
from infra.payments.reconciling.report_table import print_report
from infra.payments.work_list import work_list
from models.case import CaseStatus
from models.errors import InputError
from models.money import Money
from models.payments.review import ReviewItem, ReviewKind, review_rules
from tests.settlement import File, take_in
from tests.world import World

_R, _S = ReviewKind, CaseStatus


def shown(report: Report) -> str:
    screen = Console(file=StringIO(), width=400)
    print_report(screen, report)
    return screen.file.getvalue()  # type: ignore[attr-defined]


def test_contradiction_names_the_payment_and_both_answers(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    paid = world.pay(case_id)
    report = File().sale(paid, amount=paid.amount_fils + 1).taken_in(world)
    with world.session() as session:
        [item] = work_list(session)
    assert item["about"] == [paid.trackid, world.case(case_id).reference]
    screen = shown(report)
    for part in ("knet.csv, line 2", f"KD {Money(paid.amount_fils + 1)}", f"KD {Money(paid.amount_fils)}"):
        assert part in item["note"]
        assert part in screen
    assert paid.trackid in screen
    assert world.case(case_id).reference in screen


def test_contradicting_inquiry_says_both_answers(world: World) -> None:
    paid = world.pay(world.at(_S.AWAITING_PAYMENT))
    File().sale(paid, reversed_=True).taken_in(world)
    world.sql("delete from review_item")
    world.settle(paid)
    [item] = world.rows(ReviewItem)
    said = f"the gateway's answer to our question says captured (KD {Money(paid.amount_fils)}); our books say voided"
    assert said in item.note
    assert "by the bank's file" in item.note


@pytest.mark.parametrize("status", [_S.AWAITING_PAYMENT, _S.COMPLETED])
def test_reversal_says_what_applies(world: World, status: CaseStatus) -> None:
    case_id = world.at(status)
    paid = world.attempts(case_id)[0] if status is _S.COMPLETED else world.pay(case_id)
    report = File().sale(paid, reversed_=True).taken_in(world)
    rules = review_rules()[_R.REVERSED]
    with world.session() as session:
        [item] = [each for each in work_list(session) if each["kind"] == _R.REVERSED]
    can_be_paid_again = status is not _S.COMPLETED
    assert ("can then be paid again" in item["do_en"], "was completed" in item["do_en"]) == (
        can_be_paid_again,
        not can_be_paid_again,
    )
    assert item["do_ar"] == (rules.do_ar if can_be_paid_again else rules.completed_ar)
    assert item["do_en"] in shown(report)


def test_totals_that_differ_are_a_question_until_a_file_that_adds_up_shows_the_same(world: World) -> None:
    paid = world.pay(world.at(_S.AWAITING_PAYMENT))
    report = File(off=-1).sale(paid).stranger().taken_in(world, name="wrong.csv")
    assert "captures: the bank says KD 0.001 less than its lines make" in shown(report)
    open_ones = {"kind": _R.TOTALS_DIFFER, "resolved_at": None}
    File().sale(paid).taken_in(world, name="a part.csv")
    assert len(world.rows(ReviewItem, **open_ones)) == 1
    File().stranger().sale(paid).taken_in(world, name="right.csv")
    assert world.rows(ReviewItem, **open_ones) == []


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        (b"", "file", "is empty"),
        (b"\xef\xbb\xbf\r\n", "file", "is empty"),
        (b"name,age\r\nx,1\r\n", "file", "has none of the columns Post Date, "),
        (b"Post Date,Type\r\n", None, "are missing; export"),
    ],
)
def test_file_without_its_columns_says_so_once(world: World, data: bytes, field: str | None, words: str) -> None:
    with pytest.raises(InputError, match=words) as refused:
        take_in(world, data)
    assert field in {None, refused.value.field}
    assert "is missing, is missing" not in str(refused.value)
