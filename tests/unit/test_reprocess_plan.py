"""The plan of a reprocessing: for every status and state of the money one verdict, and money only where it is safe."""

from itertools import product

import pytest

from models.case import CaseStatus
from models.payments.order import OrderStatus
from models.payments.reprocess import Because, MoneyMove, Plan, Safety, Standing, plan, reasons, unknown

FLAGS = ("refund_unknown", "refund_requested", "open_question")
EVERY = [
    Standing(
        reference="RN-2222-2222",
        case=case,
        order=OrderStatus.PAID,
        ask=ask,
        refunds_due=due,
        **dict(zip(FLAGS, flags, strict=True)),
    )
    for case, ask, due, flags in product(CaseStatus, ((), ("RP1",)), (0, 1), product((False, True), repeat=3))
]


def at(case: CaseStatus, **how: object) -> Plan:
    return plan(Standing(reference="RN-2222-2222", case=case, order=None, **how))  # type: ignore[arg-type]


@pytest.mark.parametrize("standing", EVERY)
def test_only_a_safe_plan_asks_sends_or_moves_anything(standing: Standing) -> None:
    made = plan(standing)
    touches = bool(made.asked or made.refunds or made.money is not MoneyMove.NONE)
    assert not touches or made.safety is Safety.SAFE
    assert (made.money is MoneyMove.REFUND) == (made.refunds > 0)
    assert not set(made.skipped) & set(made.repeated)
    if standing.ask or standing.refunds_due:
        assert made.safety is Safety.SAFE


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("case", list(CaseStatus))
def test_what_takes_a_second_person_is_never_safe_by_itself(case: CaseStatus, flag: str) -> None:
    assert at(case, **{flag: True}).safety is Safety.NEEDS_APPROVAL


@pytest.mark.parametrize(
    ("case", "because", "repeated"),
    [
        (CaseStatus.REGISTRY_REFUSED, Because.REGISTRY_AGAIN, ("validate_identity",)),
        (CaseStatus.RENEWAL_REFUSED, Because.RENEWAL_AGAIN, ("extend_residency",)),
        (CaseStatus.PAID, Because.RUN_AGAIN, ("extend_residency",)),
        (CaseStatus.EXTENDED, Because.RUN_AGAIN, ("render_receipt",)),
        (CaseStatus.PAYMENT_REVIEW, Because.RUN_AGAIN, ()),
    ],
)
def test_a_case_that_stopped_repeats_the_step_where_it_stopped(
    case: CaseStatus, because: Because, repeated: tuple[str, ...]
) -> None:
    made = at(case)
    assert (made.safety, made.because, made.repeated) == (Safety.SAFE, because, repeated)


@pytest.mark.parametrize(
    "case",
    [
        CaseStatus.SUBMITTED,
        CaseStatus.DOCUMENTS_NEEDED,
        CaseStatus.AWAITING_PAYMENT,
        CaseStatus.COMPLETED,
        CaseStatus.REJECTED,
        CaseStatus.CANCELLED,
    ],
)
def test_where_nothing_can_be_done_again_it_is_refused(case: CaseStatus) -> None:
    assert at(case).safety is Safety.REFUSED


def test_a_reference_that_nobody_has_is_refused() -> None:
    made = unknown("RN-2222-2222")
    assert (made.safety, made.because, made.case) == (Safety.REFUSED, Because.NO_SUCH_CASE, None)


def test_every_reason_is_said_in_both_languages() -> None:
    assert all(why.en.endswith(".") and why.ar.endswith(".") for why in reasons().values())
